//! `transactions.get`

use serde_json::{Value as Json, json};

use super::debit_result::{humo_example, uzcard_example};
use super::transaction::Transaction;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::{Fault, FaultKind, params};
use crate::values::{ExtId, TransactionId};

/// `transactions.get`
#[derive(Debug)]
pub struct Get;

params! {
    /// Params of `transactions.get`: exactly one of the two.
    GetParams {
        /// The transaction.
        transaction_id "transactionId": optional TransactionId;
        /// Your own id of the operation, or of one of its reversals.
        ext_id "extId": optional ExtId;
    }
}

/// How a transaction is identified in `transactions.get`.
#[derive(Debug, Clone)]
pub enum TransactionKey {
    /// By the gateway's number.
    Id(TransactionId),
    /// By the partner's own id.
    ExtId(ExtId),
}

impl GetParams {
    /// The one member that is given.
    ///
    /// # Errors
    /// None is given, or both are.
    pub fn key(self) -> Result<TransactionKey, Fault> {
        let fault = |kind| Fault {
            field: Some("transactionId".to_owned()),
            kind,
        };
        match (self.transaction_id, self.ext_id) {
            (Some(id), None) => Ok(TransactionKey::Id(id)),
            (None, Some(ext_id)) => Ok(TransactionKey::ExtId(ext_id)),
            (None, None) => Err(fault(FaultKind::Missing)),
            (Some(_), Some(_)) => Err(fault(FaultKind::Exclusive)),
        }
    }
}

impl Method for Get {
    const NAME: &'static str = "transactions.get";
    const SUMMARY: &'static str = "Status of a transaction";
    const DESCRIPTION: &'static str = "Returns the status and the outcome of a transaction, by its number or by your \
        own id; the id of a reversal leads to the debit or hold that it gives back. Call it after a time-out or error \
        -32379. While the call with this `extId` is looking at the cards and has \
        stored nothing yet, the answer is -32364: ask again; only -32314 says that there is none.";
    const RETURNS: &'static str = "The transaction as it stands now.";
    const TAGS: &'static [Tag] = &[Tag::Transactions];
    const LINKS: &'static [Link] = &[
        Link {
            name: "reverse",
            description: "A debit or charged hold that has succeeded: to give the money back.",
            method: "transactions.debit.reverse",
            params: &[("transactionId", "${result.transactionId}")],
        },
        Link {
            name: "charge",
            description: "A hold: to take the money.",
            method: "transactions.debit.hold.charge",
            params: &[("transactionId", "${result.transactionId}")],
        },
    ];
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::TransactionNotFound,
        ErrorCode::PreviousAttemptInProcess,
    ];
    type Params = GetParams;
    type Result = Transaction;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "a hold of which a part was charged, and a part of that given back",
                params: json!({"extId": examples::DONE_REVERSAL_EXT_ID}),
                result: json!({
                    "transactionId": examples::DONE_DEBIT,
                    "extId": examples::EXT_ID,
                    "kind": "hold",
                    "status": "succeeded",
                    "amount": 500_000,
                    "fee": 0,
                    "capturedAmount": 300_000,
                    "reversedAmount": 150_000,
                    "reversals": [{
                        "extId": examples::DONE_REVERSAL_EXT_ID,
                        "amount": 150_000,
                        "status": "succeeded",
                        "at": 1_693_305_930_000_i64
                    }],
                    "network": "UZCARD",
                    "createdAt": 1_693_219_530_000_i64,
                    "updatedAt": 1_693_305_932_437_i64,
                    "result": uzcard_example(),
                    "error": null
                }),
            },
            Example {
                name: "a completed debit",
                params: json!({"extId": examples::EXT_ID}),
                result: transaction_example(),
            },
        ]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "no such transaction",
            params: json!({"transactionId": examples::UNKNOWN_TRANSACTION}),
            error: ErrorCode::TransactionNotFound,
            message: None,
            data: ErrorData::default(),
        }]
    }
}

/// A completed debit, as this method and the list show it.
pub(super) fn transaction_example() -> Json {
    json!({
        "transactionId": examples::DONE_DEBIT,
        "extId": examples::EXT_ID,
        "kind": "debit",
        "status": "succeeded",
        "amount": 500_000,
        "fee": 0,
        "capturedAmount": 500_000,
        "reversedAmount": 0,
        "reversals": [],
        "network": "HUMO",
        "createdAt": 1_693_219_530_000_i64,
        "updatedAt": 1_693_219_532_437_i64,
        "result": humo_example(),
        "error": null
    })
}
