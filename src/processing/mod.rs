//! The card networks and the SMS provider: what the gateway can ask of them, and the three ways in which it can end.
//!
//! A network's names, codes and quirks stay in its own folder. The rest of the gateway speaks of [`Call`]s and
//! [`Outcome`]s only, so that the rules of money (design section 4) are written once for both networks.

pub mod books;
pub mod breaker;
pub mod bulkhead;
pub mod exchange;
pub mod fiscal;
pub mod history;
pub mod humo;
mod lenient;
mod recipient;
pub mod sms;
pub mod uzcard;

use async_trait::async_trait;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, Expiry, Network, Pan};
use serde::{Deserialize, Serialize};

use crate::domain::day::Day;
use history::NetworkOperation;

/// A card as a network needs to know it.
#[derive(Debug, Clone)]
pub struct CardAccess {
    /// HUMO is addressed by number and expiry.
    pub pan: Pan,
    /// See [`CardAccess::pan`].
    pub expiry: Expiry,
    /// UZCARD is addressed by the token that SVGate gave when the card was attached.
    pub network_token: Option<String>,
}

/// A merchant's terminal, registered at the card's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// The merchant's id.
    pub merchant_id: String,
    /// The terminal's id.
    pub terminal_id: String,
}

/// *Our* reference of one call, made before the call and unique: SVGate's `ext`, HUMO's `paymentRef`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(pub String);

/// What a network answered about a payment or hold that it carried out; the later calls about it need these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Our reference of the call that created the payment or hold.
    pub reference: Reference,
    /// The network's id: HUMO's `paymentID`, SVGate's id of a hold; empty for a payment of SVGate.
    pub network_id: String,
    /// SVGate's `refNum`; empty for HUMO and for holds.
    pub ref_num: String,
    /// The approval code; empty where there is none.
    pub apr_code: String,
    /// The retrieval reference number of HUMO (`auth_ref_number`); empty for SVGate.
    pub rrn: String,
    /// The fee that the network charges, in tiyin, where it names one (HUMO's `amount_fee`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<i64>,
}

impl Receipt {
    /// What is known of a payment before its network has answered: our reference alone.
    #[must_use]
    pub fn of(reference: &Reference) -> Self {
        Self {
            reference: reference.clone(),
            network_id: String::new(),
            ref_num: String::new(),
            apr_code: String::new(),
            rrn: String::new(),
            fee: None,
        }
    }
}

/// A call that can move money. Each is one row of `processing_request`, committed before the call.
#[derive(Debug, Clone)]
pub enum Call {
    /// Debit the card: SVGate `trans.pay.purpose`; HUMO `Payment` create of `SOAP_SMS`, which only blocks the money.
    Pay {
        card: CardAccess,
        amount: Amount,
        terminal: Terminal,
        reference: Reference,
    },
    /// HUMO alone: take what a `SOAP_SMS` create has blocked (`Payment` confirm).
    Confirm { payment: Receipt, amount: Amount },
    /// HUMO alone: free what a create has blocked (`CancelRequest`).
    Cancel { payment: Receipt, amount: Amount },
    /// Hold money: SVGate `hold.create`; HUMO `Payment` create of `SOAP_DMS`.
    Hold {
        card: CardAccess,
        amount: Amount,
        terminal: Terminal,
        reference: Reference,
    },
    /// Take held money: SVGate `hold.dismiss.charge`; HUMO `Payment` confirm with the amount.
    Capture {
        hold: Receipt,
        amount: Amount,
        terminal: Terminal,
        reference: Reference,
    },
    /// Free held money: SVGate `hold.dismiss`; HUMO `CancelRequest`.
    Release {
        hold: Receipt,
        amount: Amount,
        terminal: Terminal,
    },
    /// Give a finished payment back: SVGate `trans.reverse`; HUMO `ReturnPayment`.
    Reverse {
        payment: Receipt,
        amount: Amount,
        terminal: Terminal,
    },
    /// Transfer within the network: SVGate `p2p.universal`; HUMO `Request`, which only blocks the money and names the
    /// fee.
    P2p {
        sender: CardAccess,
        recipient: Pan,
        /// What the recipient gets.
        amount: Amount,
        /// What the sender pays besides, in tiyin. HUMO has a tariff of its own, so there it is compared.
        fee: i64,
        terminal: Terminal,
        reference: Reference,
    },
    /// Credit a card with money debited on the other network: SVGate `p2p.universal.credit`; HUMO `Payment` create of
    /// `SOAP_TOCARD_2`, which credits at once and is never confirmed.
    Credit {
        recipient: Pan,
        amount: Amount,
        terminal: Terminal,
        reference: Reference,
        sender: CreditSender,
    },
}

