//! README says what is true.

use std::fs;

use aloqa_gateway::config::Config;

use crate::program::repository;

#[test]
fn the_table_of_test_cards_is_the_sandboxs() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for card in sandbox::TEST_CARDS {
        let outcome = serde_json::to_value(card.outcome).unwrap();
        let row = readme
            .lines()
            .find(|line| line.contains(&format!("| {} | {} |", card.pan, card.phone)));
        let row =
            row.unwrap_or_else(|| panic!("README has no row with {} and its phone", card.pan));
        assert!(
            row.starts_with(&format!("| `{}`", outcome.as_str().unwrap())),
            "{row}"
        );
    }
}

#[test]
fn the_example_of_settings_names_real_keys_with_their_defaults() {
    let example = repository().join("aloqa-gateway.example.toml");
    let named = Config::load(Some(&example)).unwrap();
    // Who may read the example is its folder's affair.
    let named = Config {
        open_file: None,
        ..named
    };
    let default = Config::default();
    assert_eq!(format!("{named:?}"), format!("{default:?}"));
}
