//! The table of card prefixes: that of the settings, or of a file.

use std::fs;

use serde::Deserialize;

use super::StartError;
use crate::config::Config;
use crate::domain::network::{Prefix, is_prefix};

/// A file of prefixes, in the form of the settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    prefixes: Vec<Prefix>,
}

/// Reads it.
///
/// # Errors
/// The file cannot be read, or is no such table.
pub(super) fn open(config: &Config) -> Result<Vec<Prefix>, StartError> {
    let Some(path) = &config.prefixes_file else {
        return Ok(config.prefixes.clone());
    };
    let text = fs::read_to_string(path).map_err(|source| StartError::UnreadPrefixes {
        path: path.clone(),
        source,
    })?;
    read(&text).map_err(|reason| StartError::Prefixes {
        path: path.clone(),
        reason,
    })
}

fn read(text: &str) -> Result<Vec<Prefix>, String> {
    let table: Table =
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    if table.prefixes.is_empty() {
        return Err("it has no prefix".to_owned());
    }
    let wrong = table
        .prefixes
        .iter()
        .find(|entry| !is_prefix(&entry.prefix));
    match wrong {
        Some(entry) => Err(format!("{:?} is not 1 to 16 digits", entry.prefix)),
        None => Ok(table.prefixes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_form_of_the_settings() {
        let two = "[[prefixes]]\nprefix = \"8600\"\nnetwork = \"UZCARD\"\n\n[[prefixes]]\nprefix = \"98\"\nnetwork = \"HUMO\"\n";
        let read_prefixes = read(two).unwrap();
        let shown: Vec<_> = read_prefixes
            .iter()
            .map(|entry| (entry.prefix.as_str(), entry.network.name()))
            .collect();
        assert_eq!(shown, [("8600", "UZCARD"), ("98", "HUMO")]);
        for (text, reason) in [
            ("prefixes = []", "it has no prefix"),
            ("", "missing field `prefixes`"),
            (
                "[[prefixes]]\nprefix = \"86x\"\nnetwork = \"HUMO\"",
                "\"86x\" is not 1 to 16 digits",
            ),
            ("[[prefixes]]\nprefix = \"86\"\nnetwork = \"VISA\"", "VISA"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(reason), "{said}");
        }
    }
}
