//! `p2p.fee-info`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::params::params;
use crate::values::{Amount, Pan, PlusPhone};

/// `p2p.fee-info`
#[derive(Debug)]
pub struct FeeInfo;

params! {
    /// Params of `p2p.fee-info`.
    FeeInfoParams {
        /// The sender's card number, 16 digits.
        pan "pan": required Pan;
        /// The recipient's card number, 16 digits.
        pan2 "pan2": required Pan;
        /// The sender's phone, `998…` or `+998…`.
        phone "phone": required PlusPhone;
        /// The amount that the recipient gets, in tiyin.
        amount "amount": required Amount;
    }
}

/// The cost of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fee {
    /// The fee in tiyin.
    pub fee: i64,
    /// The tariff in percent, without trailing zeros: `0.5`.
    pub fee_rate: String,
    /// What the sender pays in total, in tiyin.
    pub amount_total: i64,
}

impl Method for FeeInfo {
    const NAME: &'static str = "p2p.fee-info";
    const SUMMARY: &'static str = "What does a transfer cost?";
    const DESCRIPTION: &'static str = "The fee is the amount times the tariff's rate, rounded half up to a tiyin, then \
        kept between the tariff's minimum and maximum fee. A transfer of the same amount between the same cards costs \
        exactly this.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidPan,
        ErrorCode::InvalidPhone,
        ErrorCode::InvalidAmount,
        ErrorCode::InvalidInput,
        ErrorCode::CardTypeNotSupported,
        ErrorCode::SameCard,
        ErrorCode::AmountTooSmall,
        ErrorCode::AmountTooLarge,
    ];
    type Params = FeeInfoParams;
    type Result = Fee;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "half a percent",
            params: json!({
                "pan": "8600010132441332",
                "pan2": "9860190101578366",
                "phone": "998901234567",
                "amount": 5_000
            }),
            result: json!({"fee": 25, "feeRate": "0.5", "amountTotal": 5_025}),
        }]
    }
}
