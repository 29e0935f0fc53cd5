//! `cards.*`: attaching a card by the code that its holder receives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::components;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::params;
use crate::reason::Reason;
use crate::values::{
    CardToken, Code, ExpiryMmyy, ExpiryYymm, Network, Pan, Phone, PlusPhone, TransactionId,
};

/// The given errors, and those that a network can return for a card that is being attached, as one list.
macro_rules! with_card_errors {
    ($($code:ident),* $(,)?) => {
        &[
            $(ErrorCode::$code,)*
            ErrorCode::CardNotFound,
            ErrorCode::InvalidPanOrExpiry,
            ErrorCode::CardBlocked,
            ErrorCode::CardExpired,
            ErrorCode::CardStopped,
            ErrorCode::PinTriesExceeded,
            ErrorCode::CardTypeNotSupported,
            ErrorCode::SmsServiceOff,
            ErrorCode::CardRegistrationFailed,
            ErrorCode::TokenNotGenerated,
            ErrorCode::ServiceBlocked,
            ErrorCode::HumoAccessDenied,
            ErrorCode::DeclinedByNetwork,
            ErrorCode::ProcessingSystemError,
            ErrorCode::UzcardUnavailable,
            ErrorCode::HumoUnavailable,
        ]
    };
}

/// `cards.attach`
#[derive(Debug)]
pub struct Attach;

params! {
    /// Params of `cards.attach`.
    AttachParams {
        /// The card's number, 16 digits.
        pan "pan": required Pan;
        /// The card's expiry, `yyMM`. The document also calls it `expiryDate`; both names are accepted.
        expiry "expiry" or "expiryDate": required ExpiryYymm;
        /// The card's network; it must agree with the number.
        processing_type "processingType": required Network;
        /// The phone to which the bank sends the card's messages.
        phone_number "phoneNumber": required Phone;
    }
}

/// Result of `cards.attach`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttachResult {
    /// The card's id. It can be used once `cards.attach.confirm` has succeeded.
    #[schemars(with = "components::CardId")]
    pub card_id: Uuid,
}

impl Method for Attach {
    const NAME: &'static str = "cards.attach";
    const SUMMARY: &'static str = "Start attaching a card";
    const DESCRIPTION: &'static str = "Sends a confirmation code to the cardholder's phone. The card can be used once \
        `cards.attach.confirm` was called with that code.";
    const RETURNS: &'static str = "The id of the card, for `cards.attach.confirm`.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[Link {
        name: "confirm",
        description: "With the code that the cardholder received.",
        method: "cards.attach.confirm",
        params: &[("cardId", "${result.cardId}")],
    }];
    const FAMILY: Family = Family::Attach;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::ValidationError,
        ErrorCode::AttachFailed,
        ErrorCode::AttachAlreadyAttached,
    ];
    type Params = AttachParams;
    type Result = AttachResult;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card of UZCARD",
            params: json!({"pan": "8600010132441332", "expiry": "3012", "processingType": "UZCARD", "phoneNumber": "998901234567"}),
            result: json!({"cardId": examples::BEGUN_CARD}),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a phone with a plus",
            params: json!({"pan": "8600010132441332", "expiry": "3012", "processingType": "UZCARD", "phoneNumber": "+998901234567"}),
            error: ErrorCode::ValidationError,
            message: Some(
                "Validation Error. Field: params.phoneNumber, message: Must contain only digits. Allowed length 12 characters",
            ),
            data: ErrorData {
                field: Some("phoneNumber".to_owned()),
                ..ErrorData::default()
            },
        }]
    }
}

/// `cards.attach.confirm`
#[derive(Debug)]
pub struct AttachConfirm;

params! {
    /// Params of `cards.attach.confirm`.
    AttachConfirmParams {
        /// The id that `cards.attach` returned.
        card_id "cardId": required Uuid;
        /// The code from the SMS, six digits.
        otp_code "otpCode": required Code;
    }
}

