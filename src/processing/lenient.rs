//! JSON as the networks write it: in another encoding than UTF-8, with a line break inside a name, with a number where a
//! string should be, with an object instead of an array of one.
//!
//! Source: docs/networks.md#svgate-envelope, docs/networks.md#humo-card-information and docs/networks.md#encodings. A member that cannot be read is
//! kept distinct from a missing one. If the amount of a payment cannot be read, its outcome is unknown; if it is
//! missing, it may still be known.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::encoding::decoded;

/// Reads a reply's body; `None` if it is not JSON of this kind.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_str(&escaped(&decoded(body))).ok()
}

/// The same JSON with its control characters escaped: inside a string they may not stand as they are, but some servers
/// copy a name or a message with its line break. Between the members they are blanks, such as a zero at the end.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_odd = |byte: u8| byte < b' ';
    if !text.bytes().any(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 8);
    let (mut in_string, mut after_backslash) = (false, false);
    for sign in text.chars() {
        let control = u32::from(sign) < u32::from(' ');
        match (in_string, control) {
            // What follows a backslash is part of an escape, which has no control characters.
            (true, true) => written.push_str(&format!("\\u{:04x}", u32::from(sign))),
            (false, true) => written.push(' '),
            (_, false) => written.push(sign),
        }
        in_string ^= sign == '"' && !after_backslash;
        after_backslash = in_string && sign == '\\' && !after_backslash;
    }
    Cow::Owned(written)
}

/// A number or a string.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Absent, `null` or an empty string.
    #[default]
    Missing,
    /// The string, or the digits of the number.
    Text(String),
    /// An object or an array.
    Unreadable,
}

/// It may be a card's number, a phone, a name or a token.
impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("Missing"),
            Self::Text(text) => write!(f, "Text of {} bytes", text.len()),
            Self::Unreadable => f.write_str("Unreadable"),
        }
    }
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

    /// The value as a code of a network. None has more than six digits: what has could be a card number, and codes are told
    /// and logged.
    pub(super) fn code(&self) -> Option<i64> {
        self.int().filter(|code| is_code(*code))
    }

    /// The value as a flag: `true`, `false`, `1` or `0`, also in a string, and the words that are used for them.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.int() {
            Some(1) => return Some(true),
            Some(0) => return Some(false),
            Some(_) => return None,
            None => {}
        }
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| self.is(word));
        if is_one_of(["true", "yes", "y", "on"]) {
            Some(true)
        } else if is_one_of(["false", "no", "n", "off"]) {
            Some(false)
        } else {
            None
        }
    }

    /// Whether the value is this word, however it is capitalised.
    pub(super) fn is(&self, word: &str) -> bool {
        self.text().eq_ignore_ascii_case(word)
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

/// See [`Scalar::code`].
pub(super) fn is_code(number: i64) -> bool {
    (-999_999..=999_999).contains(&number)
}

/// A network's word as it may be told and logged: `?` where it is none, or has room for a card number.
pub(super) fn word(text: &str) -> String {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_word = text.len() <= 24
        && digits <= 6
        && text
            .bytes()
            .all(|sign| sign.is_ascii_alphanumeric() || b"_- ".contains(&sign));
    if is_word { text } else { "?" }.to_owned()
}

/// A line break in a name is a blank. Any other control character is nothing that could be shown or stored, and keeps what
/// it stands in from being an id or a number.
pub(super) fn printable(sign: char) -> char {
    match sign {
        '\t' | '\n' | '\r' => ' ',
        sign if sign.is_control() => char::REPLACEMENT_CHARACTER,
        sign => sign,
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Missing,
            Value::Bool(flag) => Self::Text(flag.to_string()),
            Value::Number(number) => {
                let number = number.to_string();
                Self::Text(number.strip_suffix(".0").unwrap_or(&number).to_owned())
            }
            Value::String(text) => match text.trim() {
                "" => Self::Missing,
                text => Self::Text(text.chars().map(printable).collect()),
            },
            Value::Array(_) | Value::Object(_) => Self::Unreadable,
        })
    }
}

