//! What does a partner say of a person?

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::date::Date;
use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string, is_digits};
use crate::components::component;

/// What SVGate takes of a name.
const NAME_LETTERS: usize = 50;

/// A first, last or middle name: 1 to 50 Latin or Cyrillic letters, with apostrophes, hyphens and blanks after the first.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// A name, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = text.chars();
        let fits = letters.next().is_some_and(is_letter)
            && letters.all(|letter| is_letter(letter) || "'`‘’ʻʼ -".contains(letter))
            && text.chars().count() <= NAME_LETTERS;
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Latin or Cyrillic.
fn is_letter(letter: char) -> bool {
    let in_alphabet = matches!(letter, 'A'..='Z' | 'a'..='z' | 'À'..='ɏ' | 'Ѐ'..='ԯ');
    in_alphabet && letter.is_alphabetic()
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(***)")
    }
}

impl Value for PersonName {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::PersonName)?)
            .ok_or(ValueFault::Format(Rule::PersonName))
    }
}

component!(PersonName as "PersonName": { "type": "string", "pattern": "^[A-Za-zÀ-ÖØ-öø-ɏЀ-ҁҊ-ԯ][A-Za-zÀ-ÖØ-öø-ɏЀ-ҁҊ-ԯ'`‘’ʻʼ -]{0,49}$", "description": "A name as in the document, in Latin or Cyrillic letters; apostrophes, hyphens and blanks after the first.", "examples": ["Abdusamad"] });

/// A personal number (PINFL): fourteen digits, of which the first tells sex and century of birth, and the next six its day.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Pinfl(String);

impl Pinfl {
    /// Fourteen digits that begin with 1 to 6 and a day of birth, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let pinfl = is_digits(text, 14).then(|| Self(text.to_owned()))?;
        pinfl.birth_date().is_some().then_some(pinfl)
    }

    /// The day of birth that it tells.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        let century = match self.0.get(..1)? {
            "1" | "2" => "18",
            "3" | "4" => "19",
            "5" | "6" => "20",
            _ => return None,
        };
        let (day, month, year) = (self.0.get(1..3)?, self.0.get(3..5)?, self.0.get(5..7)?);
        Date::parse(&format!("{century}{year}-{month}-{day}"))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pinfl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinfl(***)")
    }
}

impl Value for Pinfl {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Pinfl)?).ok_or(ValueFault::Format(Rule::Pinfl))
    }
}

component!(Pinfl as "Pinfl": { "type": "string", "pattern": "^[1-6](0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])[0-9]{9}$", "description": "A personal number of Uzbekistan (PINFL): 14 digits. The first tells the century of birth, the next six its day.", "examples": ["30102901234567"] });

/// Series and number of an identity document, in capital Latin letters and digits.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DocumentNumber(String);

impl DocumentNumber {
    /// 4 to 20 of `A-Z0-9`, of which one at least is a digit, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let fits = (4..=20).contains(&text.len())
            && text.bytes().all(allowed)
            && text.bytes().any(|byte| byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// Whether it has the form of a document of Uzbekistan: two letters and seven digits.
    #[must_use]
    pub fn is_uzbek(&self) -> bool {
        let series = self.0.get(..2).unwrap_or_default();
        let number = self.0.get(2..).unwrap_or_default();
        series.len() == 2
            && series.bytes().all(|byte| byte.is_ascii_uppercase())
            && is_digits(number, 7)
    }

    /// Whether it begins with a series of letters.
    #[must_use]
    pub fn has_series(&self) -> bool {
        self.0.starts_with(|first: char| first.is_ascii_uppercase())
    }

    /// Series and number as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentNumber(***)")
    }
}

impl Value for DocumentNumber {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::DocumentNumber)?)
            .ok_or(ValueFault::Format(Rule::DocumentNumber))
    }
}

component!(DocumentNumber as "DocumentNumber": { "type": "string", "pattern": "^[A-Z]*[0-9][A-Z0-9]*$", "minLength": 4, "maxLength": 20, "description": "Series and number of an identity document without blanks, in capital Latin letters and digits, of which one at least is a digit; of one of Uzbekistan two letters and seven digits.", "examples": ["AA1234567"] });

/// A code of three digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ThreeDigits(String);

impl ThreeDigits {
    /// Three digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_digits(text, 3).then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for ThreeDigits {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::ThreeDigits)?)
            .ok_or(ValueFault::Format(Rule::ThreeDigits))
    }
}

