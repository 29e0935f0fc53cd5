//! `SECURITY.md` names the test that shows each of its points: every one of them exists, and is a test.

use crate::sources::{self, Sources, planted};

const PAGE: &str = "SECURITY.md";

/// `path::name` in code, as the page cites a test: the line, the file and the function.
fn cited(page: &str) -> Vec<(usize, &str, &str)> {
    let mut found = Vec::new();
    for (number, line) in page.lines().enumerate() {
        let code = line.split('`').skip(1).step_by(2);
        let tests = code.filter_map(|code| code.split_once(".rs::"));
        found.extend(tests.map(|(file, name)| (number + 1, file, name)));
    }
    found
}

/// Whether a file has a test of this name: a function behind `#[test]`, or in one of the macros that make tests.
fn has_test(text: &str, name: &str) -> bool {
    let Some(at) = text.find(&format!("fn {name}(")) else {
        return false;
    };
    let before = text[..at].rfind('\n').map_or("", |end| &text[..end]);
    let lines = before.lines().rev();
    // Its attributes and comments, which may stand between.
    let own = lines.take_while(|line| line.trim_start().starts_with(['#', '/']));
    let mut own = own.map(str::trim);
    own.any(|line| line == "#[test]" || line.starts_with("#[tokio::test"))
        || [
            "on_each_database!",
            "in_each_setting!",
            "mostly_on_sqlite!",
            "proptest!",
        ]
        .iter()
        .any(|made| text.contains(made))
}

fn faults(sources: &Sources) -> Vec<String> {
    let page = sources.get(PAGE).map_or("", String::as_str);
    let mut found = Vec::new();
    for (line, file, name) in cited(page) {
        let path = format!("{file}.rs");
        match sources.get(&path) {
            None => found.push(format!("{PAGE}:{line} cites {path}, which does not exist")),
            Some(text) if !has_test(text, name) => {
                found.push(format!(
                    "{PAGE}:{line} cites {path}::{name}, which is no test there"
                ));
            }
            Some(_) => {}
        }
    }
    found
}

/// Rows of the page's tables that name no test, but for their heads.
fn unshown(page: &str) -> Vec<String> {
    let mut in_table = false;
    let mut found = Vec::new();
    for (number, line) in page.lines().enumerate() {
        if line.ends_with("| shown by |") {
            in_table = true;
        } else if !line.starts_with('|') {
            in_table = false;
        } else if in_table && !line.starts_with("|---") && !line.contains(".rs::") {
            found.push(format!("{PAGE}:{} names no test: {line}", number + 1));
        }
    }
    found
}

#[test]
fn every_test_that_shows_a_point_of_security_exists() {
    let found = faults(sources::current());
    assert!(found.is_empty(), "{}", found.join("\n"));
    let page = &sources::current()[PAGE];
    assert!(
        cited(page).len() > 40,
        "{} tests are cited",
        cited(page).len()
    );
    let found = unshown(page);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn planted_citations_of_no_test_are_found() {
    let tests = "fn helper() {}\n#[test]\n/// Why.\nfn there() {}\n";
    let made = "on_each_database! {\n    async fn made(app: TestApp) {}\n}\n";
    let of = |page: &str| {
        faults(&planted(&[
            (PAGE, page),
            ("tests/a.rs", tests),
            ("tests/b.rs", made),
        ]))
    };
    assert_eq!(
        of("x `tests/a.rs::there`, `tests/b.rs::made` `Type::new`"),
        [""; 0]
    );
    for (page, expected) in [
        ("`tests/a.rs::gone`", "no test"),
        ("`tests/a.rs::helper`", "no test"),
        ("\n| a | `tests/c.rs::there` |", "does not exist"),
        ("`tests/b.rs::mad`", "no test"),
    ] {
        let found = of(page);
        assert!(
            matches!(&*found, [one] if one.contains(expected)),
            "{page}: {found:?}"
        );
    }
    let table =
        "| a | shown by |\n|---|---|\n| b | `tests/a.rs::there` |\n| c | nothing |\n\n| d | e |\n";
    assert_eq!(unshown(table).len(), 1);
}
