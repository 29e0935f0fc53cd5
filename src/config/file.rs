//! The settings file: read by ourselves, so that nothing but a missing one passes for none, and checked before anything
//! is made of it. What is said about it names a place and a key, never a value or a line of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::settings::{self, Kind};
use super::{ConfigError, prefixes};

/// What a file holds.
#[derive(Debug)]
pub(super) struct SettingsFile {
    path: PathBuf,
    pub(super) text: String,
}

impl SettingsFile {
    /// A file with this text.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            path: "some.toml".into(),
            text: text.to_owned(),
        }
    }

    /// Reads a file; `None` if it may be missing and is.
    pub(super) fn read(path: &Path, may_be_missing: bool) -> Result<Option<Self>, ConfigError> {
        let failed = |source| ConfigError::File {
            path: path.to_owned(),
            source,
        };
        match fs::symlink_metadata(path) {
            Err(error) if may_be_missing && error.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            found => found.map_err(failed)?,
        };
        let bytes = fs::read(path).map_err(failed)?;
        let path = path.to_owned();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Self { path, text })),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..valid).unwrap_or_default();
                let text = String::from_utf8_lossy(before).into_owned();
                let place = Self { path, text }.place(valid);
                Err(ConfigError::at(place, "these bytes are not UTF-8"))
            }
        }
    }

    /// Refuses what is no TOML, unknown keys, and values of the wrong kind or out of bounds: the first in the file.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let table = DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            // The parser's own texts say what it expected, not what it found.
            ConfigError::at(self.place(at), error.message())
        })?;
        let mut faults = Vec::new();
        check_table(table.get_ref(), "", &mut faults);
        match faults.into_iter().min() {
            Some((at, reason)) => Err(ConfigError::at(self.place(at), reason)),
            None => Ok(()),
        }
    }

    /// `FILE:LINE:COLUMN` of a position in bytes.
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}", self.path.display())
    }
}

/// A position in bytes, and what is wrong there.
type Fault = (usize, String);

fn check_table(table: &DeTable<'_>, section: &str, faults: &mut Vec<Fault>) {
    for (name, value) in table {
        let key = match section {
            "" => name.get_ref().to_string(),
            section => format!("{section}.{}", name.get_ref()),
        };
        match (settings::find(&key), value.get_ref()) {
            (Some(setting), found) => {
                if !takes(setting.kind, found) {
                    let expected = setting.kind.expected();
                    faults.push((value.span().start, format!("{key} {expected}")));
                }
            }
            (None, DeValue::Table(below)) if settings::is_section(&key) => {
                check_table(below, &key, faults);
            }
            (None, _) if settings::is_section(&key) => {
                let reason = format!("{key} is a section: write [{key}] above its keys");
                faults.push((name.span().start, reason));
            }
            (None, _) => faults.push((name.span().start, unknown(&key))),
        }
    }
}

/// What is said of a key that is no setting. It may be a secret in the wrong place, but keys are not values.
fn unknown(key: &str) -> String {
    format!("there is no setting {key}")
}

fn takes(kind: Kind, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(text) => match kind {
            Kind::Text(_) | Kind::MaybeEmpty(_) | Kind::Address | Kind::Choice(_) => {
                kind.takes_text(text)
            }
            // In quotes they are text.
            Kind::Flag
            | Kind::Whole(..)
            | Kind::Numbers
            | Kind::Words
            | Kind::Texts
            | Kind::Prefixes => false,
        },
        DeValue::Integer(_) => whole(value).is_some_and(|number| kind.takes_number(number)),
        DeValue::Boolean(_) => kind == Kind::Flag,
        DeValue::Array(entries) => {
            entries.iter().all(|entry| match kind {
                Kind::Numbers => whole(entry.get_ref()).is_some(),
                Kind::Words | Kind::Texts => entry.get_ref().is_str(),
                Kind::Prefixes => entry.get_ref().as_table().is_some_and(is_prefix),
                Kind::Text(_)
                | Kind::MaybeEmpty(_)
                | Kind::Flag
                | Kind::Whole(..)
                | Kind::Address
                | Kind::Choice(_) => false,
            }) && (kind.is_list() || kind == Kind::Words)
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => false,
    }
}

fn whole(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn is_prefix(entry: &DeTable<'_>) -> bool {
    let text = |name| {
        let (_, value) = entry.iter().find(|(key, _)| key.get_ref() == name)?;
        value.get_ref().as_str()
    };
    match (text("prefix"), text("network")) {
        (Some(prefix), Some(network)) => {
            entry.len() == 2 && prefixes::is_prefix(prefix) && matches!(network, "UZCARD" | "HUMO")
        }
        _ => false,
    }
}
