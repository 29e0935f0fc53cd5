//! `p2p.confirm`

use serde_json::json;

use super::transfer_result::{TransferDone, across_example};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::values::{Code, TransactionId};

/// `p2p.confirm`
#[derive(Debug)]
pub struct Confirm;

params! {
    /// Params of `p2p.confirm`.
    ConfirmParams {
        /// The transfer to confirm.
        transaction_id "transactionId": required TransactionId;
        /// The code from the SMS, six digits.
        confirmed_code "confirmedCode": required Code;
    }
}

impl Method for Confirm {
    const NAME: &'static str = "p2p.confirm";
    const SUMMARY: &'static str = "Confirm a transfer by code";
    const DESCRIPTION: &'static str = "Checks the code and moves the money. A code is valid for 5 minutes and 3 tries, \
        and works once: if a network declines the transfer now, start a new one.";
    const RETURNS: &'static str = "The completed transfer.";
    const TAGS: &'static [Tag] = &[Tag::Transfers];
    const LINKS: &'static [Link] = &[Link::LOOK_UP];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        AlreadyConfirmed,
        AlreadyCancelled,
        InProcess,
        RecipientRefuses,
        RecipientCardExpired,
        RecipientPinTriesExceeded,
        RecipientCardBlocked,
    ];
    type Params = ConfirmParams;
    type Result = TransferDone;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "HUMO to UZCARD",
            params: json!({"transactionId": examples::AWAITED_TRANSFER, "confirmedCode": "111111"}),
            result: across_example("0040100000401CS", "1965000A"),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "no such transfer",
            params: json!({"transactionId": examples::UNKNOWN_TRANSACTION, "confirmedCode": "111111"}),
            error: ErrorCode::TransactionNotFound,
            message: None,
            data: ErrorData::default(),
        }]
    }
}
