//! What is recorded, before it has its place in a chain.

use entity::time::UnixMillis;
use rpc_schema::values::is_card_like;

/// The longest text of a column, in characters; an anchor's may be longer.
const LONGEST: usize = 500;
const LONGEST_ANCHOR: usize = 16_384;

/// Something that happened. The columns are those of `audit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub at: UnixMillis,
    pub who: String,
    pub source: String,
    pub action: String,
    pub object: String,
    pub outcome: String,
    pub detail: String,
}

impl Record {
    /// A record of this action, with nothing else in it.
    pub fn of(at: UnixMillis, action: impl Into<String>) -> Self {
        Self {
            at,
            who: String::new(),
            source: String::new(),
            action: action.into(),
            object: String::new(),
            outcome: String::new(),
            detail: String::new(),
        }
    }

    /// As it is stored: each text on one line, of a bounded length, and without any number that could be a card's.
    pub(super) fn cleaned(self) -> Self {
        let is_ours = self.action.starts_with("audit.");
        let clean = |text: String| match is_ours {
            // Its own words hold long numbers, of which any may look like a card's.
            true => text.chars().take(LONGEST_ANCHOR).collect(),
            false => cleaned(&text),
        };
        Self {
            at: self.at,
            who: clean(self.who),
            source: clean(self.source),
            action: clean(self.action),
            object: clean(self.object),
            outcome: clean(self.outcome),
            detail: clean(self.detail),
        }
    }
}

fn cleaned(text: &str) -> String {
    let line: String = text
        .chars()
        .take(LONGEST)
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .collect();
    // Nearly always there is nothing to hide.
    if line.chars().filter(char::is_ascii_digit).count() < 13 {
        return line;
    }
    let parts: Vec<&str> = line.split(|sign: char| !sign.is_ascii_digit()).collect();
    let mut hidden = line.clone();
    for part in parts {
        if is_card_like(part) {
            let shown = part.get(part.len() - 4..).unwrap_or_default();
            hidden = hidden.replace(part, &format!("*{shown}"));
        }
    }
    if is_card_like(&line) {
        return "*".to_owned();
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_short_line_without_card_numbers() {
        let long = "x".repeat(LONGEST + 1);
        let (short, id) = ("x".repeat(LONGEST), "0197c0de-1234-7abc-8def-1234567890ab");
        for (text, expected) in [
            ("paid, ticket 77", "paid, ticket 77"),
            ("two\nlines\0and a\ttab", "two lines and a tab"),
            (
                "of 8600010132441332, said the bank",
                "of *1332, said the bank",
            ),
            ("9860190101578366", "*8366"),
            ("8600 0101 3244 1332", "*"),
            (id, id),
            (&long, &short),
        ] {
            assert_eq!(cleaned(text), expected, "{text}");
        }
    }
}
