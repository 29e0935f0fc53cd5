//! `transactions.*`: debits and holds, and what can be done with them later.

mod debit;
mod debit_confirm;
mod debit_result;
mod debit_reverse;
mod get;
mod hold_cancel;
mod hold_charge;
mod list;
mod transaction;
mod transaction_params;

pub use debit::{Debit, DebitParams};
pub use debit_confirm::{DebitConfirm, DebitConfirmParams};
pub use debit_result::{ChargedHold, ConfirmedDebit, DebitResult, Held, HumoDebit, UzcardDebit};
pub use debit_reverse::{DebitReverse, DebitReverseParams};
pub use get::{Get, GetParams, TransactionKey};
pub use hold_cancel::HoldCancel;
pub use hold_charge::{HoldCharge, HoldChargeParams};
pub use list::{List, ListParams, TransactionPage};
pub use transaction::{
    Reversal, ReversalStatus, Transaction, TransactionError, TransactionKind, TransactionResult,
    TransactionStatus,
};
pub use transaction_params::TransactionParams;