/// A row of a list, or something else that stands where a row should.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum RowOr<T> {
    Row(T),
    Odd(IgnoredAny),
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
    fn what_is_told_of_a_network_has_no_room_for_a_card_number() {
        for (told, expected) in [
            ("-32603", Some(-32_603)),
            ("\"999999\"", Some(999_999)),
            ("1000000", None),
            ("-1000000", None),
            ("8600010132441332", None),
            ("\"x\"", None),
        ] {
            assert_eq!(scalar(told).code(), expected, "{told}");
        }
        for known in ["", "ERR", "on", "OFF_BY_USER", "WAIT 123456"] {
            assert_eq!(word(known), known);
        }
        let long = "x".repeat(25);
        for other in [
            "8600010132441332",
            "8600 0101",
            "a\u{85}",
            "<b>",
            "Отказ",
            &long,
        ] {
            assert_eq!(word(other), "?", "{other}");
        }
    }

    #[test]
    fn flags_are_read_in_every_spelling() {
        for told in [
            "true", "\"TRUE\"", "\"True\"", "1", "1.0", "\"01\"", "\"Yes\"", "\"Y\"", "\"ON\"",
        ] {
            assert_eq!(scalar(told).flag(), Some(true), "{told}");
        }
        for told in [
            "false",
            "\"FALSE\"",
            "0",
            "0.0",
            "\"00\"",
            "\"no\"",
            "\"N\"",
            "\"Off\"",
        ] {
            assert_eq!(scalar(told).flag(), Some(false), "{told}");
        }
        for told in [
            "null", "2", "-1", "\"\"", "\"x\"", "500000", "{}", "\"tru\"",
        ] {
            assert_eq!(scalar(told).flag(), None, "{told}");
        }
    }

    #[test]
    fn what_decides_nothing_makes_no_reply_unreadable() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Named {
            name: Scalar,
            id: Scalar,
            amount: Scalar,
        }
        let text = |text: &str| Scalar::Text(text.to_owned());
        let read = |body: &[u8]| json::<Named>(body).unwrap();
        let plain = Named {
            name: text("A B"),
            id: text("e1"),
            amount: text("500"),
        };
        let bodies: [&[u8]; 7] = [
            br#"{"name":"A B","id":"e1","amount":500}"#,
            b"\xef\xbb\xbf{\"name\":\"A B\",\"id\":\"e1\",\"amount\":500.0}",
            b"{\"name\":\"A\nB\",\"id\":\"e1\",\"amount\":\"500\"}",
            b"{\"name\":\"A\tB\r\n\",\r\n\t\"id\":\"e1\",\"amount\":500}\n",
            br#"{"name":"A\nB","id":"e1","amount":"500"}"#,
            b"{\"name\":\"A B\",\"id\":\"e1\",\"amount\":500}\0\0",
            b"\x0b{\x0b\"name\":\"A B\",\"id\":\"e1\",\"amount\":\x0c500}",
        ];
        for body in bodies {
            assert_eq!(read(body), plain, "{}", String::from_utf8_lossy(body));
        }
        let cyrillic = read(b"{\"name\":\"\xc0\xed\xe2\xe0\xf0\",\"id\":\"e1\",\"amount\":500}");
        assert_eq!(cyrillic.name, text("Анвар"));
        let cut = read(b"{\"name\":\"\xd0\x90\xd0\xbd\xd0\",\"id\":\"e1\",\"amount\":500}");
        assert_eq!(cut.name, text("Ан\u{fffd}"));
        // Quotes and backslashes end and begin what they should.
        let quoted = read(b"{\"name\":\"a\\\"b\x01\\\\\",\"id\":\"e1\",\"amount\":500}");
        assert_eq!(quoted.name, text("a\"b\u{fffd}\\"));
        for told in ["\"A\\u0000B\"", "\"A\u{0}B\"", "\"A\\u0085B\""] {
            let body = format!("{{\"name\":{told},\"id\":\"e1\",\"amount\":500}}");
            assert_eq!(read(body.as_bytes()).name, text("A\u{fffd}B"), "{told}");
        }
    }

    #[test]
    fn what_decides_is_never_mended() {
        #[derive(Debug, Deserialize)]
        struct Deciding {
            id: Scalar,
            amount: Scalar,
        }
        let bodies: [&[u8]; 5] = [
            b"{\"id\":\"e\x001\",\"amount\":\"5\x0000\"}",
            b"{\"id\":\"e1\x01\",\"amount\":\"500\x01\"}",
            b"{\"id\":\"e\n1\",\"amount\":\"5\n00\"}",
            b"{\"id\":\"\xb91\",\"amount\":\"\xb9500\"}",
            b"{\"id\":\"\xef\xbb\xbfe1\",\"amount\":\"\xef\xbb\xbf500\"}",
        ];
        for body in bodies {
            let read = json::<Deciding>(body).unwrap();
            assert!(!read.id.echoes("e1"), "{read:?}");
            assert!(!read.amount.echoes_int(500), "{read:?}");
        }
        let no_json: [&[u8]; 6] = [
            b"",
            b"{",
            b"\0",
            b"{\"id\":5\x000}",
            b"<html>",
            b"{\"id\":\"\n",
        ];
        for body in no_json {
            assert!(json::<Deciding>(body).is_none());
        }
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
