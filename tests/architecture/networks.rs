//! A call that moves money leaves through `src/payment/` alone: it writes the intent before, and the result after.

use crate::layers::room;
use crate::modules::{self, Modules};
use crate::sources::{self, planted};

/// Where a client that can move money may be named: where it is, where it is made, and where it belongs.
const ROOMS: [&str; 3] = ["payment", "processing", "start"];

/// The trait of those clients, and the clients.
const CLIENTS: [&str; 3] = ["PaymentNetwork", "UzcardPayments", "HumoPayments"];

/// The methods of the trait.
const METHODS: [&str; 2] = ["execute", "look_up"];

/// Runs statements of PostgreSQL, by a method of sqlx's that has the same name.
const STATEMENTS: &str = "src/database/postgres/lent.rs";

fn ways_around(modules: &Modules) -> Vec<String> {
    let mut found = Vec::new();
    for file in &modules.files {
        let is_checked = file.path.starts_with("src/") && file.path != STATEMENTS;
        if !is_checked || ROOMS.contains(&room(&file.path).as_str()) {
            continue;
        }
        let imports = file.facts.imports.iter();
        let imports = imports.map(|import| (import.line, &import.path));
        let paths = file.facts.paths.iter().map(|used| (used.line, &used.path));
        for (line, path) in imports.chain(paths) {
            let is_method = path.len() > 1
                && path
                    .last()
                    .is_some_and(|last| METHODS.contains(&last.as_str()));
            if is_method || path.iter().any(|name| CLIENTS.contains(&name.as_str())) {
                found.push(format!("{}:{line} names {}", file.path, path.join("::")));
            }
        }
        for call in &file.facts.calls {
            if METHODS.contains(&call.name.as_str()) {
                found.push(format!("{}:{} calls {}", file.path, call.line, call.name));
            }
        }
    }
    found
}

#[test]
fn no_call_that_moves_money_leaves_elsewhere() {
    let sources = sources::current();
    // The check looks for nothing if they have other names now.
    for name in CLIENTS.iter().chain(&METHODS) {
        let is_defined = sources.iter().any(|(path, text)| {
            path.starts_with("src/processing/")
                && ["struct", "trait", "fn"]
                    .iter()
                    .any(|kind| text.contains(&format!("{kind} {name}")))
        });
        assert!(is_defined, "src/processing/ does not define {name}");
    }
    let found = ways_around(modules::current());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn planted_ways_around_are_found() {
    let root = ("src/lib.rs", "mod service; mod payment;");
    let good =
        "use crate::processing::PaymentNetwork; fn f(n: &dyn PaymentNetwork) { n.execute(1); }";
    let offenders = [
        (
            "use crate::processing::PaymentNetwork;",
            "names crate::processing::PaymentNetwork",
        ),
        (
            "fn f(n: &crate::processing::humo::HumoPayments) {}",
            "names crate::processing::humo::HumoPayments",
        ),
        (
            "fn f() { gateway.network.execute(&call); }",
            "calls execute",
        ),
        (
            "fn f() { info!(\"{}\", network.look_up(&call)); }",
            "calls look_up",
        ),
        (
            "fn f() { Network::execute(&network, &call); }",
            "names Network::execute",
        ),
    ];
    for (text, expected) in offenders {
        let tree = planted(&[root, ("src/payment.rs", good), ("src/service.rs", text)]);
        let found = ways_around(&Modules::of(&tree));
        assert_eq!(found, [format!("src/service.rs:1 {expected}")]);
    }
    let tree = planted(&[root, ("src/payment.rs", good), ("src/service.rs", "")]);
    assert_eq!(ways_around(&Modules::of(&tree)), [""; 0]);
}
