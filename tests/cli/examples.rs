//! The examples run against a gateway of this build, as README says.

use std::process::Command;

use crate::program::{Serving, repository};

#[test]
fn the_quickstart_script_meets_no_surprise() {
    let gateway = Serving::gateway();
    let output = Command::new(repository().join("examples/quickstart.sh"))
        .env("GATEWAY", gateway.url("partners"))
        .env("SANDBOX", gateway.url("sandbox"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("nothing surprising on either network"),
        "{said}"
    );
}

#[test]
fn the_rust_client_walks_both_networks_and_can_do_so_again() {
    let gateway = Serving::gateway();
    // Cargo builds the examples together with the tests, beside the program.
    let client = std::path::Path::new(env!("CARGO_BIN_EXE_aloqa-gateway"))
        .with_file_name("examples")
        .join("client");
    assert!(
        client.exists(),
        "build the examples first: cargo build --examples"
    );
    for _ in 0..2 {
        let output = Command::new(&client)
            .arg(gateway.url("partners"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        for vendor in ["uzcard", "humo"] {
            assert_eq!(
                said.matches(&format!("{vendor}: reversed")).count(),
                2,
                "{said}"
            );
        }
    }
}
