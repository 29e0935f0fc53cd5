//! Words that machines read: keys of the log, and what is stored.

use crate::layers::room;
use crate::modules::{self, Modules};
use crate::sources::planted;

/// Where the id of a call of the API is known as such. It is set in the spans there, and all events inside have it.
const API: [&str; 3] = ["rpc", "server", "spans"];

/// The id of a call of the API: a UUID.
const OF_API_CALL: &str = "request_id";

/// The number of a call of a network: a row of `processing_request`.
const OF_NETWORK_CALL: &str = "call_id";

const EVENTS: [&str; 13] = [
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "event",
    "span",
    "trace_span",
    "debug_span",
    "info_span",
    "warn_span",
    "error_span",
    "#instrument",
];

/// Log keys that mean something else than they say.
fn wrong_keys(modules: &Modules) -> Vec<String> {
    let mut found = Vec::new();
    for file in &modules.files {
        if !file.path.starts_with("src/") {
            continue;
        }
        let wrong = if API.contains(&room(&file.path).as_str()) {
            OF_NETWORK_CALL
        } else {
            OF_API_CALL
        };
        for event in &file.facts.macros {
            let is_event = EVENTS.contains(&event.name.as_str());
            if is_event && event.fields.iter().any(|field| field == wrong) {
                found.push(format!("{}:{} logs {wrong}", file.path, event.line));
            }
        }
    }
    found
}

/// Debug output in lower case, which looks like a name and changes with the code.
fn lowered_debug(modules: &Modules) -> Vec<String> {
    let files = modules.files.iter();
    files
        .filter(|file| file.path.starts_with("src/"))
        .flat_map(|file| {
            let lines = file.facts.lowered_debug.iter();
            lines.map(|line| format!("{}:{line} turns debug output into lower case", file.path))
        })
        .collect()
}

#[test]
fn a_log_key_has_one_meaning() {
    let found = wrong_keys(modules::current());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_debug_output_is_data() {
    let found = lowered_debug(modules::current());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn in_room(room: &str, text: &str) -> Modules {
    Modules::of(&planted(&[
        ("src/lib.rs", &format!("mod {room};")),
        (&format!("src/{room}.rs"), text),
    ]))
}

#[test]
fn planted_log_keys_are_found() {
    let wrong = [
        "fn f() { tracing::warn!(request_id = row.id, \"late\"); }",
        "fn f() { warn!(a = 1, request_id, \"late\"); }",
        "fn f() { tracing::error!(%request_id, \"late\"); }",
        "fn f() { tracing::event!(Level::INFO, { request_id = 1 }, \"late\"); }",
        "fn f() { let span = tracing::info_span!(\"call\", ?request_id); }",
        "#[tracing::instrument(skip_all, fields(request_id = 1))] fn f() {}",
    ];
    for text in wrong {
        let found = wrong_keys(&in_room("payment", text));
        assert_eq!(found, ["src/payment.rs:1 logs request_id"], "{text}");
        assert_eq!(wrong_keys(&in_room("rpc", text)), [""; 0], "{text}");
    }
    let right = [
        "fn f() { tracing::warn!(call_id = request_id, \"late\"); }",
        "fn f() { tracing::warn!(call_id = row.request_id, \"{request_id}\", ); }",
        "fn f() { format!(\"{}\", request_id); }",
        "fn f() { tracing::warn!(same = request_id == 1, \"late\"); }",
    ];
    for text in right {
        assert_eq!(wrong_keys(&in_room("payment", text)), [""; 0], "{text}");
    }
    let call = "fn f() { tracing::warn!(call_id = 1, \"late\"); }";
    assert_eq!(
        wrong_keys(&in_room("rpc", call)),
        ["src/rpc.rs:1 logs call_id"]
    );
}

#[test]
fn planted_debug_output_is_found() {
    let wrong = [
        "fn f() { let kind = format!(\"{:?}\", row.kind).to_lowercase(); }",
        "fn f() { let kind = format!(\"{kind:?}\").as_str().to_ascii_lowercase(); }",
    ];
    for text in wrong {
        let found = lowered_debug(&in_room("cli", text));
        assert_eq!(
            found,
            ["src/cli.rs:1 turns debug output into lower case"],
            "{text}"
        );
    }
    let right = "fn f() { let kind = format!(\"{kind}\").to_lowercase(); }";
    assert_eq!(lowered_debug(&in_room("cli", right)), [""; 0]);
}