/// On whose behalf a card is credited, as the banks ask for it.
#[derive(Debug, Clone)]
pub struct CreditSender {
    /// The network from which the money comes.
    pub network: Network,
    /// The masked number of the sender's card.
    pub card: String,
    /// The debit's reference at its network (`refNum` or RRN).
    pub debit_reference: String,
}

/// A recipient's card as its network describes it by its number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientCard {
    /// The holder's name.
    pub name: String,
    /// `None` where the network gives none.
    pub expiry: Option<Expiry>,
    /// The phone on file, `998…`; `None` where the network gives none.
    pub phone: Option<String>,
    /// Why the card cannot be credited, as far as the network tells beforehand, in the recipient's codes
    /// (-32404, -32405, -32408, -32390).
    pub unusable: Option<Refusal>,
}

/// How a call ended. Only an authoritative answer, or proof that no byte was sent, is a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out.
    Approved(Receipt),
    /// HUMO's create of a sale or transfer (action 4): the money is blocked and waits for [`Call::Confirm`].
    Blocked(Receipt),
    /// The network refused; no money has moved.
    Refused(Refusal),
    /// Provably no byte of the call reached the network.
    NotSent(String),
    /// It may or may not have been carried out; the text says why, for the log.
    Unknown(Doubt),
}

/// Why an outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// For the log and the operator; holds no card data.
    pub cause: String,
    /// The network's code, where it gave one.
    pub processing_code: Option<String>,
}

/// A network's refusal, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The documented code that it is mapped to.
    pub code: ErrorCode,
    /// The network's own code.
    pub processing_code: String,
    /// Whether what the call refers to (hold, payment) is not there, or not there any more.
    pub gone: bool,
}

/// What a look-up knows besides the call, for a network that cannot be asked by our reference: UZCARD's holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// When the network may have carried the call out: from and to, UNIX milliseconds.
    pub window: (i64, i64),
    /// The network's ids of holds on the card that are known to be of other calls.
    pub claimed_holds: Vec<String>,
}

/// What a lookup by our reference found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The call was carried out.
    Executed(Receipt),
    /// HUMO: created and not confirmed.
    Blocked(Receipt),
    /// The network knows the call and says that it was refused or undone.
    NotExecuted(Refusal),
    /// The network does not know it (yet).
    Nothing,
    /// The network could not be asked, or its answer cannot be read.
    Unclear(Doubt),
}

/// A card as its network describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardInfo {
    /// SVGate's token; `None` for HUMO.
    pub network_token: Option<String>,
    /// The holder's name.
    pub full_name: String,
    /// The phone that receives the card's messages, `998…`; `None` where the network has none.
    pub phone: Option<String>,
    /// Whether the network informs the holder by SMS.
    pub sms: bool,
    /// Wrong PIN tries.
    pub pin_tries: i64,
    /// 0 is active. HUMO's three-digit action code as a number.
    pub status: i64,
    /// Available money in tiyin.
    pub balance: i64,
    /// Cashback in tiyin; 0 where there is none.
    pub cashback: i64,
    /// The bank branch; empty where there is none.
    pub filial_code: String,
    /// Kind of card, for example `private`.
    pub card_type: String,
    /// Why the card cannot be used, by its network's own table of statuses: not active, stopped, PIN tries used up,
    /// no SMS service, a company's card.
    pub unusable: Option<Refusal>,
}

/// Why a call that moves no money gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The network answered with a refusal.
    #[error("the network refused with code {}", .0.processing_code)]
    Refused(Refusal),
    /// No connection, no answer in time, or an unreadable one.
    #[error("the network gave no usable answer: {0}")]
    Unavailable(String),
}

/// What both networks can do. What only one can do is a method of its own client.
#[async_trait]
pub trait Processing: Send + Sync {
    /// Which network this is.
    fn network(&self) -> Network;

    /// Makes a call that can move money: once, never again by itself.
    async fn execute(&self, call: &Call) -> Outcome;

    /// Finds out by our reference what became of `call`; moves nothing and may be repeated.
    async fn look_up(&self, call: &Call, traces: &Traces) -> Found;

    /// Describes a card.
    ///
    /// # Errors
    /// The network refuses, or gives no usable answer.
    async fn card_info(&self, card: &CardAccess) -> Result<CardInfo, AskError>;

    /// Describes a recipient's card: SVGate `p2p.info`; HUMO's card-info middleware.
    ///
    /// # Errors
    /// The network refuses, or gives no usable answer.
    async fn recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError>;

    /// What was done with a card from one day to another, both included, in no order: SVGate `trans.history`; HUMO's
    /// transaction history of the middleware.
    ///
    /// # Errors
    /// The network refuses, or gives no usable answer; then nothing is known of any of the days.
    async fn history(
        &self,
        card: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<Vec<NetworkOperation>, AskError>;
}
