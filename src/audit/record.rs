//! What is recorded, before it has its place in a chain.

use entity::time::UnixMillis;
use rpc_schema::values::is_card_like;
use uuid::Uuid;

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
    let digits = line.chars().filter(char::is_ascii_digit).count();
    if digits < 13 || Uuid::try_parse(&line).is_ok() {
        return line;
    }
    without_cards(&line)
}

/// The text with only the last four digits of what could be a card's number, also where blanks or hyphens part it.
fn without_cards(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|sign: char| sign.is_ascii_digit()) {
        let (before, from_here) = rest.split_at(at);
        shown.push_str(before);
        let number = groups(from_here).filter(|end| {
            let number = from_here.get(..*end).unwrap_or_default();
            is_card_like(number)
        });
        let end = match number.last() {
            Some(end) => {
                let number = from_here.get(..end).unwrap_or_default();
                let tail = number.get(number.len() - 4..).unwrap_or_default();
                shown.push('*');
                shown.push_str(tail);
                end
            }
            None => {
                let end = groups(from_here).next().unwrap_or(from_here.len());
                shown.push_str(from_here.get(..end).unwrap_or_default());
                end
            }
        };
        rest = from_here.get(end..).unwrap_or_default();
    }
    shown.push_str(rest);
    shown
}

/// Where the groups of digits end with which a text begins, as long as one blank or hyphen parts them.
fn groups(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let parted = |at: usize| bytes.get(at).is_some_and(|byte| b" -".contains(byte));
    let inside = (0..bytes.len()).take_while(move |at| digit(*at) || parted(*at) && digit(at + 1));
    inside
        .filter(move |at| digit(*at) && !digit(at + 1))
        .map(|at| at + 1)
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
            ("8600 0101 3244 1332", "*1332"),
            ("77 8600-0101-3244-1332, paid", "77 *1332, paid"),
            ("77 8600010132441332 paid", "77 *1332 paid"),
            (
                "2026-11-20 11:42 till 2026-11-21 12:00",
                "2026-11-20 11:42 till 2026-11-21 12:00",
            ),
            (id, id),
            (&long, &short),
        ] {
            assert_eq!(cleaned(text), expected, "{text}");
        }
    }
}
