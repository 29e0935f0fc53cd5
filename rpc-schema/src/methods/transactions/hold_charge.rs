//! `transactions.debit.hold.charge`

use serde_json::json;

use super::debit_result::{ChargedHold, uzcard_example};
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::values::{Amount, TransactionId};

/// `transactions.debit.hold.charge`
#[derive(Debug)]
pub struct HoldCharge;

params! {
    /// Params of `transactions.debit.hold.charge`.
    HoldChargeParams {
        /// The hold.
        transaction_id "transactionId": required TransactionId;
        /// How much to take, in tiyin: at most the held amount. All of it if left out.
        amount "amount": optional Amount;
    }
}

impl Method for HoldCharge {
    const NAME: &'static str = "transactions.debit.hold.charge";
    const SUMMARY: &'static str = "Take the held money";
    const DESCRIPTION: &'static str = "Charges the held amount, or the `amount` that is given. That ends the hold: what \
        was not taken of it is released, and it cannot be charged again. More than is held is -32330 \
        `amount_exceeds_rest`. A hold lasts 7 days; then its money is released.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        CancelFailed,
        AlreadyCarriedOut,
        AlreadyCancelled,
        InProcess,
    ];
    type Params = HoldChargeParams;
    type Result = ChargedHold;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "a hold of UZCARD",
                params: json!({"transactionId": 2_557_767}),
                result: uzcard_example(),
            },
            Example {
                name: "a part of a hold of UZCARD",
                params: json!({"transactionId": 2_557_767, "amount": 300_000}),
                result: uzcard_example(),
            },
        ]
    }
}
