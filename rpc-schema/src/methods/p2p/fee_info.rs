//! `p2p.fee-info`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::components;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::method::{ErrorExample, Example, Link, Method, Tag};
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
    #[schemars(with = "components::TiyinOrZero")]
    pub fee: i64,
    /// The tariff in percent, without trailing zeros: `0.5`.
    #[schemars(with = "components::FeeRate")]
    pub fee_rate: String,
    /// What the sender pays in total, in tiyin.
    #[schemars(with = "Amount")]
    pub amount_total: i64,
}

impl Method for FeeInfo {
    const NAME: &'static str = "p2p.fee-info";
    const SUMMARY: &'static str = "What does a transfer cost?";
    const DESCRIPTION: &'static str = "The fee is the amount times the tariff's rate, rounded half up to a tiyin, then \
        kept between the tariff's minimum and maximum fee. A transfer of the same amount between the same cards costs \
        exactly this.";
    const RETURNS: &'static str = "The fee, its rate, and what the sender pays in all.";
    const TAGS: &'static [Tag] = &[Tag::Transfers];
    const LINKS: &'static [Link] = &[
        Link {
            name: "UZCARD to HUMO",
            description: "To make the transfer; each pair of networks has its method.",
            method: "p2p.uzcard2humo",
            params: &[("pan", "${params.pan2}"), ("amount", "${params.amount}")],
        },
        Link {
            name: "UZCARD to UZCARD",
            description: "Likewise.",
            method: "p2p.uzcard2uzcard",
            params: &[("pan", "${params.pan2}"), ("amount", "${params.amount}")],
        },
        Link {
            name: "HUMO to UZCARD",
            description: "Likewise.",
            method: "p2p.humo2uzcard",
            params: &[("pan", "${params.pan2}"), ("amount", "${params.amount}")],
        },
        Link {
            name: "HUMO to HUMO",
            description: "Likewise.",
            method: "p2p.humo2humo",
            params: &[("pan", "${params.pan2}"), ("amount", "${params.amount}")],
        },
    ];
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
        ErrorCode::RecipientBankNotSupported,
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

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "from a card to itself",
            params: json!({"pan": "8600010132441332", "pan2": "8600010132441332", "phone": "998901234567", "amount": 5_000}),
            error: ErrorCode::SameCard,
            message: None,
            data: ErrorData::default(),
        }]
    }
}
