//! The settings file: read by ourselves, so that nothing but a missing one passes for none, and checked before anything
//! is made of it. What is said about it names a place and a key, never a value or a line of it.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::setting::{Kind, Setting};
use super::settings;
use crate::domain::{account, network};

/// What a file holds.
#[derive(Debug)]
pub(super) struct SettingsFile {
    path: PathBuf,
    pub(super) text: String,
    /// Who may read and write it; of the very file that was read.
    access: Access,
}

#[derive(Debug, Clone, Copy)]
struct Access {
    mode: u32,
    owner: u32,
}

impl Access {
    fn of(metadata: &Metadata) -> Self {
        Self {
            mode: metadata.mode() & 0o777,
            owner: metadata.uid(),
        }
    }

    /// Whether others may read or write it. A group may read what belongs to root: it is how a service that may not change
    /// its settings gets to read them.
    fn is_open(self) -> bool {
        let not_for = if self.owner == 0 { 0o037 } else { 0o077 };
        self.mode & not_for != 0
    }
}

/// A settings file that holds secrets, and that others can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    pub path: PathBuf,
    pub mode: u32,
    /// The first setting in it that is a secret.
    pub key: &'static str,
}

impl SettingsFile {
    /// A file with this text.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            path: "some.toml".into(),
            text: text.to_owned(),
            access: Access {
                mode: 0o600,
                owner: 0,
            },
        }
    }

    /// Reads a file; `None` if it may be missing and is.
    pub(super) fn read(path: &Path, may_be_missing: bool) -> Result<Option<Self>, ConfigError> {
        let failed = |source| ConfigError::File {
            path: path.to_owned(),
            source,
        };
        match path.symlink_metadata() {
            Err(error) if may_be_missing && error.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            found => found.map_err(failed)?,
        };
        let mut file = File::open(path).map_err(failed)?;
        let access = Access::of(&file.metadata().map_err(failed)?);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let path = path.to_owned();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Self { path, text, access })),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..valid).unwrap_or_default();
                let text = String::from_utf8_lossy(before).into_owned();
                let place = Self { path, text, access }.place(valid);
                Err(ConfigError::at(place, "these bytes are not UTF-8"))
            }
        }
    }

    /// The settings in it, each with its place.
    ///
    /// # Errors
    /// It is no TOML, or there are unknown keys, or values of the wrong kind or out of bounds: the first in the file.
    pub(super) fn check(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let table = DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            // The parser's own texts say what it expected, not what it found.
            ConfigError::at(self.place(at), error.message())
        })?;
        let (mut faults, mut set) = (Vec::new(), Vec::new());
        check_table(table.get_ref(), "", &mut set, &mut faults);
        match faults.into_iter().min() {
            Some((at, reason)) => Err(ConfigError::at(self.place(at), reason)),
            None => Ok(set
                .into_iter()
                .map(|(key, at)| (key, self.place(at)))
                .collect()),
        }
    }

    /// This file, if it holds a secret and others can read it. It was [checked](Self::check).
    pub(super) fn open(&self) -> Option<OpenFile> {
        if !self.access.is_open() {
            return None;
        }
        let table = DeTable::parse(&self.text).ok()?;
        let holds = |key: &&&str| holds(table.get_ref(), key);
        let key = settings::SECRETS.iter().find(holds)?;
        Some(OpenFile {
            path: self.path.clone(),
            mode: self.access.mode,
            key,
        })
    }

    /// `FILE:LINE:COLUMN` of a position in bytes.
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}", self.path.display())
    }
}

/// Whether a table sets this key to a secret. An address is one if it has a password.
fn holds(table: &DeTable<'_>, key: &str) -> bool {
    let (first, rest) = match key.split_once('.') {
        Some((section, rest)) => (section, Some(rest)),
        None => (key, None),
    };
    let mut entries = table.iter();
    let Some((_, value)) = entries.find(|(name, _)| name.get_ref() == first) else {
        return false;
    };
    match (value.get_ref(), rest) {
        (DeValue::Table(below), Some(rest)) => holds(below, rest),
        (DeValue::String(text), None) if key == "url" => has_password(text),
        (DeValue::String(text), None) => !text.is_empty(),
        (_, _) => false,
    }
}

/// `postgres://user:password@host/name`, or with `password=` behind it.
fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || url.contains("password=")
}

/// A position in bytes, and what is wrong there.
type Fault = (usize, String);

/// Gathers the settings of a table with the positions of their values, and what is wrong.
fn check_table(
    table: &DeTable<'_>,
    section: &str,
    set: &mut Vec<(String, usize)>,
    faults: &mut Vec<Fault>,
) {
    for (name, value) in table {
        let key = match section {
            "" => name.get_ref().to_string(),
            section => format!("{section}.{}", name.get_ref()),
        };
        match (settings::find(&key), value.get_ref()) {
            (
                Some(Setting {
                    kind: Kind::Accounts(members),
                    ..
                }),
                DeValue::Table(accounts),
            ) => {
                set.push((key.clone(), value.span().start));
                for (name, account) in accounts {
                    let at = format!("{key}.{}", name.get_ref());
                    let account = account.get_ref().as_table();
                    let named = account.filter(|_| may_be_called(name.get_ref()));
                    if let Some(account) = named {
                        check_account(account, members, (&at, ""), set, faults);
                    } else {
                        let expected = Kind::Accounts(members).expected();
                        faults.push((name.span().start, format!("{key} {expected}")));
                    }
                }
            }
            (Some(setting), found) => {
                set.push((key.clone(), value.span().start));
                if !takes(setting.kind, found) {
                    let expected = setting.kind.expected();
                    faults.push((value.span().start, format!("{key} {expected}")));
                }
            }
            (None, DeValue::Table(below)) if settings::is_section(&key) => {
                check_table(below, &key, set, faults);
            }
            (None, _) if settings::is_section(&key) => {
                let reason = format!("{key} is a section: write [{key}] above its keys");
                faults.push((name.span().start, reason));
            }
            (None, _) => faults.push((name.span().start, unknown(&key))),
        }
    }
}

