//! `transactions.get`

use serde_json::json;

use super::debit_result::humo_example;
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
        /// Your own id of the operation.
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
        own id. Call it after a time-out or error -32379.";
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
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::TransactionNotFound,
    ];
    type Params = GetParams;
    type Result = Transaction;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a completed debit",
            params: json!({"extId": examples::EXT_ID}),
            result: json!({
                "transactionId": examples::DONE_DEBIT,
                "extId": examples::EXT_ID,
                "kind": "debit",
                "status": "succeeded",
                "amount": 500_000,
                "fee": 0,
                "network": "HUMO",
                "createdAt": 1_693_219_530_000_i64,
                "updatedAt": 1_693_219_532_437_i64,
                "result": humo_example(),
                "error": null
            }),
        }]
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
