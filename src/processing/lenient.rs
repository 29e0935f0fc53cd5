//! JSON as the networks write it: the same member is a number here and a string there, an object or an array of one.
//!
//! Source: the protocol notes, sections 1.1 and 2.3. A member that is there and cannot be read stays distinct from one
//! that is missing, because an unreadable amount of a payment must raise a doubt and a missing one need not.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A number or a string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Left out, `null` or an empty string.
    #[default]
    Missing,
    /// The string, or the digits of the number.
    Text(String),
    /// An object or an array.
    Unreadable,
}

impl Scalar {
    /// The text, or `""`.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Missing | Self::Unreadable => "",
        }
    }

    /// A whole number; `1000.00` is one too.
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

    /// `true` also as `1` and in a string.
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

    /// Whether it repeats what we sent, or is not there at all.
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
