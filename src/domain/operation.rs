//! What may be done with a transaction in each status: the table of docs/contract.md#operations-by-status.

use entity::time::UnixMillis;
use entity::transaction::{Kind, Model, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;

use crate::domain::failure::Failure;

/// What a partner asks of a debit or hold that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `transactions.debit.confirm`, `p2p.confirm`
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

impl Operation {
    /// The word in a transaction's history.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reverse => "reverse",
            Self::Charge => "charge",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
        }
    }
}

/// The status that counts at `now`: a code whose time is over has expired, whether or not the row says so yet.
pub fn status_at(transaction: &Model, now: UnixMillis) -> Status {
    let code_is_over = transaction.code_expires_at.is_some_and(|end| end <= now);
    if transaction.status == Status::AwaitingCode && code_is_over {
        Status::Expired
    } else {
        transaction.status
    }
}

/// Whether the hold's time is over, though the network has not confirmed its end yet.
fn hold_is_over(transaction: &Model, now: UnixMillis) -> bool {
    transaction.status == Status::Held && transaction.hold_expires_at.is_some_and(|end| end <= now)
}

/// Refuses what the transaction's kind or status does not allow.
///
/// # Errors
/// The cell of the table; `data.reason` tells the cases of one code apart.
pub fn allow(operation: Operation, transaction: &Model, now: UnixMillis) -> Result<(), Failure> {
    let not_found = || Err(Failure::new(ErrorCode::TransactionNotFound));
    let refuse = |code: ErrorCode, reason: Reason| Err(Failure::new(code).because(reason));
    match (transaction.kind, operation) {
        (Kind::Debit, Operation::Confirm | Operation::Reverse)
        | (Kind::Hold, _)
        | (Kind::Transfer, Operation::Confirm) => {}
        (Kind::Debit, Operation::Charge | Operation::Cancel | Operation::Expire)
        | (
            Kind::Transfer,
            Operation::Reverse | Operation::Charge | Operation::Cancel | Operation::Expire,
        )
        | (Kind::Attachment, _) => {
            return not_found();
        }
    }
    match (status_at(transaction, now), operation) {
        (Status::AwaitingCode, Operation::Confirm) | (Status::Succeeded, Operation::Reverse) => {
            Ok(())
        }
        (Status::Held, Operation::Charge) if hold_is_over(transaction, now) => {
            refuse(ErrorCode::AlreadyCancelled, Reason::HoldExpired)
        }
        (Status::Held, Operation::Charge | Operation::Cancel | Operation::Expire) => Ok(()),
        (Status::AwaitingCode, Operation::Charge) => not_found(),
        (Status::AwaitingCode, Operation::Reverse | Operation::Cancel | Operation::Expire) => {
            refuse(ErrorCode::CancelFailed, Reason::AwaitingCode)
        }
        (Status::Processing, _) => Err(Failure::new(ErrorCode::InProcess)
            .because(Reason::Processing)
            .about(transaction.id)),
        (Status::Manual, _) => Err(Failure::new(ErrorCode::InProcess)
            .because(Reason::Manual)
            .about(transaction.id)),
        (Status::Held, Operation::Confirm) => refuse(ErrorCode::AlreadyConfirmed, Reason::Held),
        (Status::Held, Operation::Reverse) => refuse(ErrorCode::CancelFailed, Reason::Held),
        (Status::Succeeded, Operation::Confirm) => {
            refuse(ErrorCode::AlreadyConfirmed, Reason::Succeeded)
        }
        (Status::Succeeded, Operation::Charge | Operation::Cancel | Operation::Expire) => {
            refuse(ErrorCode::AlreadyCarriedOut, Reason::Succeeded)
        }
        (Status::Cancelled, _) => refuse(ErrorCode::AlreadyCancelled, Reason::Cancelled),
        (Status::Reversed, _) => refuse(ErrorCode::AlreadyCancelled, Reason::Reversed),
        (Status::Declined, _) => refuse(ErrorCode::AlreadyCancelled, Reason::Declined),
        // An expired hold has a receipt; where a code expired, no money had moved.
        (Status::Expired, _) if transaction.receipt.is_some() => {
            refuse(ErrorCode::AlreadyCancelled, Reason::HoldExpired)
        }
        (Status::Expired, Operation::Confirm) => {
            refuse(ErrorCode::InvalidCode, why_code_ended(transaction))
        }
        (
            Status::Expired,
            Operation::Reverse | Operation::Charge | Operation::Cancel | Operation::Expire,
        ) => refuse(ErrorCode::AlreadyCancelled, why_code_ended(transaction)),
    }
}

