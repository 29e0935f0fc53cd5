//! What can be wrong with params, and which code and reason does it get?

use crate::errors::ErrorCode;
use crate::values::{Rule, ValueFault};

/// What is wrong with the params of a call. Holds no value that the caller sent, only names of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The member; `None` for the params as a whole.
    pub field: Option<String>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// See [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `params` is no object.
    NotByName,
    /// The method has no such member.
    Unknown,
    /// The member stands twice.
    Duplicate,
    /// A required member is absent, `null` or empty.
    Missing,
    /// There are no params at all, though the method requires some; the field is the first of these.
    ParamsMissing,
    /// The member's value breaks its rule.
    Value(ValueFault),
    /// Two members that exclude each other are both there.
    Exclusive,
}

impl Fault {
    /// The B family's code for this fault (design section 3).
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => ErrorCode::MissingParams,
            FaultKind::NotByName
            | FaultKind::Unknown
            | FaultKind::Duplicate
            | FaultKind::Exclusive => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::WrongType(_)) => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan => ErrorCode::InvalidPan,
                Rule::Expiry => ErrorCode::InvalidExpiry,
                Rule::PhoneDigits | Rule::PhonePrefix => ErrorCode::InvalidPhone,
                Rule::Amount => ErrorCode::InvalidAmount,
                Rule::Uuid
                | Rule::Code
                | Rule::Network
                | Rule::Type
                | Rule::ExtId
                | Rule::Date
                | Rule::Range
                | Rule::Tokens => ErrorCode::InvalidInput,
            },
        }
    }

    /// `data.reason`, where the code alone does not tell what is wrong.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.kind {
            FaultKind::NotByName => Some("params_by_name_only"),
            FaultKind::Unknown => Some("unknown_member"),
            FaultKind::Duplicate => Some("duplicate_member"),
            FaultKind::Exclusive => Some("exactly_one_of"),
            FaultKind::Missing | FaultKind::ParamsMissing => None,
            FaultKind::Value(ValueFault::WrongType(_)) => Some("wrong_type"),
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan | Rule::Expiry | Rule::PhoneDigits | Rule::PhonePrefix | Rule::Amount => {
                    None
                }
                Rule::Uuid
                | Rule::Code
                | Rule::Network
                | Rule::Type
                | Rule::ExtId
                | Rule::Date
                | Rule::Range
                | Rule::Tokens => Some("bad_format"),
            },
        }
    }
}
