//! What the columns of a transaction hold, read back into the words of the domain.

use entity::{reversal, transaction};
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Amount;
use sea_orm::DbErr;
use serde::Serialize;

use crate::domain::call::{Receipt, Terminal};
use crate::domain::failure::Failure;
use crate::error::Error;

/// What it moves, without the fee.
pub(crate) fn amount_of(transaction: &transaction::Model) -> Result<Amount, Error> {
    Amount::new(transaction.amount).ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} has an amount below one",
            transaction.id
        ))
    })
}

/// The terminal of its debit or hold.
pub(crate) fn terminal_of(transaction: &transaction::Model) -> Result<Terminal, Error> {
    match (&transaction.merchant_id, &transaction.terminal_id) {
        (Some(merchant_id), Some(terminal_id)) => Ok(Terminal {
            merchant_id: merchant_id.clone(),
            terminal_id: terminal_id.clone(),
        }),
        (None, _) | (_, None) => Err(Error::Corrupt(format!(
            "transaction {} has no terminal",
            transaction.id
        ))),
    }
}

/// What the network answered about its debit or hold.
pub(crate) fn receipt_of(transaction: &transaction::Model) -> Result<Receipt, Error> {
    let stored = transaction
        .receipt
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    stored.ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} has no readable receipt",
            transaction.id
        ))
    })
}

/// The error that it ended with.
pub(crate) fn failure_of(transaction: &transaction::Model) -> Result<Failure, Error> {
    read_failure(transaction.error_code, transaction.error_data.as_deref()).ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} has no readable error",
            transaction.id
        ))
    })
}

/// The error that a reversal with an id of the partner's ended with.
pub(crate) fn failure_of_reversal(reversal: &reversal::Model) -> Result<Failure, Error> {
    read_failure(reversal.error_code, reversal.error_data.as_deref()).ok_or_else(|| {
        Error::Corrupt(format!(
            "the reversal of request {} has no readable error",
            reversal.request_id
        ))
    })
}

fn read_failure(code: Option<i32>, data: Option<&str>) -> Option<Failure> {
    let data: ErrorData = serde_json::from_str(data?).ok()?;
    Some(Failure {
        code: ErrorCode::from_code(code?)?,
        data,
        hint: None,
    })
}

/// The two columns of an error.
pub(crate) fn error_columns(failure: &Failure) -> Result<(i32, String), Error> {
    Ok((failure.code.code(), to_json(&failure.data)?))
}

/// A receipt or an error's data as a column.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()).into())
}
