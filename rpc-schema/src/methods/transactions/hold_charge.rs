//! `transactions.debit.hold.charge`

use serde_json::json;

use super::debit_result::{ChargedHold, uzcard_example};
use super::transaction_params::TransactionParams;
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::methods::network_errors::with_network_errors;

/// `transactions.debit.hold.charge`
#[derive(Debug)]
pub struct HoldCharge;

impl Method for HoldCharge {
    const NAME: &'static str = "transactions.debit.hold.charge";
    const SUMMARY: &'static str = "Take the held money";
    const DESCRIPTION: &'static str =
        "Charges the whole held amount. A hold lasts 7 days; then its money is released.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        AlreadyCarriedOut,
        AlreadyCancelled,
        InProcess,
    ];
    type Params = TransactionParams;
    type Result = ChargedHold;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a hold of UZCARD",
            params: json!({"transactionId": 2_557_767}),
            result: uzcard_example(),
        }]
    }
}
