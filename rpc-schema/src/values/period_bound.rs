//! Where does a period begin or end?

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::value::RawValue;

use super::date::Date;
use super::rule::{Rule, ValueFault};
use super::value::Value;
use crate::components::UnixMillis;

/// The last millisecond of the year 9999 in UTC.
const LAST: i64 = 253_402_300_799_999;

/// One end of a period, which belongs to the period: a day, `YYYY-MM-DD` in Tashkent time, or a moment in UNIX
/// milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PeriodBound {
    /// The whole day.
    Day(Date),
    /// UNIX milliseconds.
    Moment(i64),
}

impl Value for PeriodBound {
    type Component = Self;
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        if raw.get().starts_with('"') {
            return Date::decode(raw).map(Self::Day);
        }
        let moment: i64 =
            serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Moment))?;
        if (0..=LAST).contains(&moment) {
            Ok(Self::Moment(moment))
        } else {
            Err(ValueFault::Format(Rule::Moment))
        }
    }
}

impl JsonSchema for PeriodBound {
    fn schema_name() -> Cow<'static, str> {
        "PeriodBound".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let day = generator.subschema_for::<Date>();
        let moment = generator.subschema_for::<UnixMillis>();
        json_schema!({
            "oneOf": [day, moment],
            "description": "One end of a period: a day in Tashkent time, `YYYY-MM-DD`, or a moment in UNIX milliseconds.",
            "examples": ["2023-08-28", 1_693_219_530_000_i64]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::{decode, decode_text};

    #[test]
    fn a_bound_is_a_day_or_a_moment() {
        let day = Date::parse("2023-08-28").unwrap();
        assert_eq!(decode_text("2023-08-28"), Ok(PeriodBound::Day(day)));
        for moment in [0, 1_693_219_530_000, LAST] {
            let bound = decode(&moment.to_string());
            assert_eq!(bound, Ok(PeriodBound::Moment(moment)));
        }
        for (text, fault) in [
            ("-1", ValueFault::Format(Rule::Moment)),
            ("253402300800000", ValueFault::Format(Rule::Moment)),
            ("1.0", ValueFault::WrongType(Rule::Moment)),
            ("1e3", ValueFault::WrongType(Rule::Moment)),
            ("true", ValueFault::WrongType(Rule::Moment)),
            ("[1]", ValueFault::WrongType(Rule::Moment)),
            (r#""1693219530000""#, ValueFault::Format(Rule::Date)),
            (r#""""#, ValueFault::Format(Rule::Date)),
        ] {
            assert_eq!(decode::<PeriodBound>(text), Err(fault), "{text}");
        }
    }
}
