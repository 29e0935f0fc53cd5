//! Reads params leniently: clients send numbers as strings and strings as numbers (docs/networks.md#svgate-envelope).
//! Amounts must be integers.

use serde_json::{Map, Value};

use super::refusal::Refusal;

#[derive(Clone, Copy)]
pub(super) struct Params<'a>(&'a Map<String, Value>);

impl<'a> Params<'a> {
    pub(super) fn new(members: &'a Map<String, Value>) -> Self {
        Self(members)
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn object(self, name: &str) -> Result<Self, Refusal> {
        self.get(name)
            .ok_or(Refusal::FieldMissing)?
            .as_object()
            .map(Self)
            .ok_or(Refusal::BadFormat)
    }

    pub(super) fn optional_object(self, name: &str) -> Result<Option<Self>, Refusal> {
        self.get(name).map(|_| self.object(name)).transpose()
    }

    pub(super) fn list(self, name: &str) -> Result<&'a [Value], Refusal> {
        Ok(self
            .get(name)
            .ok_or(Refusal::FieldMissing)?
            .as_array()
            .ok_or(Refusal::BadFormat)?)
    }

    pub(super) fn optional_text(self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Err(Refusal::BadFormat)
            }
        }
    }

    /// A required string, not empty.
    pub(super) fn text(self, name: &str) -> Result<String, Refusal> {
        self.optional_text(name)?.ok_or(Refusal::FieldMissing)
    }

    /// A required string of at most `length_max` characters.
    pub(super) fn short_text(self, name: &str, length_max: usize) -> Result<String, Refusal> {
        let text = self.text(name)?;
        if text.chars().count() > length_max {
            Err(Refusal::BadFormat)
        } else {
            Ok(text)
        }
    }

    pub(super) fn optional_integer(self, name: &str) -> Result<Option<i64>, Refusal> {
        self.optional_text(name)?
            .map(|text| text.parse().map_err(|_| Refusal::BadFormat))
            .transpose()
    }

    pub(super) fn integer(self, name: &str) -> Result<i64, Refusal> {
        self.optional_integer(name)?.ok_or(Refusal::FieldMissing)
    }

    pub(super) fn id(self, name: &str) -> Result<u64, Refusal> {
        u64::try_from(self.integer(name)?).map_err(|_| Refusal::BadFormat)
    }

    /// An amount in tiyin above zero. A string is not accepted.
    pub(super) fn amount(self, name: &str) -> Result<i64, Refusal> {
        let value = self.get(name).ok_or(Refusal::FieldMissing)?;
        value
            .as_i64()
            .filter(|amount| *amount > 0)
            .ok_or(Refusal::BadFormat)
    }

    /// An amount in tiyin; 0 if it is absent.
    pub(super) fn fee(self, name: &str) -> Result<i64, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(0);
        };
        value
            .as_i64()
            .filter(|fee| *fee >= 0)
            .ok_or(Refusal::BadFormat)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_strings_are_interchangeable_except_in_amounts() {
        let members = json!({"a": 5, "b": "5", "c": "", "d": null, "e": [], "f": 0, "g": 1.5});
        let params = Params::new(members.as_object().unwrap());
        assert_eq!(
            (params.text("a").unwrap(), params.integer("b").unwrap()),
            ("5".to_owned(), 5)
        );
        assert_eq!(params.amount("a").unwrap(), 5);
        for (name, refusal) in [
            ("b", Refusal::BadFormat),
            ("c", Refusal::BadFormat),
            ("d", Refusal::FieldMissing),
            ("f", Refusal::BadFormat),
            ("g", Refusal::BadFormat),
            ("z", Refusal::FieldMissing),
        ] {
            assert_eq!(params.amount(name).unwrap_err(), refusal, "{name}");
        }
        assert_eq!(
            (params.fee("a"), params.fee("f"), params.fee("z")),
            (Ok(5), Ok(0), Ok(0))
        );
        assert_eq!(params.fee("b"), Err(Refusal::BadFormat));
        assert_eq!(params.text("c").unwrap_err(), Refusal::FieldMissing);
        assert_eq!(params.text("e").unwrap_err(), Refusal::BadFormat);
        assert_eq!(params.short_text("a", 0).unwrap_err(), Refusal::BadFormat);
    }
}
