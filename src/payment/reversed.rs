//! What is written of the parts of a payment: what of it is taken, what is being given back, and why it was not.

use entity::ids::ProcessingRequestId;
use entity::transaction;

use crate::database::Connection;
use crate::domain::call::Call;
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::repository::reversal as reversals;
use crate::repository::transaction::Change;

use super::stored::error_columns;

/// What a charge has taken of its hold, tiyin.
pub(super) fn captured_by(call: &Call) -> Option<i64> {
    match call {
        Call::Capture(capture) => Some(capture.amount.tiyin()),
        Call::Pay(_)
        | Call::Confirm(_)
        | Call::Cancel(_)
        | Call::Hold(_)
        | Call::Release(_)
        | Call::Expire(_)
        | Call::Reverse(_)
        | Call::ReversePart(_)
        | Call::P2p(_)
        | Call::Credit(_) => None,
    }
}

/// Once it is known how a reversal ended, nothing is reserved for it any more. An earlier version reserved nothing.
pub(super) fn freed(transaction: &transaction::Model, call: &Call) -> Change {
    let amount = match call {
        Call::Reverse(reversal) => reversal.amount,
        Call::ReversePart(part) => part.amount,
        Call::Pay(_)
        | Call::Confirm(_)
        | Call::Cancel(_)
        | Call::Hold(_)
        | Call::Capture(_)
        | Call::Release(_)
        | Call::Expire(_)
        | Call::P2p(_)
        | Call::Credit(_) => return Change::default(),
    };
    Change {
        reversing: Some((transaction.reversing - amount.tiyin()).max(0)),
        ..Change::default()
    }
}

/// Keeps the error of a reversal that has an id of the partner's: its repeats hear it too.
pub(super) async fn keep_reversal_failure(
    db: &impl Connection,
    request_id: ProcessingRequestId,
    call: &Call,
    failure: &Failure,
) -> Result<(), Error> {
    if matches!(call, Call::Reverse(_) | Call::ReversePart(_)) {
        let (code, data) = error_columns(failure)?;
        reversals::keep_error(db, request_id, code, data).await?;
    }
    Ok(())
}
