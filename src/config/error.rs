//! Why the settings cannot be used. A message names the place, the key and what is expected; never what is there, as it
//! may be a password.

use std::io;
use std::path::PathBuf;

use super::origins::Origins;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "the settings file {path} is there but cannot be read, and without it the gateway would not do what it says",
        path = path.display()
    )]
    File { path: PathBuf, source: io::Error },
    /// `place` is `FILE:LINE:COLUMN` or a variable of the environment.
    #[error("{place}: {reason}")]
    Malformed { place: String, reason: String },
    /// A setting is missing beside those that are there.
    #[error("the settings cannot be used: {reason}")]
    Incomplete { reason: String },
    /// A setting contradicts another one, or the profile.
    #[error("{key}: {reason}")]
    Invalid { key: String, reason: String },
}

impl ConfigError {
    pub(super) fn invalid(key: &str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.to_owned(),
            reason: reason.into(),
        }
    }

    /// The same fault with its place, where somebody has set the key.
    pub(super) fn placed(self, origins: &Origins) -> Self {
        match self {
            Self::Invalid { key, reason } => match origins.place(&key) {
                Some(place) => Self::at(place, format!("{key}: {reason}")),
                None => Self::Invalid { key, reason },
            },
            placed @ (Self::File { .. } | Self::Malformed { .. } | Self::Incomplete { .. }) => {
                placed
            }
        }
    }

    pub(super) fn at(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Malformed {
            place: place.into(),
            reason: reason.into(),
        }
    }

    /// What is left once each value was checked by itself. Of the source's own words only those are told that hold
    /// nothing but the names of keys.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else the source says may hold a value"
    )]
    pub(super) fn incomplete(source: config::ConfigError) -> Self {
        let reason = match source {
            config::ConfigError::NotFound(key) => format!("{key} is missing"),
            config::ConfigError::Type { key: Some(key), .. } => format!("{key} is malformed"),
            config::ConfigError::At { error, key, .. } => {
                let section = key.unwrap_or_default();
                match *error {
                    config::ConfigError::Message(text) if text.starts_with("missing field `") => {
                        format!("{section}: {text}")
                    }
                    _ => format!("{section} is malformed"),
                }
            }
            config::ConfigError::Message(text) if text.starts_with("missing field `") => text,
            _ => "a section lacks a key, or has one that it cannot have".to_owned(),
        };
        Self::Incomplete { reason }
    }
}
