//! The only place where our errors become JSON-RPC errors.

use entity::ids::TransactionId;
use jsonrpsee::types::ErrorObjectOwned;
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::params::Fault;
use rpc_schema::reason::Reason;

use crate::database::advice;
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::error_chain::ErrorChain;

/// An error in the language of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError {
    pub code: i32,
    pub message: String,
    pub data: ErrorData,
}

impl WireError {
    /// The error of a documented failure.
    pub fn new(failure: Failure, lang: Lang) -> Self {
        Self {
            code: failure.code.code(),
            message: failure.code.message(lang).to_owned(),
            data: ErrorData {
                hint: failure.hint.map(|hint| hint.text(lang)),
                ..failure.data
            },
        }
    }

    /// A refusal of the envelope or of HTTP, with the reason and what to do instead.
    pub fn because(code: ErrorCode, lang: Lang, reason: Reason, hint: Hint) -> Self {
        Self::new(Failure::new(code).because(reason).hint(hint), lang)
    }

    /// An error without data.
    pub fn bare(code: ErrorCode, lang: Lang) -> Self {
        Self {
            code: code.code(),
            message: code.message(lang).to_owned(),
            data: ErrorData::default(),
        }
    }

    /// The error of wrong params, in the form of the method's family.
    pub fn fault(fault: &Fault, family: Family, lang: Lang) -> Self {
        match family {
            // The document gives the A family's validation errors in English only.
            Family::Attach => Self {
                code: ErrorCode::ValidationError.code(),
                message: fault.attach_message(),
                data: ErrorData::default(),
            },
            Family::Gateway => {
                let mut failure = Failure::new(fault.code());
                failure.data.field.clone_from(&fault.field);
                failure.data.reason = fault.reason();
                failure.hint = fault.hint();
                Self::new(failure, lang)
            }
        }
    }

    /// A validation error of the A family with this message.
    pub fn attach_validation(message: String) -> Self {
        Self {
            code: ErrorCode::ValidationError.code(),
            message,
            data: ErrorData::default(),
        }
    }

    /// The JSON of the error object.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&ErrorObjectOwned::from(self.clone())).unwrap_or_default()
    }
}

impl From<WireError> for ErrorObjectOwned {
    fn from(error: WireError) -> Self {
        let data = (!error.data.is_empty()).then_some(error.data);
        Self::owned(error.code, error.message, data)
    }
}

/// The language of errors: the one asked for, else the family's own (docs/contract.md#language-and-application: Russian
/// for B, English for A).
pub fn language(asked: Option<Lang>, family: Family) -> Lang {
    asked.unwrap_or(match family {
        Family::Attach => Lang::En,
        Family::Gateway => Lang::Ru,
    })
}

/// What the partner is told about an error. An undocumented error is logged with its causes and reported as -32334, or as
/// -32379 once a byte may have reached a network.
pub fn failure_of(error: Error, at_network: Option<TransactionId>) -> Failure {
    match error {
        Error::Refused(failure) => *failure,
        Error::Database(_)
        | Error::Vault(_)
        | Error::Random(_)
        | Error::Clock { .. }
        | Error::Unrecorded(_)
        | Error::Corrupt(_) => {
            let advice = match &error {
                Error::Database(error) => advice(error),
                Error::Refused(_)
                | Error::Vault(_)
                | Error::Random(_)
                | Error::Clock { .. }
                | Error::Unrecorded(_)
                | Error::Corrupt(_) => None,
            };
            tracing::error!(
                error = %ErrorChain(&error),
                transaction_id = at_network.map(|id| id.0),
                advice,
                "a call failed with an internal error"
            );
            internal(at_network)
        }
    }
}

/// An internal error: -32334 if provably nothing reached a network, else -32379. `at_network` is the transaction of
/// which something may have reached one.
pub fn internal(at_network: Option<TransactionId>) -> Failure {
    match at_network {
        Some(transaction_id) => Failure::outcome_unknown(transaction_id),
        None => Failure::new(ErrorCode::Internal),
    }
}
