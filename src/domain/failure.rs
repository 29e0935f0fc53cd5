//! A documented refusal: its code, and what `error.data` adds. Everything else is an internal error.

use entity::ids::TransactionId;
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::{ErrorCode, Retry};
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Amount, Network};

use crate::domain::call::Refusal;
use crate::domain::inquiry::AskError;

/// An error of the catalogue, before it is put into a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The B family's code; methods of the A family answer with the code of their step instead.
    pub code: ErrorCode,
    /// See [`ErrorData`]; the hint stands in `hint`, as its language is not known yet.
    pub data: ErrorData,
    /// What to do instead, where there is something to say.
    pub hint: Option<Hint>,
}

impl Failure {
    /// The bare code; `data.retryable` where a repeat can help.
    pub fn new(code: ErrorCode) -> Self {
        let retryable = (code.retry() == Retry::Later).then_some(true);
        Self {
            code,
            data: ErrorData {
                retryable,
                ..ErrorData::default()
            },
            hint: None,
        }
    }

    /// Adds what to do instead.
    pub fn hint(mut self, hint: Hint) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Adds the reason, where one code has several.
    pub fn because(mut self, reason: Reason) -> Self {
        self.data.reason = Some(reason);
        self
    }

    /// Adds the member of params that is meant.
    pub fn field(mut self, field: &str) -> Self {
        self.data.field = Some(field.to_owned());
        self
    }

    /// Adds the transaction to ask about.
    pub fn about(mut self, transaction_id: TransactionId) -> Self {
        self.data.transaction_id = Some(transaction_id.0);
        self
    }

    /// -32343: too much is ordered at present, and nothing was done.
    pub fn overloaded() -> Self {
        Self::new(ErrorCode::Overloaded)
            .because(Reason::Overloaded)
            .hint(Hint::TryCallAgain)
    }

    /// -32328 or -32329 with the limit, in tiyin, where the amount is beyond one.
    ///
    /// # Errors
    /// See there.
    pub fn check_amount(amount: Amount, least: i64, greatest: i64) -> Result<(), Self> {
        let refuse = |code, hint| Err(Self::new(code).hint(hint));
        match amount.tiyin() {
            tiyin if tiyin < least => refuse(ErrorCode::AmountTooSmall, Hint::LeastAmount(least)),
            tiyin if tiyin > greatest => {
                refuse(ErrorCode::AmountTooLarge, Hint::GreatestAmount(greatest))
            }
            _ => Ok(()),
        }
    }

    /// A network's refusal with its mapped code.
    pub fn refused(network: Network, refusal: &Refusal) -> Self {
        Self::refused_as(refusal.code, network, refusal)
    }

    /// A network's refusal where the operation has one code for all (-32330, -32302).
    pub fn refused_as(code: ErrorCode, network: Network, refusal: &Refusal) -> Self {
        let mut failure = Self::new(code);
        failure.data.network = Some(network);
        failure.data.processing_code = Some(refusal.processing_code.clone());
        failure
    }

    /// Nothing was sent, or nothing that moves money: -32338 UZCARD, -32339 HUMO.
    pub fn unavailable(network: Network) -> Self {
        let mut failure = Self::new(match network {
            Network::Uzcard => ErrorCode::UzcardUnavailable,
            Network::Humo => ErrorCode::HumoUnavailable,
        });
        failure.data.network = Some(network);
        failure
    }

    /// The outcome is not known (docs/contract.md#unknown-outcomes): -32379 with the transaction to ask about.
    pub fn outcome_unknown(transaction_id: TransactionId) -> Self {
        Self::new(ErrorCode::OutcomeUnknown).about(transaction_id)
    }

    /// An inquiry to a network that got no usable answer.
    pub fn from_ask(network: Network, error: &AskError) -> Self {
        match error {
            AskError::Refused(refusal) => Self::refused(network, refusal),
            AskError::Unavailable(_) => Self::unavailable(network),
        }
    }
}
