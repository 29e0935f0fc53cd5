//! The records that the networks keep, one struct for each kind. The journal stores them in this form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::Network;

/// A code that SVGate has sent and that has not been entered yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Otp {
    pub(crate) id: u64,
    pub(crate) pan: String,
    pub(crate) sent_at: i64,
    /// A spent code is deleted: its id is then unknown.
    pub(crate) spent: bool,
}

/// A payment, a capture, a transfer or a credit at SVGate: its "tran".
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tran {
    pub(crate) id: u64,
    /// The caller's reference, unique.
    pub(crate) ext: String,
    pub(crate) user_name: String,
    /// The card that pays; for a credit, the card that receives.
    pub(crate) pan: String,
    pub(crate) amount: i64,
    /// The fee of a transfer; for a payment, the commission that the caller states.
    pub(crate) commission: Option<i64>,
    #[serde(default)]
    pub(crate) kind: TranKind,
    pub(crate) merchant_id: String,
    pub(crate) terminal_id: String,
    pub(crate) stan: i64,
    pub(crate) at: i64,
    pub(crate) state: TranState,
    /// What was given back of it in parts.
    #[serde(default)]
    pub(crate) reversed: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TranKind {
    /// A payment or a capture: from the card to a merchant.
    #[default]
    Debit,
    /// From the card to another card.
    Transfer { recipient: String },
    /// From the merchants to the card.
    Credit,
    /// Gives a part of a payment or a capture back to its card.
    PartReversal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TranState {
    Done,
    /// Refused in a result instead of an error, with this `resp`.
    Refused {
        resp: i64,
    },
    Reversed,
}

/// The id of a transfer's credit leg, which has no record of its own.
pub(crate) fn credit_leg_id(id: u64) -> u64 {
    id + 1
}

/// Money held at SVGate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) id: u64,
    pub(crate) user_name: String,
    pub(crate) pan: String,
    pub(crate) amount: i64,
    pub(crate) minutes: i64,
    pub(crate) at: i64,
    pub(crate) state: HoldState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HoldState {
    Active,
    Captured,
    Dismissed,
    Expired,
}

impl Hold {
    /// The first millisecond at which the money is free again.
    pub(crate) fn ends_at(&self) -> i64 {
        self.at.saturating_add(self.minutes.saturating_mul(60_000))
    }
}

/// A payment at HUMO's `PaymentServer`. Sales, holds and transfers are created first and confirmed later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: u64,
    /// The caller's reference, unique.
    pub(crate) payment_ref: String,
    pub(crate) biller: Biller,
    /// The card that pays; for a credit, the card that receives.
    pub(crate) pan: String,
    /// The recipient's card, for a transfer.
    #[serde(default)]
    pub(crate) recipient: Option<String>,
    /// What the create blocked, without the fee; for a credit, what was credited.
    pub(crate) amount: i64,
    /// What the sender of a transfer pays on top.
    #[serde(default)]
    pub(crate) fee: i64,
    /// What the confirmation took.
    pub(crate) taken: Option<i64>,
    /// The items of the request, which every reply repeats.
    pub(crate) items: BTreeMap<String, String>,
    pub(crate) at: i64,
    pub(crate) state: PaymentState,
}

/// The kind of payment (docs/networks.md#paymentserver): its `billerRef`, except for transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Biller {
    /// Single message: a sale, confirmed immediately.
    #[serde(rename = "SOAP_SMS")]
    Sale,
    /// Dual message: a hold, confirmed later, possibly for less.
    #[serde(rename = "SOAP_DMS")]
    Hold,
    /// Created by a `Request`, which has no `billerRef`.
    #[serde(rename = "P2P")]
    Transfer,
    /// Credits the card when it is created, and again if it is confirmed.
    #[serde(rename = "SOAP_TOCARD_2")]
    Credit,
    /// The totals of a terminal; no money, and no card.
    #[serde(rename = "SOAP_RECO")]
    Reconciliation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentState {
    Active,
    Finished,
    Returned,
    Cancelled,
}

impl PaymentState {
    /// HUMO's word for it.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Finished => "finished",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
        }
    }

    /// The one of this word.
    pub(crate) fn of_status(word: &str) -> Option<Self> {
        let all = [
            Self::Active,
            Self::Finished,
            Self::Returned,
            Self::Cancelled,
        ];
        all.into_iter().find(|state| state.status() == word)
    }
}

/// A message to a phone, as `GET /sandbox/messages` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) phone: String,
    pub(crate) text: String,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

/// A row of `GET /sandbox/ledger`: one movement of money.
///
/// - `reference` is the caller's reference if the protocol has one: `ext` of a UZCARD payment or capture, `paymentRef` of
///   any HUMO payment. A `reverse` has the reference of what it reverses, or its own `ext` where it reverses a part. A UZCARD hold has no reference, so `hold` and
///   `release` carry the hold's id.
/// - A hold ends with one row: `capture` with the amount taken (the rest is freed without a row), or `release`, also when
///   the hold expires.
/// - A HUMO sale is one `pay`, at its confirmation. Cancelling an unconfirmed sale leaves no row, because no money changed
///   hands. Cancelling a HUMO hold is a `release`.
/// - A transfer in one call is one `p2p` of the sender's network with the sender's card and the amount without the fee. On HUMO it is written
///   at the confirmation, and cancelling leaves no row, as for a sale. Its `reverse` gives the fee back too.
/// - Money from merchants to a card is a `credit` with that card. A `SOAP_TOCARD_2` that is confirmed has two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LedgerEntry {
    pub(crate) network: Network,
    pub(crate) reference: String,
    pub(crate) action: Action,
    pub(crate) pan: String,
    pub(crate) amount: i64,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Pay,
    Hold,
    Capture,
    Release,
    Reverse,
    Credit,
    P2p,
}

/// A registered fiscal receipt, as `GET /sandbox/receipts` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    /// The caller's id, unique.
    pub(crate) receipt_id: String,
    /// The fee, in tiyin.
    pub(crate) amount: i64,
    pub(crate) merchant_id: String,
    pub(crate) terminal_id: String,
    /// When the fee was taken, according to the caller: UNIX milliseconds.
    pub(crate) time: i64,
    pub(crate) url: String,
}
