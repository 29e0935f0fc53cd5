//! What is a day?

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string, is_digits};
use crate::components::component;

/// A day, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(i32);

impl Date {
    /// A day of the calendar in the form `YYYY-MM-DD`, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |length| {
            let digits = parts.next().filter(|digits| is_digits(digits, length))?;
            digits.parse::<i32>().ok()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let real = parts.next().is_none() && year > 0 && (1..=days_in(year, month)).contains(&day);
        real.then_some(Self(year * 10_000 + month * 100 + day))
    }

    /// `YYYYMMDD` as a number.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }
}

/// 0 if `month` is not a month.
fn days_in(year: i32, month: i32) -> i32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = (self.0 / 10_000, self.0 / 100 % 100, self.0 % 100);
        serializer.serialize_str(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

impl Value for Date {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Date)?).ok_or(ValueFault::Format(Rule::Date))
    }
}

component!(Date as "CalendarDate": { "type": "string", "format": "date", "description": "A day in Tashkent time, `YYYY-MM-DD`.", "examples": ["2023-08-28"] });

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::test_decode::{decode, decode_text};

    #[test]
    fn a_date_is_a_day_of_the_calendar() {
        for (text, number) in [
            ("2023-08-28", 20_230_828),
            ("2024-02-29", 20_240_229),
            ("2000-02-29", 20_000_229),
            ("0001-01-01", 10_101),
            ("9999-12-31", 99_991_231),
        ] {
            let date = Date::parse(text).unwrap();
            assert_eq!(date.number(), number);
            assert_eq!(json!(date), json!(text));
        }
        for text in [
            "",
            "2023-8-28",
            "2023-08-28 ",
            "23-08-28",
            "2023/08/28",
            "20230828",
            "2023-13-01",
            "2023-00-01",
            "2023-01-00",
            "2023-02-29",
            "1900-02-29",
            "2023-04-31",
            "0000-01-01",
            "2023-08-28-01",
            "+023-08-28",
            "2023-08-２8",
        ] {
            assert_eq!(
                decode_text::<Date>(text),
                Err(ValueFault::Format(Rule::Date)),
                "{text}"
            );
        }
        assert_eq!(
            decode::<Date>("20230828"),
            Err(ValueFault::WrongType(Rule::Date))
        );
    }
}