/// Result of `cards.attach.confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttachConfirmResult {
    /// `Card is successfully attached`.
    #[schemars(with = "components::AttachMessage")]
    pub message: String,
}

impl Method for AttachConfirm {
    const NAME: &'static str = "cards.attach.confirm";
    const SUMMARY: &'static str = "Confirm the attachment of a card";
    const DESCRIPTION: &'static str = "Checks the code that the cardholder received. A code is valid for 5 minutes and \
        3 tries. From then on, `cardId` is the card's token in every method.";
    const RETURNS: &'static str = "That the card is attached.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[Link {
        name: "debit",
        description: "Now that the card is attached.",
        method: "transactions.debit",
        params: &[("token", "${params.cardId}")],
    }];
    const FAMILY: Family = Family::Attach;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::ValidationError,
        ErrorCode::AttachCardNotFound,
        ErrorCode::AttachCodeExpired,
        ErrorCode::AttachVerifyFailed,
        ErrorCode::AttachAlreadyAttached,
    ];
    type Params = AttachConfirmParams;
    type Result = AttachConfirmResult;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "the right code",
            params: json!({"cardId": examples::BEGUN_CARD, "otpCode": "111111"}),
            result: json!({"message": "Card is successfully attached"}),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a wrong code",
            params: json!({"cardId": examples::BEGUN_CARD, "otpCode": "000000"}),
            error: ErrorCode::AttachVerifyFailed,
            message: None,
            data: ErrorData {
                reason: Some(Reason::Code(ErrorCode::InvalidCode)),
                ..ErrorData::default()
            },
        }]
    }
}

/// `cards.add`
#[derive(Debug)]
pub struct Add;

params! {
    /// Params of `cards.add`.
    AddParams {
        /// The card's number, 16 digits.
        pan "pan": required Pan;
        /// The card's expiry, `MMYY`.
        expiry "expiry": required ExpiryMmyy;
        /// The phone to which the bank sends the card's messages, `998…` or `+998…`.
        phone "phone": required PlusPhone;
    }
}

/// A confirmation code was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeSent {
    /// The phone to which the code was sent.
    #[schemars(with = "Phone")]
    pub phone: String,
    /// The transaction to confirm.
    #[schemars(with = "components::TransactionId")]
    pub transaction_id: TransactionId,
}

impl Method for Add {
    const NAME: &'static str = "cards.add";
    const SUMMARY: &'static str = "Start adding a card";
    const DESCRIPTION: &'static str = "Sends a confirmation code to the card's phone. The card can be used once \
        `cards.add-confirm` was called with that code.";
    const RETURNS: &'static str =
        "Where the code was sent, and the number for `cards.add-confirm`.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[Link::of_result(
        "confirm",
        "With the code that the cardholder received.",
        "cards.add-confirm",
    )];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_card_errors![
        MissingParams,
        InvalidPan,
        InvalidExpiry,
        InvalidPhone,
        InvalidInput,
        PhoneMismatch,
        SmsLimitReached,
        SmsGatewayUnavailable,
    ];
    type Params = AddParams;
    type Result = CodeSent;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card of HUMO",
            params: json!({"pan": "9860190101578366", "expiry": "1230", "phone": "+998977446066"}),
            result: json!({"phone": "998977446066", "transactionId": examples::BEGUN_ADDITION}),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "an expiry in the wrong order",
            params: json!({"pan": "9860190101578366", "expiry": "3012", "phone": "+998977446066"}),
            error: ErrorCode::InvalidExpiry,
            message: None,
            data: ErrorData {
                field: Some("expiry".to_owned()),
                ..ErrorData::default()
            },
        }]
    }
}

/// `cards.add-confirm`
#[derive(Debug)]
pub struct AddConfirm;

params! {
    /// Params of a confirmation by code.
    AddConfirmParams {
        /// The transaction to confirm.
        transaction_id "transactionId": required TransactionId;
        /// The code from the SMS, six digits.
        confirmed_code "confirmedCode": required Code;
    }
}

