//! How does the A family word a fault of the params?

use super::fault::{Fault, FaultKind};
use crate::values::{Rule, ValueFault};

impl Fault {
    /// The A family's message: `Validation Error. Field: <path>, message: <text>` (document, "Привязка карт").
    #[must_use]
    pub fn attach_message(&self) -> String {
        let path = match &self.field {
            Some(field) if self.kind != FaultKind::ParamsMissing => format!("params.{field}"),
            Some(_) | None => "params".to_owned(),
        };
        attach_message(&path, self.attach_text())
    }

    fn attach_text(&self) -> &'static str {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => "Field must be not null",
            FaultKind::NotByName => "Accepts only object",
            FaultKind::Unknown => "Unknown field",
            FaultKind::Duplicate | FaultKind::Exclusive => "Duplicate field",
            FaultKind::Value(ValueFault::WrongType(rule) | ValueFault::Format(rule)) => {
                match rule {
                    Rule::Pan => "Must contain only digits. Allowed length 16 characters",
                    Rule::ExpiryYymm | Rule::ExpiryMmyy => "Only valid dates (yyMM)",
                    Rule::PhoneDigits => "Must contain only digits. Allowed length 12 characters",
                    Rule::PhonePrefix => "Number must start with 998",
                    Rule::Uuid => "Accepts only uuid",
                    Rule::Code => "Must contain only digits. Allowed length 6 characters",
                    Rule::Network => "Accepts only constants (UZCARD, HUMO)",
                    // No method of the A family has a field of these rules.
                    Rule::Amount
                    | Rule::Boolean
                    | Rule::WholeNumber
                    | Rule::Text
                    | Rule::Terminal
                    | Rule::ExtId
                    | Rule::NoCardNumber
                    | Rule::Date
                    | Rule::Moment
                    | Rule::Choice
                    | Rule::Cursor
                    | Rule::Range { .. }
                    | Rule::Tokens
                    | Rule::Object
                    | Rule::PersonName
                    | Rule::PastDay
                    | Rule::Pinfl
                    | Rule::ThreeDigits
                    | Rule::DocumentNumber
                    | Rule::DocumentSeries
                    | Rule::ComingDay => "Wrong type",
                }
            }
        }
    }
}

/// The text of the A family's code 4 for the field at `path`.
#[must_use]
pub fn attach_message(path: &str, text: &str) -> String {
    format!("Validation Error. Field: {path}, message: {text}")
}
