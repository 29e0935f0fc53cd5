//! What was taken of a debit or hold, what of that was given back, and what is left.

use entity::transaction::{Model, Status};

/// What was taken, tiyin, of a debit or hold whose money is taken.
pub fn captured(transaction: &Model) -> i64 {
    transaction.captured.unwrap_or(transaction.amount)
}

/// What of it was given back, tiyin. Earlier versions knew only reversals of all, and wrote no sum.
pub fn reversed(transaction: &Model) -> i64 {
    match transaction.status {
        Status::Reversed => captured(transaction),
        Status::AwaitingCode
        | Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Declined
        | Status::Cancelled
        | Status::Expired
        | Status::Manual => transaction.reversed.unwrap_or(0),
    }
}

/// What may still be given back, tiyin.
pub fn rest(transaction: &Model) -> i64 {
    captured(transaction) - reversed(transaction) - transaction.reversing
}

#[cfg(test)]
mod tests {
    use entity::transaction::Kind;

    use super::*;
    use crate::domain::operation::tests::transaction;

    #[test]
    fn what_is_left_of_a_payment() {
        use Status::{Reversed, Succeeded};
        // Of 500: the status, what is captured, reversed and reversing; what was taken, given back, and is left.
        let table = [
            ((Succeeded, None, None, 0), (500, 0, 500)),
            ((Succeeded, Some(300), None, 0), (300, 0, 300)),
            ((Succeeded, Some(300), Some(0), 0), (300, 0, 300)),
            ((Succeeded, None, Some(100), 0), (500, 100, 400)),
            ((Succeeded, Some(300), Some(100), 50), (300, 100, 150)),
            ((Reversed, Some(300), Some(300), 0), (300, 300, 0)),
            // As an earlier version has left it.
            ((Reversed, None, None, 0), (500, 500, 0)),
        ];
        for ((status, captured_column, reversed_column, reversing), expected) in table {
            let row = Model {
                captured: captured_column,
                reversed: reversed_column,
                reversing,
                ..transaction(Kind::Hold, status)
            };
            let found = (captured(&row), reversed(&row), rest(&row));
            assert_eq!(found, expected, "{row:?}");
        }
    }
}
