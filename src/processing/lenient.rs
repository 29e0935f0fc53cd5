//! JSON as the networks write it: a member may be a number or a string, an object or an array of one.
//!
//! Source: docs/networks.md#svgate-envelope and docs/networks.md#humo-card-information. A member that cannot be read is
//! kept distinct from a missing one. If the amount of a payment cannot be read, its outcome is unknown; if it is
//! missing, it may still be known.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A number or a string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Absent, `null` or an empty string.
    #[default]
    Missing,
    /// The string, or the digits of the number.
    Text(String),
    /// An object or an array.
    Unreadable,
}

impl Scalar {
    /// The text; `""` if there is none.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Missing | Self::Unreadable => "",
        }
    }

    /// The value as a whole number. `1000.00` counts as one.
    pub(super) fn int(&self) -> Option<i64> {
        let text = self.text();
        let whole = match text.split_once('.') {
            Some((whole, rest)) if !rest.is_empty() && rest.bytes().all(|digit| digit == b'0') => {
                whole
            }
            Some(_) => return None,
            None => text,
        };
        whole.parse().ok()
    }

    /// The value as a flag: `true`, `false`, `1` or `0`, also in a string.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.text() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        *self == Self::Missing
    }

    /// Whether the value repeats ours or is missing.
    pub(super) fn echoes(&self, ours: &str) -> bool {
        self.is_missing() || self.text() == ours
    }

    /// Like [`Scalar::echoes`], for a number.
    pub(super) fn echoes_int(&self, ours: i64) -> bool {
        self.is_missing() || self.int() == Some(ours)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Missing,
            Value::Bool(flag) => Self::Text(flag.to_string()),
            Value::Number(number) => Self::Text(number.to_string()),
            Value::String(text) => match text.trim() {
                "" => Self::Missing,
                text => Self::Text(text.to_owned()),
            },
            Value::Array(_) | Value::Object(_) => Self::Unreadable,
        })
    }
}

/// One object, or an array of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    pub(super) fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(items) => items,
            Self::One(item) => vec![item],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Scalar {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn numbers_and_strings_are_the_same() {
        assert_eq!(scalar("860"), scalar("\"860\""));
        assert_eq!(scalar("\" 860 \"").int(), Some(860));
        assert_eq!(scalar("12.00").int(), Some(12));
        assert_eq!(scalar("\"12.5\"").int(), None);
        assert_eq!(scalar("\"12.\"").int(), None);
        assert_eq!(scalar("\"-207\"").int(), Some(-207));
        assert_eq!(scalar("true").flag(), Some(true));
        assert_eq!(scalar("\"0\"").flag(), Some(false));
        assert_eq!(scalar("\"\""), Scalar::Missing);
        assert_eq!(scalar("null"), Scalar::Missing);
        assert_eq!(scalar("{}"), Scalar::Unreadable);
    }

    #[test]
    fn an_unreadable_echo_is_no_echo() {
        assert!(scalar("null").echoes_int(5));
        assert!(scalar("\"5\"").echoes_int(5));
        assert!(!scalar("[5]").echoes_int(5));
        assert!(!scalar("6").echoes_int(5));
        assert!(!scalar("{}").echoes("a"));
    }
}
