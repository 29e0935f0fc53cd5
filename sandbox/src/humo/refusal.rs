//! Refusals of `PaymentServer`: HTTP 500 with a SOAP fault that contains a `PaymentServerException`
//! (docs/networks.md#humo-soap).

use hyper::StatusCode;

use super::soap::{envelope, tag};
use crate::{
    cards::Outcome,
    http::{Reply, XML},
    journal::NotWritten,
    money::NotEnough,
};

/// Why a call is refused; each has its action code (docs/networks.md#humo-action-codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// -1: `PaymentServer` itself rejects the input.
    Validation(&'static str),
    Expired,
    Restricted,
    PinTries,
    InvalidAmount,
    InsufficientFunds,
    NoCard,
    NotPermittedToCardholder,
    InactiveAtCardholdersWill,
    /// The payment is in the wrong state.
    InvalidTransaction,
    Malfunction,
    Duplicate,
    OriginalNotFound,
}

impl Refusal {
    pub(super) fn reply(self) -> Reply {
        let (code, description) = match self {
            Self::Validation(what) => (-1, what),
            Self::Expired => (101, "Expired card"),
            Self::Restricted => (104, "Restricted card"),
            Self::PinTries => (106, "Allowable PIN tries exceeded"),
            Self::InvalidAmount => (110, "Invalid amount"),
            Self::InsufficientFunds => (116, "Not sufficient funds"),
            Self::NoCard => (118, "No card record"),
            Self::NotPermittedToCardholder => (119, "Transaction not permitted to cardholder"),
            Self::InactiveAtCardholdersWill => (281, "Card is inactive at cardholder's will"),
            Self::InvalidTransaction => (902, "Invalid transaction"),
            Self::Malfunction => (909, "System malfunction"),
            Self::Duplicate => (913, "Duplicate transmission"),
            Self::OriginalNotFound => (914, "Original transaction not found"),
        };
        reply(code, description)
    }

    /// The refusal when the card is to pay.
    pub(super) fn for_payer(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Blocked => Some(Self::Restricted),
            Outcome::Expired => Some(Self::Expired),
            Outcome::PinTries => Some(Self::PinTries),
            Outcome::Corporate => Some(Self::NotPermittedToCardholder),
            Outcome::Inactive => Some(Self::InactiveAtCardholdersWill),
            // Only SVGate refuses in a result. HUMO refuses such a card with an ordinary fault.
            Outcome::DeclinedInResult => Some(Self::InsufficientFunds),
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

    /// The refusal when the card is to receive money.
    pub(super) fn for_recipient(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::CreditRefused => Some(Self::NotPermittedToCardholder),
            Outcome::Blocked
            | Outcome::Expired
            | Outcome::PinTries
            | Outcome::Corporate
            | Outcome::Inactive => Self::for_payer(outcome),
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
        Self::Malfunction
    }
}

impl From<NotEnough> for Refusal {
    fn from(NotEnough: NotEnough) -> Self {
        Self::InsufficientFunds
    }
}

/// A `PaymentServerException` with any code.
pub(super) fn reply(code: i64, description: &str) -> Reply {
    let (provider, error, screen) = if code == -1 {
        ("EBPP", code.to_string(), "EBPP-1".to_owned())
    } else {
        ("NETSW", format!("{code:03}"), format!("NETSW-{code:03}"))
    };
    let exception = [
        tag("provider", provider),
        tag("error", &error),
        tag("description", description),
        tag("screen", &screen),
    ]
    .concat();
    soap_fault(
        "",
        &format!(
            "<detail><ebppif1:PaymentServerException>{exception}</ebppif1:PaymentServerException></detail>"
        ),
    )
}

/// A SOAP fault without a `PaymentServerException`: the request never reached the payments.
pub(super) fn plain_fault(reason: &str) -> Reply {
    soap_fault(reason, "")
}

fn soap_fault(reason: &str, detail: &str) -> Reply {
    let fault = format!(
        "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>{}{detail}</SOAP-ENV:Fault>",
        tag("faultstring", reason)
    );
    Reply::new(StatusCode::INTERNAL_SERVER_ERROR, XML, envelope(&fault))
}
