//! What the networks remember, one struct a kind of record. These are also the lines of the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::Network;

/// A code that SVGate has sent and waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Otp {
    pub(crate) id: u64,
    pub(crate) pan: String,
    pub(crate) sent_at: i64,
    /// A spent code is forgotten: its id is as unknown as one that never was.
    pub(crate) spent: bool,
}

/// A payment, a capture, a transfer or a credit on SVGate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tran {
    pub(crate) id: u64,
    /// The caller's reference, unique.
    pub(crate) ext: String,
    pub(crate) user_name: String,
    /// The card that pays; of a credit, the card that receives.
    pub(crate) pan: String,
    pub(crate) amount: i64,
    /// Of a transfer, the fee; of a payment, what the caller says it is.
    pub(crate) commission: Option<i64>,
    #[serde(default)]
    pub(crate) kind: TranKind,
    pub(crate) merchant_id: String,
    pub(crate) terminal_id: String,
    pub(crate) stan: i64,
    pub(crate) at: i64,
    pub(crate) state: TranState,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TranKind {
    /// A payment or a capture: from the card to a merchant.
    #[default]
    Debit,
    /// From the card to another.
    Transfer { recipient: String },
    /// From the merchants to the card.
    Credit,
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

/// The number of a transfer's second leg, which is no record of its own.
pub(crate) fn credit_leg(id: u64) -> u64 {
    id + 1
}

/// Money held on SVGate.
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
    /// The millisecond from which on the money is free again.
    pub(crate) fn ends_at(&self) -> i64 {
        self.at.saturating_add(self.minutes.saturating_mul(60_000))
    }
}

/// A payment on HUMO's `PaymentServer`: sales, holds and transfers are created first and confirmed later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: u64,
    /// The caller's reference, unique.
    pub(crate) payment_ref: String,
    pub(crate) biller: Biller,
    /// The card that pays; of a credit, the card that receives.
    pub(crate) pan: String,
    /// The card that receives a transfer.
    #[serde(default)]
    pub(crate) recipient: Option<String>,
    /// What was blocked at the creation, but for the fee; of a credit, what was credited.
    pub(crate) amount: i64,
    /// What the sender of a transfer pays on top.
    #[serde(default)]
    pub(crate) fee: i64,
    /// What was taken at the confirmation.
    pub(crate) taken: Option<i64>,
    /// The items of the request, which every reply repeats.
    pub(crate) items: BTreeMap<String, String>,
    pub(crate) at: i64,
    pub(crate) state: PaymentState,
}

/// What sort of payment it is (section 2.2): its `billerRef`, unless it is a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Biller {
    /// Single message: a sale, confirmed at once.
    #[serde(rename = "SOAP_SMS")]
    Sale,
    /// Dual message: a hold, confirmed later, perhaps for less.
    #[serde(rename = "SOAP_DMS")]
    Hold,
    /// Made by a `Request`, which has no `billerRef`.
    #[serde(rename = "P2P")]
    Transfer,
    /// Credits at its creation, and once more if it is confirmed.
    #[serde(rename = "SOAP_TOCARD_2")]
    Credit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentState {
    Active,
    Finished,
    Returned,
    Cancelled,
}

/// A message to a phone, as `GET /sandbox/messages` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) phone: String,
    pub(crate) text: String,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

/// A row of `GET /sandbox/ledger`: something that moved money.
///
/// - `reference` is the caller's own wherever the protocol has one: `ext` of a UZCARD payment or capture, `paymentRef` of
///   everything on HUMO; a `reverse` has the reference of what it reverses. A UZCARD hold has none, so `hold` and
///   `release` carry the hold's id.
/// - A hold ends with one row: `capture` (its amount is what was taken; the rest is freed without a row of its own) or
///   `release` (also when its time is over).
/// - A HUMO sale is one `pay` at its confirmation. Cancelling one that was never confirmed leaves no row, as no money went
///   to anybody; cancelling a HUMO hold is a `release`.
/// - A transfer within a network is one `p2p`, with the sender's card and the amount without the fee; on HUMO at its
///   confirmation, and cancelling leaves no row, as for a sale. Its `reverse` gives the fee back too.
/// - Money from merchants to a card is a `credit`, with that card. A `SOAP_TOCARD_2` that is confirmed has two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Execution {
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

/// What the fiscal service has registered, as `GET /sandbox/receipts` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    /// The caller's id, unique.
    pub(crate) receipt_id: String,
    /// The fee, in tiyin.
    pub(crate) amount: i64,
    pub(crate) merchant_id: String,
    pub(crate) terminal_id: String,
    /// When the fee was taken, as the caller says: UNIX milliseconds.
    pub(crate) time: i64,
    pub(crate) url: String,
}
