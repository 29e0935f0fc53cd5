//! What can be wrong with params, and which code and reason does it get?

use crate::errors::ErrorCode;
use crate::hint::Hint;
use crate::reason::Reason;
use crate::values::{Rule, ValueFault};

/// What is wrong with the params of a call. It holds names of members, but no value that the caller sent.
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
    /// `params` is not an object.
    NotByName,
    /// The method has no such member.
    Unknown,
    /// The member is given twice.
    Duplicate,
    /// A required member is absent, `null` or empty.
    Missing,
    /// There are no params at all, but the method requires some. The field is the first required one.
    ParamsMissing,
    /// The member's value breaks its rule.
    Value(ValueFault),
    /// Two members that exclude each other are both given.
    Exclusive,
}

impl Fault {
    /// The B family's code for this fault (docs/contract.md#codes-of-the-b-family).
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => ErrorCode::MissingParams,
            FaultKind::NotByName
            | FaultKind::Unknown
            | FaultKind::Duplicate
            | FaultKind::Exclusive
            | FaultKind::Value(ValueFault::WrongType(_)) => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan => ErrorCode::InvalidPan,
                Rule::ExpiryYymm | Rule::ExpiryMmyy => ErrorCode::InvalidExpiry,
                Rule::PhoneDigits | Rule::PhonePrefix => ErrorCode::InvalidPhone,
                Rule::Amount => ErrorCode::InvalidAmount,
                Rule::Uuid
                | Rule::Code
                | Rule::Network
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
                | Rule::ComingDay => ErrorCode::InvalidInput,
            },
        }
    }

    /// `data.hint`: the rule that was broken.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self.kind {
            FaultKind::NotByName => Some(Hint::ParamsByName),
            FaultKind::Value(ValueFault::WrongType(rule) | ValueFault::Format(rule)) => {
                Some(Hint::Rule(rule))
            }
            FaultKind::Unknown
            | FaultKind::Duplicate
            | FaultKind::Exclusive
            | FaultKind::Missing
            | FaultKind::ParamsMissing => None,
        }
    }

    /// `data.reason`, where the code alone does not tell what is wrong.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self.kind {
            FaultKind::NotByName => Some(Reason::ParamsByNameOnly),
            FaultKind::Unknown => Some(Reason::UnknownMember),
            FaultKind::Duplicate => Some(Reason::DuplicateMember),
            FaultKind::Exclusive => Some(Reason::ExactlyOneOf),
            FaultKind::Missing | FaultKind::ParamsMissing => None,
            FaultKind::Value(ValueFault::WrongType(_)) => Some(Reason::WrongType),
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan
                | Rule::ExpiryYymm
                | Rule::ExpiryMmyy
                | Rule::PhoneDigits
                | Rule::PhonePrefix
                | Rule::Amount => None,
                Rule::Uuid
                | Rule::Code
                | Rule::Network
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
                | Rule::ComingDay => Some(Reason::BadFormat),
            },
        }
    }
}