/// An attached card. All members are always present and never `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    /// The card's token for all other methods.
    #[schemars(with = "CardToken")]
    pub token: Uuid,
    /// Whether the cardholder is notified by SMS.
    #[schemars(with = "components::Flag")]
    pub sms: bool,
    /// How many wrong PINs have been entered so far.
    #[schemars(with = "components::WrongPinCount")]
    pub pincnt: i64,
    /// The card's status at its network; 0 is active.
    #[schemars(with = "components::CardStatusCode")]
    pub status: i64,
    /// The available balance in tiyin.
    #[schemars(with = "components::Balance")]
    pub balance: i64,
    /// Cashback in tiyin.
    #[serde(rename = "cashbackAmount")]
    #[schemars(with = "components::TiyinOrZero")]
    pub cashback_amount: i64,
    /// The card's bank branch; empty if the network gives none.
    #[serde(rename = "filialCode")]
    #[schemars(with = "components::BranchCode")]
    pub filial_code: String,
    /// `uzcard` or `humo`.
    #[schemars(with = "components::Vendor")]
    pub vendor: String,
    /// The masked number, `986019*****8366`.
    #[schemars(with = "components::MaskedPan")]
    pub pan: String,
    /// The phone that the network has on file.
    #[schemars(with = "components::PhoneOnFile")]
    pub phone: String,
    /// The cardholder's name, as the network has it.
    #[serde(rename = "fullName")]
    #[schemars(with = "components::CardholderName")]
    pub full_name: String,
    /// The kind of card, for example `private`.
    #[schemars(with = "components::CardKind")]
    pub cardtype: String,
    /// The numeric code of the card's currency, `860`.
    #[schemars(with = "components::CurrencyCode")]
    pub currency: String,
    /// The card's currency, `UZS`. A card in another one is not debited.
    #[serde(rename = "currencyCode")]
    #[schemars(with = "components::CurrencyLetters")]
    pub currency_code: String,
    /// Whether the card is virtual.
    #[serde(rename = "isVirtual")]
    #[schemars(with = "components::Flag")]
    pub is_virtual: bool,
}

impl Method for AddConfirm {
    const NAME: &'static str = "cards.add-confirm";
    const SUMMARY: &'static str = "Confirm a card and get its token";
    const DESCRIPTION: &'static str = "Checks the code that the cardholder received and returns the card. A code is \
        valid for 5 minutes and 3 tries. A card that you attached before keeps its token.";
    const RETURNS: &'static str = "The card with its token.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[
        Link {
            name: "debit",
            description: "Now that the card is attached.",
            method: "transactions.debit",
            params: &[("token", "${result.token}")],
        },
        Link {
            name: "history",
            description: "To see what was done with the card before.",
            method: "cards.monitoring",
            params: &[("tokens", "[\"${result.token}\"]")],
        },
    ];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_card_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        AlreadyConfirmed,
        AlreadyCancelled,
        InvalidCode,
    ];
    type Params = AddConfirmParams;
    type Result = Card;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "the right code",
            params: json!({"transactionId": examples::BEGUN_ADDITION, "confirmedCode": "111111"}),
            result: json!({
                "token": examples::HUMO_TOKEN,
                "sms": true,
                "pincnt": 0,
                "status": 0,
                "balance": 33_384_062,
                "cashbackAmount": 0,
                "filialCode": "00401",
                "vendor": "humo",
                "pan": "986019*****8366",
                "phone": "998977446066",
                "fullName": "ABDUSAMAD TURDIEV",
                "cardtype": "private",
                "currency": "860",
                "currencyCode": "UZS",
                "isVirtual": false
            }),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a wrong code",
            params: json!({"transactionId": examples::BEGUN_ADDITION, "confirmedCode": "000000"}),
            error: ErrorCode::InvalidCode,
            message: None,
            data: ErrorData {
                reason: Some(Reason::WrongCode),
                ..ErrorData::default()
            },
        }]
    }
}
