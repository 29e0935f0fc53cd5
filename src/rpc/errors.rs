//! The one place where our errors become the wire's.

use jsonrpsee::types::ErrorObjectOwned;
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::params::Fault;

use crate::causes::Causes;
use crate::database::advice;
use crate::domain::failure::Failure;
use crate::error::Error;

/// An error in the language of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError {
    pub code: i32,
    pub message: String,
    pub data: ErrorData,
}

impl WireError {
    /// A documented refusal.
    pub fn new(failure: Failure, lang: Lang) -> Self {
        Self {
            code: failure.code.code(),
            message: failure.code.message(lang).to_owned(),
            data: failure.data,
        }
    }

    /// A bare code without data: refusals of the envelope and of HTTP.
    pub fn bare(code: ErrorCode, lang: Lang) -> Self {
        Self {
            code: code.code(),
            message: code.message(lang).to_owned(),
            data: ErrorData::default(),
        }
    }

    /// A fault of the params, as the method's family words it.
    pub fn fault(fault: &Fault, family: Family, lang: Lang) -> Self {
        match family {
            // The document words the A family's validation errors in English alone.
            Family::Attach => Self {
                code: ErrorCode::ValidationError.code(),
                message: fault.attach_message(),
                data: ErrorData::default(),
            },
            Family::Gateway => {
                let mut failure = Failure::new(fault.code());
                failure.data.field.clone_from(&fault.field);
                failure.data.reason = fault.reason().map(str::to_owned);
                Self::new(failure, lang)
            }
        }
    }

    /// The A family's own code, with its message.
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

/// The language of errors: the caller's, or the documents' own (design section 1: B in Russian, A in English).
pub fn language(asked: Option<Lang>, family: Family) -> Lang {
    asked.unwrap_or(match family {
        Family::Attach => Lang::En,
        Family::Gateway => Lang::Ru,
    })
}

/// What the partner is told of an error. What is not documented is logged with its causes, and told as -32334, or as
/// -32379 once a byte may have reached a network.
pub fn failure_of(error: Error, at_network: Option<i64>) -> Failure {
    match error {
        Error::Refused(failure) => *failure,
        Error::Database(_)
        | Error::Vault(_)
        | Error::Random(_)
        | Error::Clock { .. }
        | Error::Corrupt(_) => {
            let advice = match &error {
                Error::Database(error) => advice(error),
                Error::Refused(_)
                | Error::Vault(_)
                | Error::Random(_)
                | Error::Clock { .. }
                | Error::Corrupt(_) => None,
            };
            tracing::error!(
                error = %Causes(&error),
                at_network,
                advice,
                "a call failed inside"
            );
            internal(at_network)
        }
    }
}

/// A fault of ours: -32334 where provably nothing reached a network, else -32379.
pub fn internal(at_network: Option<i64>) -> Failure {
    match at_network {
        Some(transaction_id) => Failure::outcome_unknown(transaction_id),
        None => Failure::new(ErrorCode::Internal),
    }
}