component!(ThreeDigits as "ThreeDigits": { "type": "string", "pattern": "^[0-9]{3}$", "description": "A code of three digits.", "examples": ["860"] });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;
    use crate::values::test_decode::{decode, decode_text};

    /// What the documents' pattern of a component allows.
    fn of_pattern<T: schemars::JsonSchema>() -> impl Strategy<Value = String> {
        let schema = schemars::SchemaGenerator::default().root_schema_for::<T>();
        let pattern = schema
            .get("pattern")
            .and_then(|text| text.as_str())
            .unwrap();
        let inside = pattern
            .strip_prefix('^')
            .unwrap()
            .strip_suffix('$')
            .unwrap();
        string_regex(inside).unwrap()
    }

    proptest! {
        #[test]
        fn what_the_pattern_of_a_name_allows_is_a_name(text in of_pattern::<PersonName>()) {
            prop_assert!(decode_text::<PersonName>(&text).is_ok());
        }

        #[test]
        fn a_name_is_nothing_that_its_pattern_does_not_allow(text in "\\PC{0,4}") {
            let letter = |c: char| c.is_ascii_alphabetic() || matches!(c,
                '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}');
            let inner = |c: char| letter(c) || "'`‘’ʻʼ -".contains(c);
            let is_name = text.starts_with(letter) && text.chars().all(inner);
            prop_assert_eq!(decode_text::<PersonName>(&text).is_ok(), is_name);
        }

        #[test]
        fn what_the_pattern_of_a_document_allows_is_one_of_4_to_20_signs(text in of_pattern::<DocumentNumber>()) {
            let is_one = (4..=20).contains(&text.len());
            prop_assert_eq!(decode_text::<DocumentNumber>(&text).is_ok(), is_one);
        }

        #[test]
        fn what_the_pattern_of_a_pinfl_allows_is_one_unless_the_month_is_shorter(text in of_pattern::<Pinfl>()) {
            let is_day = |day: &str, month: &str| match month {
                "02" => day < "29" || day == "29" && text[5..7].parse::<u32>().unwrap().is_multiple_of(4),
                "04" | "06" | "09" | "11" => day < "31",
                _ => true,
            };
            // 1800 and 1900 were no leap years.
            let is_special = &text[1..7] == "290200" && !text.starts_with(['5', '6']);
            let is_one = is_day(&text[1..3], &text[3..5]) && !is_special;
            prop_assert_eq!(decode_text::<Pinfl>(&text).is_ok(), is_one);
        }
    }

    #[test]
    fn a_name_is_of_letters() {
        let longest = "ы".repeat(50);
        for name in [
            "A",
            "O‘tkir",
            "G'ayrat",
            "Анна-Мария",
            "Ўткир",
            "José",
            "Al Hakim",
            &longest,
        ] {
            assert_eq!(decode_text::<PersonName>(name).unwrap().as_str(), name);
        }
        let too_long = "a".repeat(51);
        for text in [
            "",
            " A",
            "-A",
            "A1",
            "A.",
            "A\n",
            "A\0",
            "A<b>",
            "×",
            "҂",
            "李",
            "8600010132441332",
            &too_long,
        ] {
            let fault = Err(ValueFault::Format(Rule::PersonName));
            assert_eq!(decode_text::<PersonName>(text), fault, "{text}");
        }
        let wrong = Err(ValueFault::WrongType(Rule::PersonName));
        assert_eq!(decode::<PersonName>("1"), wrong);
    }

    #[test]
    fn a_pinfl_tells_the_day_of_birth() {
        for (text, day) in [
            ("30102901234567", "1990-02-01"),
            ("42902960000000", "1996-02-29"),
            ("50101000000000", "2000-01-01"),
            ("13112990000000", "1899-12-31"),
        ] {
            let pinfl = decode_text::<Pinfl>(text).unwrap();
            assert_eq!(pinfl.birth_date(), Date::parse(day), "{text}");
        }
        for text in [
            "",
            "3010290123456",
            "301029012345678",
            "00102901234567",
            "70102901234567",
            "33002901234567",
            "30113901234567",
            "3010290123456x",
            "62902010000000",
        ] {
            let fault = Err(ValueFault::Format(Rule::Pinfl));
            assert_eq!(decode_text::<Pinfl>(text), fault, "{text}");
        }
        let wrong = Err(ValueFault::WrongType(Rule::Pinfl));
        assert_eq!(decode::<Pinfl>("30102901234567"), wrong);
    }

    #[test]
    fn a_document_has_a_number() {
        for (text, is_uzbek) in [
            ("AA1234567", true),
            ("AA123456", false),
            ("A12345678", false),
            ("123456789", false),
            ("X12345Y", false),
        ] {
            let number = decode_text::<DocumentNumber>(text).unwrap();
            assert_eq!(number.is_uzbek(), is_uzbek, "{text}");
        }
        for text in [
            "",
            "AA1",
            "AA 1234567",
            "aa1234567",
            "АА1234567",
            "AAAAAAAAA",
            "A12345678901234567890",
        ] {
            let fault = Err(ValueFault::Format(Rule::DocumentNumber));
            assert_eq!(decode_text::<DocumentNumber>(text), fault, "{text}");
        }
    }

    #[test]
    fn nothing_of_a_person_is_shown() {
        let shown = format!(
            "{:?} {:?} {:?}",
            PersonName::parse("Abdusamad"),
            Pinfl::parse("30102901234567"),
            DocumentNumber::parse("AA1234567")
        );
        assert!(!shown.contains("Abdu") && !shown.contains("567"), "{shown}");
    }
}