/// The flat settings are an account, too, and have its name.
fn may_be_called(name: &str) -> bool {
    account::is_name(name) && name != account::DEFAULT
}

/// The same for an account's table, or one below it: `at` is its name, `section` that within the account.
fn check_account(
    table: &DeTable<'_>,
    members: &'static [Setting],
    (at, section): (&str, &str),
    set: &mut Vec<(String, usize)>,
    faults: &mut Vec<Fault>,
) {
    for (name, value) in table {
        let member = match section {
            "" => name.get_ref().to_string(),
            section => format!("{section}.{}", name.get_ref()),
        };
        let key = format!("{at}.{member}");
        match (settings::find_in(members, &member), value.get_ref()) {
            (Some(setting), found) => {
                if !takes(setting.kind, found) {
                    let expected = setting.kind.expected();
                    faults.push((value.span().start, format!("{key} {expected}")));
                }
                set.push((key, value.span().start));
            }
            (None, DeValue::Table(below)) if settings::is_section_in(members, &member) => {
                check_account(below, members, (at, &member), set, faults);
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
            Kind::Text(_)
            | Kind::MaybeEmpty(_)
            | Kind::Address
            | Kind::Ip
            | Kind::Proxy
            | Kind::Header
            | Kind::Choice(_) => kind.takes_text(text),
            // In quotes they are text.
            Kind::Flag
            | Kind::Whole(..)
            | Kind::Numbers
            | Kind::Words
            | Kind::Texts
            | Kind::Prefixes
            | Kind::Merchants
            | Kind::Accounts(_) => false,
        },
        DeValue::Integer(_) => whole(value).is_some_and(|number| kind.takes_number(number)),
        DeValue::Boolean(_) => kind == Kind::Flag,
        DeValue::Array(entries) => {
            entries.iter().all(|entry| match kind {
                Kind::Numbers => whole(entry.get_ref()).is_some(),
                Kind::Words | Kind::Texts => entry.get_ref().is_str(),
                Kind::Prefixes => entry.get_ref().as_table().is_some_and(is_prefix),
                Kind::Merchants => entry.get_ref().as_table().is_some_and(is_merchant),
                Kind::Text(_)
                | Kind::MaybeEmpty(_)
                | Kind::Flag
                | Kind::Whole(..)
                | Kind::Address
                | Kind::Ip
                | Kind::Proxy
                | Kind::Header
                | Kind::Choice(_)
                | Kind::Accounts(_) => false,
            }) && (kind.is_list() || kind == Kind::Words)
                && !matches!(kind, Kind::Accounts(_))
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
            entry.len() == 2 && network::is_prefix(prefix) && matches!(network, "UZCARD" | "HUMO")
        }
        _ => false,
    }
}

fn is_merchant(entry: &DeTable<'_>) -> bool {
    let texts = ["partner", "mcc", "legal_name", "legal_id"];
    let has = |name: &str| entry.iter().any(|(key, _)| key.get_ref() == name);
    let is_right = |name: &str, value: &DeValue<'_>| match name {
        "legal_type" => whole(value).is_some_and(|number| number > 0),
        _ if texts.contains(&name) || name == "legal_oked" => value.is_str(),
        _ => false,
    };
    texts.iter().all(|name| has(name))
        && has("legal_type")
        && entry
            .iter()
            .all(|(key, value)| is_right(key.get_ref(), value.get_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_may_not_read_a_file_and_a_group_only_what_is_roots() {
        for (mode, owner, is_open) in [
            (0o600, 1_000, false),
            (0o400, 1_000, false),
            (0o640, 1_000, true),
            (0o604, 1_000, true),
            (0o622, 1_000, true),
            (0o640, 0, false),
            (0o660, 0, true),
            (0o644, 0, true),
        ] {
            assert_eq!(
                Access { mode, owner }.is_open(),
                is_open,
                "{mode:o} {owner}"
            );
        }
    }

    #[test]
    fn every_secret_is_found_wherever_it_stands() {
        let first = |text: &str| {
            let table = DeTable::parse(text).unwrap();
            let mut secrets = settings::SECRETS.iter();
            secrets.find(|key| holds(table.get_ref(), key)).copied()
        };
        for key in settings::SECRETS {
            let value = match key {
                "database.url" => "postgres://aloqa:S3cret@db/aloqa",
                _ => "S3cret",
            };
            let (section, name) = key.split_once('.').unwrap();
            assert_eq!(first(&format!("{key} = \"{value}\"")), Some(key));
            assert_eq!(
                first(&format!("[{section}]\n{name} = \"{value}\"")),
                Some(key)
            );
            assert_eq!(first(&format!("[{section}]\n{name} = \"\"")), None);
        }
        for url in [
            "sqlite:aloqa-gateway.sqlite",
            "postgres://aloqa@db/aloqa",
            "postgres://db/aloqa?sslmode=verify-full",
        ] {
            assert_eq!(first(&format!("database.url = \"{url}\"")), None, "{url}");
        }
        let behind = "database.url = \"postgres://db/aloqa?user=a&password=S3cret\"";
        assert_eq!(first(behind), Some("database.url"));
    }

    #[test]
    fn a_setting_that_is_called_a_secret_is_one() {
        for key in settings::SECRETS {
            assert!(settings::find(key).is_some(), "{key}");
        }
    }
}
