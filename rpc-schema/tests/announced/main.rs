//! Does a change break the programs of partners?
//!
//! `openrpc.announced.json` is the document that partners were last told of. What has changed since then and can break
//! their programs must be named in `CHANGELOG.md` under *Unreleased*, by the path that the failure prints. With a release
//! the current document is announced: `cp openrpc.json openrpc.announced.json`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure is a failed test, and a panic shows where"
)]

mod compare;
mod compare_tests;
mod shape;

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands under *Unreleased*.
fn unreleased(changelog: &str) -> &str {
    let (_, rest) = changelog.split_once("\n## [Unreleased]").unwrap();
    rest.split_once("\n## [").map_or(rest, |(part, _)| part)
}

#[test]
fn what_breaks_partners_is_named_in_the_changelog() {
    let announced: Json = serde_json::from_str(&read("openrpc.announced.json")).unwrap();
    let current = Json::Object(rpc_schema::openrpc::document());
    let changelog = read("../CHANGELOG.md");
    let told = unreleased(&changelog);
    let untold: Vec<String> = compare::breaking(&announced, &current)
        .into_iter()
        .filter(|difference| !told.contains(&format!("`{}`", difference.path)))
        .map(|difference| format!("`{}`: {}", difference.path, difference.what))
        .collect();
    assert!(
        untold.is_empty(),
        "these break partners, and CHANGELOG.md does not name them under Unreleased:\n{}",
        untold.join("\n")
    );
}

#[test]
fn only_what_is_unreleased_counts() {
    let changelog = "# C\n\n## [Unreleased]\n\n- `a.b`\n\n## [0.1.0]\n\n- `c.d`\n";
    assert!(unreleased(changelog).contains("`a.b`"));
    assert!(!unreleased(changelog).contains("`c.d`"));
    assert_eq!(unreleased("x\n## [Unreleased] y"), " y");
}
