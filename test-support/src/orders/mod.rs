//! The vocabulary of the tests of money: what is ordered, which calls that makes, how a call ends, and what has moved.
//!
//! The matrices of the tests are tables of these words, so that a row reads the same in all of them.

mod ending;
mod order;

pub use ending::{ENDINGS, Ending, fail, lost};
pub use order::{Order, Refusal, Request};
use serde_json::{Value, json};

use crate::refusal;

/// A debit, or a hold.
pub const DEBIT: &str = "transactions.debit";
/// The code of a debit or hold.
pub const CONFIRM: &str = "transactions.debit.confirm";
/// Captures what is held.
pub const CHARGE: &str = "transactions.debit.hold.charge";
/// Releases what is held.
pub const CANCEL: &str = "transactions.debit.hold.cancel";
/// Reverses what was taken.
pub const REVERSE: &str = "transactions.debit.reverse";
/// The code of a transfer.
pub const CONFIRM_TRANSFER: &str = "p2p.confirm";

/// The amount of every order of the matrices, tiyin.
pub const AMOUNT: i64 = 500_000;
/// A part of that amount, tiyin.
pub const PART: i64 = 200_000;
/// What such a part leaves of it.
pub const REST: i64 = AMOUNT - PART;
/// The fee of a transfer of that amount: half a percent.
pub const FEE: i64 = 2_500;
/// What the sender of such a transfer pays.
pub const TOTAL: i64 = AMOUNT + FEE;

/// A debit, in the ledger of the networks.
pub const PAID: &[&str] = &["pay 500000"];
/// A hold.
pub const HELD: &[&str] = &["hold 500000"];
/// A hold that was charged.
pub const CAPTURED: &[&str] = &["hold 500000", "capture 500000"];
/// A hold that was released.
pub const RELEASED: &[&str] = &["hold 500000", "release 500000"];
/// A debit that was reversed.
pub const REVERSED: &[&str] = &["pay 500000", "reverse 500000"];
/// A charged hold that was reversed.
pub const CAPTURE_REVERSED: &[&str] = &["hold 500000", "capture 500000", "reverse 500000"];
/// A hold of which a part was charged.
pub const PART_CAPTURED: &[&str] = &["hold 500000", "capture 200000"];
/// A debit of which a part was reversed.
pub const PART_REVERSED: &[&str] = &["pay 500000", "reverse 200000"];
/// A debit that was reversed in two parts.
pub const REVERSED_IN_PARTS: &[&str] = &["pay 500000", "reverse 200000", "reverse 300000"];
/// A transfer within a network.
pub const P2P: &[&str] = &["p2p 500000"];
/// The debit of a transfer between the networks.
pub const SENT: &[&str] = &["pay 502500"];
/// A transfer between the networks.
pub const CREDITED: &[&str] = &["pay 502500", "credit 500000"];
/// A transfer between the networks whose debit was reversed.
pub const GIVEN_BACK: &[&str] = &["pay 502500", "reverse 502500"];

/// Params about a transaction.
pub fn the(transaction_id: i64) -> Value {
    json!({"transactionId": transaction_id})
}

/// Params that give back [`PART`] of a transaction.
pub fn part_of(transaction_id: i64, ext_id: &str) -> Value {
    json!({"transactionId": transaction_id, "amount": PART, "extId": ext_id})
}

/// Params that send in a code.
pub fn code(transaction_id: i64, code: &str) -> Value {
    json!({"transactionId": transaction_id, "confirmedCode": code})
}

/// Params that send in a wrong code.
pub fn wrong_code(transaction_id: i64) -> Value {
    code(transaction_id, "000000")
}

/// -32308 for this reason, such as `wrong_code`.
pub fn code_refused(reason: &str) -> Value {
    refusal(-32308, &json!({"reason": reason}))
}

/// -32364 about an order that somebody is working on, and whose transaction is not stored yet.
pub fn being_begun(ext_id: &str) -> Value {
    refusal(-32364, &json!({"extId": ext_id, "retryable": true}))
}

/// -32364 about a transaction that somebody is working on.
pub fn being_worked_on(transaction_id: i64) -> Value {
    refusal(
        -32364,
        &json!({"reason": "processing", "transactionId": transaction_id, "retryable": true}),
    )
}
