//! Does docs/contour.md have every setting of a contour, with the default that it has?

use std::collections::BTreeSet;

use serde_json::Value;

use super::Config;
use super::settings::SETTINGS;

const PAGE: &str = include_str!("../../docs/contour.md");
/// The sections of a contour.
const SECTIONS: [&str; 6] = [
    "uzcard.",
    "humo.",
    "transfers.",
    "sms.",
    "fiscal.",
    "prefixes",
];
/// A list that is longer is told in words.
const LONG_LIST: usize = 12;

/// The first two cells of each row.
fn rows() -> Vec<(&'static str, &'static str)> {
    let (_, section) = PAGE.split_once("\n## Each default\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    cells
        .map(|cells| (cells[0].trim_start_matches("| "), cells[1]))
        .collect()
}

/// What stands between back quotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn default_of(key: &str) -> Value {
    let all = serde_json::to_value(Config::default()).unwrap();
    let path = format!("/{}", key.replace('.', "/"));
    all.pointer(&path).cloned().unwrap_or_default()
}

#[test]
fn the_page_of_a_contour_has_every_setting_with_its_default() {
    let named: BTreeSet<&str> = rows().iter().flat_map(|(names, _)| quoted(names)).collect();
    let is_named = |key: &str| {
        let mut named = named.iter();
        named.any(|name| match name.strip_suffix(".*") {
            Some(section) => key
                .strip_prefix(section)
                .is_some_and(|rest| rest.starts_with('.')),
            None => *name == key,
        })
    };
    let keys = SETTINGS.iter().map(|setting| setting.key);
    let lacking: Vec<&str> = keys
        .filter(|key| SECTIONS.iter().any(|section| key.starts_with(section)))
        .filter(|key| !is_named(key))
        .collect();
    assert!(
        lacking.is_empty(),
        "the table \"Each default\" of docs/contour.md lacks {lacking:?}"
    );
    for name in &named {
        let section = name.strip_suffix(".*");
        let is_there = SETTINGS.iter().any(|setting| match section {
            Some(section) => setting.key.starts_with(section),
            None => setting.key == *name,
        });
        assert!(is_there, "docs/contour.md: there is no setting {name}");
    }
    for (name, told) in rows() {
        let mut names = quoted(name);
        let (Some(key), None) = (names.next(), names.next()) else {
            continue;
        };
        let default = default_of(key);
        let expected = match &default {
            Value::Null => "none".to_owned(),
            Value::Array(items) if items.is_empty() => "`[]`".to_owned(),
            Value::Array(items) if items.len() > LONG_LIST || items[0].is_object() => continue,
            Value::Object(_) => "none".to_owned(),
            Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                format!("`{}`", default.to_string().replace(',', ", "))
            }
        };
        let is_none = told == "none" && expected == "`[]`";
        assert!(
            told == expected || is_none,
            "{key}: {told}, and it is {expected}"
        );
    }
}
