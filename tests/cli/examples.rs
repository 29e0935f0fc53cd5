//! The quickstart runs against a gateway of this build, as README says. `examples/run-all` runs the other examples.

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
