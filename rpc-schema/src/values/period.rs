//! What the history is asked with: cards, days and pages.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{CardToken, Rule, Value, ValueFault, decode_string, is_digits};

/// The most cards that one call may ask for.
const MAX_TOKENS: usize = 20;
/// The most operations on one page.
const MAX_SIZE: u32 = 200;

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

/// 0 for what is no month.
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
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Date)?).ok_or(ValueFault::Format(Rule::Date))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Date", "type": "string", "format": "date", "description": "A day in Tashkent time, `YYYY-MM-DD`.", "examples": ["2023-08-28"] })
    }
}

/// Which page, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Page(pub u32);

impl Value for Page {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_integer(raw, 0, u32::MAX).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Page", "type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 0, "description": "Which page, from 0.", "examples": [0] })
    }
}

/// How many operations make a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PageSize(pub u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl Value for PageSize {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_integer(raw, 1, MAX_SIZE).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "PageSize", "type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": 50, "description": "How many operations make a page.", "examples": [50] })
    }
}

fn decode_integer(raw: &RawValue, least: u32, greatest: u32) -> Result<u32, ValueFault> {
    let number: i64 =
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Range))?;
    u32::try_from(number)
        .ok()
        .filter(|number| (least..=greatest).contains(number))
        .ok_or(ValueFault::Format(Rule::Range))
}

/// The tokens of 1 to 20 cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TokenList(Vec<CardToken>);

impl TokenList {
    /// The tokens, as they were sent.
    #[must_use]
    pub fn tokens(&self) -> &[CardToken] {
        &self.0
    }
}

impl Value for TokenList {
    const EMPTY: Option<&'static str> = Some("[]");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let tokens: Vec<&RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Tokens))?;
        if tokens.len() > MAX_TOKENS {
            return Err(ValueFault::Format(Rule::Tokens));
        }
        let tokens = tokens.into_iter().map(CardToken::decode);
        tokens.collect::<Result<_, _>>().map(Self)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let token = CardToken::schema(generator);
        json_schema!({ "title": "TokenList", "type": "array", "items": token, "minItems": 1, "maxItems": MAX_TOKENS, "description": "Tokens of 1 to 20 cards.", "examples": [["a1807840-4577-11ee-bec9-ddd6006913ab"]] })
    }
}

/// The `_id` of an operation. Like a card's token, a malformed one is simply one that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OperationId(String);

impl OperationId {
    /// The id, if it has the form of one: 24 hexadecimal digits.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (self.0.len() == 24 && self.0.bytes().all(hexadecimal)).then_some(&self.0)
    }
}

impl Value for OperationId {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_string(raw, Rule::Type).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "OperationId", "type": "string", "description": "The `_id` of an operation, from `cards.monitoring`.", "examples": ["64ec7acc25b4c526e83d0720"] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decode<V: Value>(json: serde_json::Value) -> Result<V, ValueFault> {
        V::decode(&RawValue::from_string(json.to_string()).unwrap())
    }

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
                decode::<Date>(json!(text)),
                Err(ValueFault::Format(Rule::Date)),
                "{text}"
            );
        }
        assert_eq!(
            decode::<Date>(json!(20_230_828)),
            Err(ValueFault::WrongType(Rule::Date))
        );
    }

    #[test]
    fn pages_have_their_ranges() {
        assert_eq!(decode::<Page>(json!(0)), Ok(Page(0)));
        assert_eq!(decode::<PageSize>(json!(200)), Ok(PageSize(200)));
        let range = ValueFault::Format(Rule::Range);
        assert_eq!(decode::<Page>(json!(-1)), Err(range));
        assert_eq!(decode::<Page>(json!(4_294_967_296_i64)), Err(range));
        assert_eq!(decode::<PageSize>(json!(0)), Err(range));
        assert_eq!(decode::<PageSize>(json!(201)), Err(range));
        for wrong in [json!("1"), json!(1.0), json!(null), json!([1])] {
            let fault = ValueFault::WrongType(Rule::Range);
            assert_eq!(decode::<Page>(wrong.clone()), Err(fault));
            assert_eq!(decode::<PageSize>(wrong), Err(fault));
        }
    }

    #[test]
    fn a_list_has_at_most_twenty_tokens() {
        let list = |count| decode::<TokenList>(json!(vec!["t"; count]));
        assert_eq!(list(20).unwrap().tokens().len(), 20);
        assert_eq!(list(21), Err(ValueFault::Format(Rule::Tokens)));
        for wrong in [
            json!("t"),
            json!({"0": "t"}),
            json!([1]),
            json!([null]),
            json!([["t"]]),
        ] {
            assert!(matches!(
                decode::<TokenList>(wrong),
                Err(ValueFault::WrongType(_))
            ));
        }
    }

    #[test]
    fn an_operation_id_is_24_hexadecimal_digits() {
        let digits = |text: &str| {
            decode::<OperationId>(json!(text))
                .unwrap()
                .digits()
                .is_some()
        };
        assert!(digits("64ec7acc25b4c526e83d0720"));
        for malformed in [
            "64ec7acc25b4c526e83d072",
            "64EC7ACC25B4C526E83D0720",
            "64ec7acc25b4c526e83d072g",
        ] {
            assert!(!digits(malformed), "{malformed}");
        }
    }
}
