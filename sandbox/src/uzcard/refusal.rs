//! The error codes of SVGate that the sandbox uses (docs/networks.md#svgate-codes).

use serde_json::Value;

use crate::{cards::Outcome, journal::NotWritten, money::NotEnough};

/// The `result` or the `error` member of a reply.
pub(super) type MethodResult = Result<Value, Refusal>;

/// The values of `resp` that refuse a payment, as in ISO 8583: too little money, not permitted, PIN tries used up.
pub(super) const RESP_INSUFFICIENT: i64 = 51;
pub(super) const RESP_NOT_PERMITTED: i64 = 57;
const RESP_PIN_TRIES: i64 = 75;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NoParams,
    ExecutionError,
    FieldMissing,
    BadRequest,
    CardNotFound,
    CardExpired,
    BadPan,
    CardNotActive,
    CardBlocked,
    NoSmsService,
    ExtExists,
    TranNotFound,
    BadFormat,
    SameCard,
    WrongDate,
    WrongExpiry,
    InsufficientFunds,
    WrongHoldPeriod,
    HoldNotFound,
    AmountDoesNotFit,
    TokenNotFound,
    CorporateCard,
    WrongOtp,
    OtpExpired,
    AccessDenied,
    PinTriesUsedUp,
    UnknownOtp,
    NotTheCardsPhone,
    TooManyTokens,
    WrongDate12,
    WrongStan,
    UnknownBin,
    SenderIncomplete,
    WrongBirthDate,
    WrongDocumentDate,
    AboveBaseAmount,
    AlreadyReversed,
}

impl Refusal {
    pub(super) fn code(self) -> i64 {
        self.entry().0
    }

    pub(super) fn message(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> (i64, &'static str) {
        match self {
            Self::NoParams => (-100, "Empty parameters"),
            Self::ExecutionError => (-101, "Execution error, please retry"),
            Self::FieldMissing => (-103, "A required field is missing"),
            Self::BadRequest => (-199, "JSON-RPC error: unknown method or wrong format"),
            Self::CardNotFound => (-200, "Card not found"),
            Self::CardExpired => (-201, "Card expired"),
            Self::BadPan => (-202, "Wrong format of the PAN"),
            Self::CardNotActive => (-204, "Card is not active"),
            Self::CardBlocked => (-205, "Card is blocked"),
            Self::NoSmsService => (-206, "SMS informing is not active"),
            Self::ExtExists => (-207, "Transaction already exists"),
            Self::TranNotFound => (-208, "Transaction not found"),
            Self::BadFormat => (-209, "Wrong format"),
            Self::SameCard => (-210, "Sender and recipient are the same card"),
            Self::WrongDate => (-214, "Wrong date"),
            Self::WrongExpiry => (-216, "Wrong expiry"),
            Self::InsufficientFunds => (-240, "Insufficient funds"),
            Self::WrongHoldPeriod => (-241, "Wrong hold period"),
            Self::HoldNotFound => (-242, "Hold not found"),
            Self::AmountDoesNotFit => (-245, "Amount does not fit"),
            Self::TokenNotFound => (-257, "Token not found"),
            Self::CorporateCard => (-258, "Corporate cards are not allowed"),
            Self::WrongOtp => (-269, "OTP is incorrect"),
            Self::OtpExpired => (-270, "OTP expired"),
            Self::AccessDenied => (-291, "Access denied"),
            Self::PinTriesUsedUp => (-293, "PIN tries are used up"),
            Self::UnknownOtp => (-314, "Unknown OTP request"),
            Self::NotTheCardsPhone => (-320, "Phone does not match the card's phone"),
            Self::WrongDate12 => (-329, "Wrong format of date12"),
            Self::WrongStan => (-330, "Wrong format of stan"),
            Self::TooManyTokens => (-379, "No more than 5 tokens"),
            Self::AboveBaseAmount => (-381, "Amount exceeds the base amount"),
            Self::UnknownBin => (-382, "BIN not found"),
            Self::SenderIncomplete => (-384, "All fields of the sender must be filled"),
            Self::WrongBirthDate => (-385, "Wrong format of the date of birth"),
            Self::WrongDocumentDate => (-386, "Wrong format of the document's date"),
            Self::AlreadyReversed => (-389, "Repeated reverse"),
        }
    }

    /// The refusal when the card is to pay.
    pub(super) fn for_payer(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Blocked => Some(Self::CardBlocked),
            Outcome::Expired => Some(Self::CardExpired),
            Outcome::Corporate => Some(Self::CorporateCard),
            Outcome::Inactive => Some(Self::CardNotActive),
            // Refused in a result, see `resp_for_payer`.
            Outcome::DeclinedInResult | Outcome::PinTries => None,
            Outcome::Ok
            | Outcome::InsufficientFunds
            | Outcome::NoSms
            | Outcome::CreditRefused
            | Outcome::ReplyLost
            | Outcome::RequestLost
            | Outcome::Slow
            | Outcome::Http500
            | Outcome::Garbage => None,
        }
    }

    /// The `resp` of a payment that the payer's bank refuses (docs/networks.md#svgate-payments).
    pub(super) fn resp_for_payer(outcome: Outcome) -> Option<i64> {
        match outcome {
            Outcome::DeclinedInResult => Some(RESP_INSUFFICIENT),
            Outcome::PinTries => Some(RESP_PIN_TRIES),
            Outcome::Ok
            | Outcome::InsufficientFunds
            | Outcome::Blocked
            | Outcome::Expired
            | Outcome::Corporate
            | Outcome::Inactive
            | Outcome::NoSms
            | Outcome::CreditRefused
            | Outcome::ReplyLost
            | Outcome::RequestLost
            | Outcome::Slow
            | Outcome::Http500
            | Outcome::Garbage => None,
        }
    }

    /// The refusal when the card is to receive money.
    pub(super) fn for_recipient(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::CreditRefused => Some(Self::AccessDenied),
            Outcome::PinTries => Some(Self::PinTriesUsedUp),
            Outcome::Blocked | Outcome::Expired | Outcome::Corporate | Outcome::Inactive => {
                Self::for_payer(outcome)
            }
            Outcome::Ok
            | Outcome::InsufficientFunds
            | Outcome::DeclinedInResult
            | Outcome::NoSms
            | Outcome::ReplyLost
            | Outcome::RequestLost
            | Outcome::Slow
            | Outcome::Http500
            | Outcome::Garbage => None,
        }
    }
}

impl From<NotWritten> for Refusal {
    fn from(NotWritten: NotWritten) -> Self {
        Self::ExecutionError
    }
}

impl From<NotEnough> for Refusal {
    fn from(NotEnough: NotEnough) -> Self {
        Self::InsufficientFunds
    }
}
