//! What is a confirmation code?

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string, is_digits};
use crate::components::component;

/// The code that the cardholder received by SMS: six digits.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// Six digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_digits(text, 6).then(|| Self(text.to_owned()))
    }

    /// The six digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

impl Value for Code {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Code)?).ok_or(ValueFault::Format(Rule::Code))
    }
}

component!(Code as "ConfirmationCode": { "type": "string", "pattern": "^[0-9]{6}$", "description": "The code from the SMS, six digits.", "examples": ["111111"] });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_not_shown() {
        assert_eq!(format!("{:?}", Code::parse("445127").unwrap()), "******");
    }
}
