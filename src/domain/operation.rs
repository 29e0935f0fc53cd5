//! What may be done with a transaction in each status: the table of design section 3.

use entity::transaction::{Kind, Model, Status};
use rpc_schema::errors::ErrorCode;

use crate::domain::failure::Failure;

/// What a partner asks of a debit or hold that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `transactions.debit.confirm`
    Confirm,
    /// `transactions.debit.reverse`
    Reverse,
    /// `transactions.debit.hold.charge`
    Charge,
    /// `transactions.debit.hold.cancel`
    Cancel,
    /// The gateway's own release of a hold whose time is over; allowed where a cancel is.
    Expire,
}

/// The status that counts at `now`: a code whose time is over has expired, whether or not anybody wrote it down.
pub fn status_at(transaction: &Model, now: i64) -> Status {
    let code_is_over = transaction.code_expires_at.is_some_and(|end| end <= now);
    if transaction.status == Status::AwaitingCode && code_is_over {
        Status::Expired
    } else {
        transaction.status
    }
}

/// Whether the hold's time is over, though the network has not confirmed its end yet.
fn hold_is_over(transaction: &Model, now: i64) -> bool {
    transaction.status == Status::Held && transaction.hold_expires_at.is_some_and(|end| end <= now)
}

/// Refuses what the transaction's kind or status does not allow.
///
/// # Errors
/// The cell of the table; `data.reason` tells the cases of one code apart.
pub fn allow(operation: Operation, transaction: &Model, now: i64) -> Result<(), Failure> {
    let not_found = || Err(Failure::new(ErrorCode::TransactionNotFound));
    let refuse = |code: ErrorCode, reason: &str| Err(Failure::new(code).because(reason));
    match (transaction.kind, operation) {
        (Kind::Debit, Operation::Confirm | Operation::Reverse) | (Kind::Hold, _) => {}
        (Kind::Debit, Operation::Charge | Operation::Cancel | Operation::Expire)
        | (Kind::Attachment | Kind::Transfer, _) => {
            return not_found();
        }
    }
    match (status_at(transaction, now), operation) {
        (Status::AwaitingCode, Operation::Confirm) | (Status::Succeeded, Operation::Reverse) => {
            Ok(())
        }
        (Status::Held, Operation::Charge) if hold_is_over(transaction, now) => {
            refuse(ErrorCode::AlreadyCancelled, "hold_expired")
        }
        (Status::Held, Operation::Charge | Operation::Cancel | Operation::Expire) => Ok(()),
        (Status::AwaitingCode, Operation::Charge) => not_found(),
        (Status::AwaitingCode, Operation::Reverse | Operation::Cancel | Operation::Expire) => {
            refuse(ErrorCode::CancelFailed, "awaiting_code")
        }
        (Status::Processing, _) => Err(Failure::new(ErrorCode::InProcess)
            .because("processing")
            .about(transaction.id)),
        (Status::Manual, _) => Err(Failure::new(ErrorCode::InProcess)
            .because("manual")
            .about(transaction.id)),
        (Status::Held, Operation::Confirm) => refuse(ErrorCode::AlreadyConfirmed, "held"),
        (Status::Held, Operation::Reverse) => refuse(ErrorCode::CancelFailed, "held"),
        (Status::Succeeded, Operation::Confirm) => refuse(ErrorCode::AlreadyConfirmed, "succeeded"),
        (Status::Succeeded, Operation::Charge | Operation::Cancel | Operation::Expire) => {
            refuse(ErrorCode::AlreadyCarriedOut, "succeeded")
        }
        (Status::Cancelled, _) => refuse(ErrorCode::AlreadyCancelled, "cancelled"),
        (Status::Reversed, _) => refuse(ErrorCode::AlreadyCancelled, "reversed"),
        (Status::Declined, _) => refuse(ErrorCode::AlreadyCancelled, "declined"),
        // A hold that ran out was one, so it has a receipt; a code that ran out came before any money.
        (Status::Expired, _) if transaction.receipt.is_some() => {
            refuse(ErrorCode::AlreadyCancelled, "hold_expired")
        }
        (Status::Expired, Operation::Confirm) => refuse(ErrorCode::InvalidCode, "code_expired"),
        (
            Status::Expired,
            Operation::Reverse | Operation::Charge | Operation::Cancel | Operation::Expire,
        ) => refuse(ErrorCode::AlreadyCancelled, "code_expired"),
    }
}