/// Why a transaction's code counts no more. The last try leaves its error in the row, time does not: so whoever comes after
/// it hears the same.
pub fn why_code_ended(transaction: &Model) -> Reason {
    match transaction.error_code {
        Some(_) => Reason::TriesUsedUp,
        None => Reason::CodeExpired,
    }
}

#[cfg(test)]
pub(in crate::domain) mod tests {
    use entity::ids::TransactionId;
    use entity::network::Network;
    use uuid::Uuid;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000);

    /// A transaction of 500 tiyin without code, hold or receipt.
    pub(in crate::domain) fn transaction(kind: Kind, status: Status) -> Model {
        Model {
            account: "default".to_owned(),
            id: TransactionId(7),
            partner_id: Uuid::nil(),
            kind,
            status,
            version: 1,
            network: Network::Uzcard,
            card_id: None,
            amount: 500,
            fee: 0,
            captured: None,
            reversed: None,
            reversing: 0,
            merchant_id: None,
            terminal_id: None,
            ext_id: None,
            fingerprint: None,
            app_name: None,
            phone: None,
            code_mac: None,
            code_tries: 0,
            code_expires_at: None,
            hold_expires_at: None,
            receipt: None,
            error_code: None,
            error_data: None,
            created_at: UnixMillis(0),
            updated_at: UnixMillis(0),
        }
    }

    fn awaiting_code(kind: Kind, until: UnixMillis) -> Model {
        Model {
            code_expires_at: Some(until),
            ..transaction(kind, Status::AwaitingCode)
        }
    }

    fn held(until: UnixMillis) -> Model {
        Model {
            hold_expires_at: Some(until),
            receipt: Some("{}".to_owned()),
            ..transaction(Kind::Hold, Status::Held)
        }
    }

    fn ended_hold() -> Model {
        Model {
            status: Status::Expired,
            ..held(NOW)
        }
    }

    /// A cell of the table: `Ok`, or the code with its reason.
    type Cell = Result<(), (i32, Option<&'static str>)>;

    const RUNS: Cell = Ok(());
    const NOT_FOUND: Cell = Err((-32314, None));

    const fn no(code: i32, reason: &'static str) -> Cell {
        Err((code, Some(reason)))
    }

    /// Confirm, reverse, charge, cancel and expire of each transaction. The end of a hold is refused where a cancel is.
    fn check(table: &[(Model, [Cell; 4])]) {
        use Operation::{Cancel, Charge, Confirm, Expire, Reverse};
        for (transaction, [confirm, reverse, charge, cancel]) in table {
            let cells = [
                (Confirm, confirm),
                (Reverse, reverse),
                (Charge, charge),
                (Cancel, cancel),
                (Expire, cancel),
            ];
            for (operation, expected) in cells {
                let found = allow(operation, transaction, NOW);
                let about = found
                    .as_ref()
                    .err()
                    .and_then(|failure| failure.data.transaction_id);
                let shown = format!(
                    "{operation:?} of {:?} {:?}",
                    transaction.kind, transaction.status
                );
                let found = found
                    .as_ref()
                    .map_err(|failure| {
                        (failure.code.code(), failure.data.reason.map(Reason::as_str))
                    })
                    .copied();
                assert_eq!(found, *expected, "{shown}");
                // A caller who must ask again is told about which transaction.
                let busy = matches!(expected, Err((-32365, _)));
                assert_eq!(about, busy.then_some(transaction.id.0), "{shown}");
            }
        }
    }

    /// A code whose tries are used up, which the last of them has written.
    #[test]
    fn the_last_try_is_remembered() {
        let ended = Model {
            error_code: Some(-32308),
            ..transaction(Kind::Hold, Status::Expired)
        };
        let over = no(-32313, "tries_used_up");
        check(&[(ended, [no(-32308, "tries_used_up"), over, over, over])]);
    }

    /// A code whose time is over: its confirmation, and everything else.
    const CODE_OVER: Cell = no(-32308, "code_expired");
    const CODE_ENDED: Cell = no(-32313, "code_expired");

    #[test]
    #[rustfmt::skip] // A row a status.
    fn the_table_for_holds() {
        let hold = |status| transaction(Kind::Hold, status);
        check(&[
            (awaiting_code(Kind::Hold, NOW + 1),
                [RUNS, no(-32330, "awaiting_code"), NOT_FOUND, no(-32330, "awaiting_code")]),
            // Its time is over; the row does not say so yet.
            (awaiting_code(Kind::Hold, NOW), [CODE_OVER, CODE_ENDED, CODE_ENDED, CODE_ENDED]),
            (hold(Status::Processing), [no(-32365, "processing"); 4]),
            (hold(Status::Manual), [no(-32365, "manual"); 4]),
            (held(NOW + 1), [no(-32392, "held"), no(-32330, "held"), RUNS, RUNS]),
            // Its time is over; the network has not confirmed its end yet.
            (held(NOW), [no(-32392, "held"), no(-32330, "held"), no(-32313, "hold_expired"), RUNS]),
            (hold(Status::Succeeded),
                [no(-32392, "succeeded"), RUNS, no(-32312, "succeeded"), no(-32312, "succeeded")]),
            (hold(Status::Cancelled), [no(-32313, "cancelled"); 4]),
            (hold(Status::Reversed), [no(-32313, "reversed"); 4]),
            (hold(Status::Declined), [no(-32313, "declined"); 4]),
            (ended_hold(), [no(-32313, "hold_expired"); 4]),
            (hold(Status::Expired), [CODE_OVER, CODE_ENDED, CODE_ENDED, CODE_ENDED]),
        ]);
    }

    #[test]
    #[rustfmt::skip] // A row a status.
    fn the_table_for_debits() {
        let debit = |status| transaction(Kind::Debit, status);
        let both = |cell| [cell, cell, NOT_FOUND, NOT_FOUND];
        check(&[
            (awaiting_code(Kind::Debit, NOW + 1), [RUNS, no(-32330, "awaiting_code"), NOT_FOUND, NOT_FOUND]),
            (awaiting_code(Kind::Debit, NOW), [CODE_OVER, CODE_ENDED, NOT_FOUND, NOT_FOUND]),
            (debit(Status::Processing), both(no(-32365, "processing"))),
            (debit(Status::Manual), both(no(-32365, "manual"))),
            (debit(Status::Succeeded), [no(-32392, "succeeded"), RUNS, NOT_FOUND, NOT_FOUND]),
            (debit(Status::Reversed), both(no(-32313, "reversed"))),
            (debit(Status::Declined), both(no(-32313, "declined"))),
            (debit(Status::Expired), [CODE_OVER, CODE_ENDED, NOT_FOUND, NOT_FOUND]),
        ]);
    }

    /// Only `p2p.confirm` knows transfers.
    #[test]
    #[rustfmt::skip] // A row a status.
    fn the_table_for_transfers() {
        let transfer = |status| transaction(Kind::Transfer, status);
        let confirm = |cell| [cell, NOT_FOUND, NOT_FOUND, NOT_FOUND];
        check(&[
            (awaiting_code(Kind::Transfer, NOW + 1), confirm(RUNS)),
            (awaiting_code(Kind::Transfer, NOW), confirm(CODE_OVER)),
            (transfer(Status::Processing), confirm(no(-32365, "processing"))),
            (transfer(Status::Manual), confirm(no(-32365, "manual"))),
            (transfer(Status::Succeeded), confirm(no(-32392, "succeeded"))),
            (transfer(Status::Reversed), confirm(no(-32313, "reversed"))),
            (transfer(Status::Declined), confirm(no(-32313, "declined"))),
            (transfer(Status::Expired), confirm(CODE_OVER)),
        ]);
    }

    #[test]
    fn attachments_are_of_another_kind() {
        for status in [
            Status::AwaitingCode,
            Status::Processing,
            Status::Held,
            Status::Succeeded,
            Status::Declined,
            Status::Cancelled,
            Status::Reversed,
            Status::Expired,
            Status::Manual,
        ] {
            check(&[(transaction(Kind::Attachment, status), [NOT_FOUND; 4])]);
        }
    }
}
