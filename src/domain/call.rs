//! A call that can move money, and what is known of how it ended. The same words for both networks, so that the rules
//! of money (docs/contract.md#three-outcomes) are written once.

use entity::processing_request::Action;
use entity::time::UnixMillis;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, Expiry, Network, Pan};
use serde::{Deserialize, Serialize};

pub use super::card_access::CardAccess;
pub use super::person::CreditSender;

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

/// What a network answered about a payment or hold that it carried out. Later calls about it need these.
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
    Pay(Debit),
    /// HUMO only: take what a `SOAP_SMS` create has blocked (`Payment` confirm).
    Confirm(CreatedPayment),
    /// HUMO only: free what a create has blocked (`CancelRequest`).
    Cancel(CreatedPayment),
    /// Hold money: SVGate `hold.create`; HUMO `Payment` create of `SOAP_DMS`.
    Hold(Debit),
    /// Take held money: SVGate `hold.dismiss.charge`; HUMO `Payment` confirm with the amount.
    Capture(Capture),
    /// Free held money: SVGate `hold.dismiss`; HUMO `CancelRequest`.
    Release(Release),
    /// The same, because the hold's time is over.
    Expire(Release),
    /// Give a finished payment back, all of it: SVGate `trans.reverse`; HUMO `ReturnPayment`.
    Reverse(Reversal),
    /// UZCARD only: give a part of a finished payment back, or what such parts have left of it (SVGate
    /// `trans.reverse.partial`).
    ReversePart(PartReversal),
    /// Transfer, all of it by the sender's network: SVGate `p2p.universal`; HUMO `Request`, which only blocks the money and
    /// names the fee.
    P2p(P2p),
    /// Credit a card with money debited on the other network: SVGate `p2p.universal.credit`; HUMO `Payment` create of
    /// `SOAP_TOCARD_2`, which credits at once and is never confirmed.
    Credit(Credit),
}

/// Money to be taken from a card, or to be held on it.
#[derive(Debug, Clone)]
pub struct Debit {
    pub card: CardAccess,
    pub amount: Amount,
    pub terminal: Terminal,
    pub reference: Reference,
    /// The name of the partner that ordered it; empty where the call is only looked up.
    pub partner: String,
    /// When it was ordered.
    pub at: UnixMillis,
}

/// A payment that HUMO has created, and that waits for its confirmation.
#[derive(Debug, Clone)]
pub struct CreatedPayment {
    pub payment: Receipt,
    pub amount: Amount,
}

/// Held money to be taken.
#[derive(Debug, Clone)]
pub struct Capture {
    pub hold: Receipt,
    /// What is held.
    pub held: Amount,
    /// What is taken of it; the network frees the rest.
    pub amount: Amount,
    pub terminal: Terminal,
    pub reference: Reference,
}

/// Held money to be freed.
#[derive(Debug, Clone)]
pub struct Release {
    pub hold: Receipt,
    pub amount: Amount,
    pub terminal: Terminal,
}

/// A finished payment to be given back.
#[derive(Debug, Clone)]
pub struct Reversal {
    pub payment: Receipt,
    /// The number of the card that had paid.
    pub pan: Pan,
    pub amount: Amount,
    pub terminal: Terminal,
}

/// A part of a finished payment to be given back.
#[derive(Debug, Clone)]
pub struct PartReversal {
    pub payment: Receipt,
    pub amount: Amount,
    /// Nothing of the payment is left afterwards.
    pub is_last: bool,
    pub reference: Reference,
}

/// A transfer that the sender's network carries out by itself, mostly between two of its cards.
#[derive(Debug, Clone)]
pub struct P2p {
    pub sender: CardAccess,
    pub recipient: Pan,
    /// What the recipient gets.
    pub amount: Amount,
    /// What the sender pays on top, in tiyin. HUMO has a tariff of its own, so there it is compared.
    pub fee: i64,
    pub terminal: Terminal,
    pub reference: Reference,
}

/// Money to a card that was debited on the other network.
#[derive(Debug, Clone)]
pub struct Credit {
    pub recipient: Pan,
    /// The recipient's expiry, as the partner gave it.
    pub expiry: Expiry,
    pub amount: Amount,
    pub terminal: Terminal,
    pub reference: Reference,
    /// The account at the recipient's network under which it is made.
    pub account: String,
    pub sender: CreditSender,
}

impl Call {
    /// The action that its row records.
    pub fn action(&self) -> Action {
        match self {
            Self::Pay(_) => Action::Pay,
            Self::Confirm(_) => Action::Confirm,
            Self::Cancel(_) => Action::Cancel,
            Self::Hold(_) => Action::Hold,
            Self::Capture(_) => Action::Capture,
            Self::Release(_) => Action::Release,
            Self::Expire(_) => Action::Expire,
            Self::Reverse(_) => Action::Reverse,
            Self::ReversePart(_) => Action::ReversePart,
            Self::P2p(_) => Action::P2p,
            Self::Credit(_) => Action::Credit,
        }
    }

    /// What it moves, frees or gives back.
    pub fn amount(&self) -> Amount {
        match self {
            Self::Pay(debit) | Self::Hold(debit) => debit.amount,
            Self::Confirm(created) | Self::Cancel(created) => created.amount,
            Self::Capture(capture) => capture.amount,
            Self::Release(release) | Self::Expire(release) => release.amount,
            Self::Reverse(reversal) => reversal.amount,
            Self::ReversePart(part) => part.amount,
            Self::P2p(p2p) => p2p.amount,
            Self::Credit(credit) => credit.amount,
        }
    }

    /// Our reference, where the call itself carries one. The other calls name the payment or hold that they are about.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Pay(debit) | Self::Hold(debit) => Some(&debit.reference),
            Self::Capture(capture) => Some(&capture.reference),
            Self::ReversePart(part) => Some(&part.reference),
            Self::P2p(p2p) => Some(&p2p.reference),
            Self::Credit(credit) => Some(&credit.reference),
            Self::Confirm(_)
            | Self::Cancel(_)
            | Self::Release(_)
            | Self::Expire(_)
            | Self::Reverse(_) => None,
        }
    }

    /// The network that it goes to, where the paying card is of the network `sender`: that one, unless it credits the
    /// recipient of a transfer between the networks.
    pub fn network(&self, sender: Network) -> Network {
        match (self, sender) {
            (Self::Credit(_), Network::Uzcard) => Network::Humo,
            (Self::Credit(_), Network::Humo) => Network::Uzcard,
            (
                Self::Pay(_)
                | Self::Confirm(_)
                | Self::Cancel(_)
                | Self::Hold(_)
                | Self::Capture(_)
                | Self::Release(_)
                | Self::Expire(_)
                | Self::Reverse(_)
                | Self::ReversePart(_)
                | Self::P2p(_),
                sender,
            ) => sender,
        }
    }

    /// The account under which it is made; `sender` is that of the payer's network.
    pub fn account<'a>(&'a self, sender: &'a str) -> &'a str {
        let Self::Credit(credit) = self else {
            return sender;
        };
        &credit.account
    }
}

/// How a call ended, as far as it is known: by its reply, by a look-up, or by an operator.
///
/// Only an authoritative answer, or proof that the call was not carried out, is anything but [`CallResult::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallResult {
    /// The network carried it out.
    Approved(Receipt),
    /// HUMO's create of a sale or transfer (action 4): the money is blocked and waits for [`Call::Confirm`].
    Blocked(Receipt),
    /// The network refused it, or has undone it. No money has moved.
    Refused(Refusal),
    /// It was not carried out, and what it was about has ended in another way.
    Overtaken(Overtaken),
    /// It was not carried out and will not be: no byte of it was sent, or it is absent and cannot arrive any more.
    NotExecuted(Absence),
    /// No look-up can tell: a hold of UZCARD that is not among the card's holds. The text says why.
    Untraceable(String),
    /// It may or may not have been carried out.
    Unknown(Doubt),
}

/// Why a call that was not refused was not carried out either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// How that is known: for the log and the operator; holds no card data.
    pub how: String,
    /// What the network had answered to the call, where that alone left its outcome open.
    pub first_reply: Option<Refusal>,
}

/// Why the result of a call is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// For the log and the operator; holds no card data.
    pub cause: String,
    /// The network's code, where it gave one.
    pub processing_code: Option<String>,
    /// Set where the network answered the call, and its answer leaves the outcome open: it is asked at once.
    pub open: Option<OpenReply>,
}

/// An answer that leaves the outcome of its call open (docs/contract.md#asked-at-once).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReply {
    /// What the caller hears once it is known that the call was not carried out. `None`: the answer was no refusal.
    pub refusal: Option<Refusal>,
    /// Whether it is enough that the network, asked at once, does not know the call.
    pub absence_suffices: bool,
}

/// A network's refusal, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The documented code that it is mapped to.
    pub code: ErrorCode,
    /// The network's own code.
    pub processing_code: String,
}

/// The payment or hold that a call was about has ended in another way than the call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    pub ended: Ended,
    /// The payment or hold as it is now known.
    pub receipt: Receipt,
    /// What the network answered, or its word for the end.
    pub refusal: Refusal,
}

/// See [`Overtaken::ended`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its money is taken, so that it can be neither cancelled nor released.
    Taken,
    /// Its money is free again, so that it cannot be charged.
    Freed,
}

/// What a network says when it is asked by our reference what became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupReply {
    /// The call was carried out.
    Executed(Receipt),
    /// HUMO: created and not confirmed.
    Blocked(Receipt),
    /// The network knows the call and says that it was refused or undone.
    NotExecuted(Refusal),
    /// What the call is about has ended in another way.
    Overtaken(Overtaken),
    /// The network does not know the call, at least not yet; or what it is about still stands.
    NotFound,
    /// The network could not be asked, its answer cannot be read, or it does not tell.
    Unclear(Doubt),
}

impl LookupReply {
    /// Whether the network was there, and said what it knows.
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Unclear(doubt) => doubt.open.is_some(),
            Self::Executed(_)
            | Self::Blocked(_)
            | Self::NotExecuted(_)
            | Self::Overtaken(_)
            | Self::NotFound => true,
        }
    }
}

/// What a look-up knows besides the call, for a network that cannot be asked by our reference: UZCARD's holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// When the network may have carried the call out: from and to, UNIX milliseconds.
    pub window: (UnixMillis, UnixMillis),
    /// The network's ids of holds on the card that are known to belong to other calls.
    pub claimed_holds: Vec<String>,
}

impl Doubt {
    /// Nothing that the network said: silence, or an answer that cannot be read.
    pub fn new(cause: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            processing_code: None,
            open: None,
        }
    }

    /// The network answered with what may be a refusal.
    pub fn of_reply(cause: impl Into<String>, refusal: Refusal, absence_suffices: bool) -> Self {
        Self {
            cause: cause.into(),
            processing_code: Some(refusal.processing_code.clone()),
            open: Some(OpenReply {
                refusal: Some(refusal),
                absence_suffices,
            }),
        }
    }

    /// The network answered, and says neither that it did what was asked nor that it did not; or it does not say what it
    /// did.
    pub fn of_vague_reply(cause: impl Into<String>) -> Self {
        Self {
            open: Some(OpenReply {
                refusal: None,
                absence_suffices: false,
            }),
            ..Self::new(cause)
        }
    }

    /// What the caller hears if the call was not carried out.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.open.as_ref()?.refusal.as_ref()
    }
}

impl CallResult {
    /// It was not carried out, and the network has said nothing about it.
    pub fn not_executed(how: impl Into<String>) -> Self {
        Self::NotExecuted(Absence {
            how: how.into(),
            first_reply: None,
        })
    }

    /// What a look-up proves about a call whose `first_reply` left its outcome open, if there was one. While the call
    /// `may_still_arrive`, its absence proves nothing.
    pub fn of_lookup(
        network: Network,
        call: &Call,
        reply: LookupReply,
        first_reply: Option<&Refusal>,
        may_still_arrive: bool,
    ) -> Self {
        let absent = |found: &str| match may_still_arrive {
            true => Self::Unknown(Doubt {
                processing_code: first_reply.map(|refusal| refusal.processing_code.clone()),
                ..Doubt::new(format!("{found}; it may still arrive"))
            }),
            false => Self::NotExecuted(Absence {
                how: format!("{found}, and it cannot arrive any more"),
                first_reply: first_reply.cloned(),
            }),
        };
        match reply {
            LookupReply::Executed(receipt) => Self::Approved(receipt),
            LookupReply::NotExecuted(refusal) => {
                Self::Refused(first_reply.cloned().unwrap_or(refusal))
            }
            LookupReply::Overtaken(overtaken) => {
                Self::Overtaken(overtaken.answered_with(first_reply))
            }
            LookupReply::Unclear(doubt) => Self::Unknown(Doubt {
                // It is not asked at once again.
                open: None,
                ..doubt
            }),
            // The create has arrived; that its confirmation has not arrived yet proves nothing.
            LookupReply::Blocked(_) if matches!(call, Call::Confirm(_)) => {
                absent("the payment is created and not confirmed")
            }
            LookupReply::Blocked(receipt) => Self::Blocked(receipt),
            // Without a reference of ours, the network's list of holds cannot prove an absence; an answer that may be a
            // refusal can.
            LookupReply::NotFound
                if !may_still_arrive
                    && first_reply.is_none()
                    && network == Network::Uzcard
                    && matches!(call, Call::Hold(_)) =>
            {
                Self::Untraceable("no unclaimed hold of the card fits the call".to_owned())
            }
            LookupReply::NotFound => absent("the network does not know it"),
        }
    }

    /// What a call proves whose answer left its outcome open, once the network was asked at once
    /// (docs/contract.md#asked-at-once).
    pub fn of_question(call: &Call, doubt: Doubt, reply: LookupReply) -> Self {
        let refusal = doubt.refusal().cloned();
        let absence_suffices = doubt
            .open
            .as_ref()
            .is_some_and(|open| open.absence_suffices);
        match reply {
            LookupReply::Executed(receipt) => Self::Approved(receipt),
            LookupReply::NotExecuted(said) => Self::Refused(refusal.unwrap_or(said)),
            LookupReply::Overtaken(overtaken) => {
                Self::Overtaken(overtaken.answered_with(refusal.as_ref()))
            }
            LookupReply::Blocked(receipt) if !matches!(call, Call::Confirm(_)) => {
                Self::Blocked(receipt)
            }
            LookupReply::NotFound | LookupReply::Blocked(_) => match refusal {
                Some(refusal) if absence_suffices => Self::Refused(refusal),
                Some(_) | None => Self::Unknown(doubt),
            },
            LookupReply::Unclear(_) => Self::Unknown(doubt),
        }
    }

    /// The answer that left the outcome open, if there was one: the network is asked at once.
    pub fn open_reply(&self) -> Option<&Doubt> {
        match self {
            Self::Unknown(doubt) if doubt.open.is_some() => Some(doubt),
            Self::Approved(_)
            | Self::Blocked(_)
            | Self::Refused(_)
            | Self::Overtaken(_)
            | Self::NotExecuted(_)
            | Self::Untraceable(_)
            | Self::Unknown(_) => None,
        }
    }

    /// What the network answered, where the call was carried out or its money is blocked.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Approved(receipt) | Self::Blocked(receipt) => Some(receipt),
            Self::Refused(_)
            | Self::Overtaken(_)
            | Self::NotExecuted(_)
            | Self::Untraceable(_)
            | Self::Unknown(_) => None,
        }
    }

    /// The refusal that it is, or may yet turn out to be.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Overtaken(overtaken) => Some(&overtaken.refusal),
            Self::NotExecuted(absence) => absence.first_reply.as_ref(),
            Self::Unknown(doubt) => doubt.refusal(),
            Self::Approved(_) | Self::Blocked(_) | Self::Untraceable(_) => None,
        }
    }

    /// The network's own code, where it gave one.
    pub fn processing_code(&self) -> Option<&str> {
        match self {
            Self::Unknown(doubt) => doubt.processing_code.as_deref(),
            Self::Refused(_)
            | Self::Overtaken(_)
            | Self::NotExecuted(_)
            | Self::Approved(_)
            | Self::Blocked(_)
            | Self::Untraceable(_) => self
                .refusal()
                .map(|refusal| refusal.processing_code.as_str()),
        }
    }

    /// Why it is not known, or how it is known that the call was not carried out.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::NotExecuted(absence) => Some(&absence.how),
            Self::Untraceable(cause) => Some(cause),
            Self::Unknown(doubt) => Some(&doubt.cause),
            Self::Overtaken(overtaken) => Some(match overtaken.ended {
                Ended::Taken => "its money is taken",
                Ended::Freed => "its money is free again",
            }),
            Self::Approved(_) | Self::Blocked(_) | Self::Refused(_) => None,
        }
    }
}

impl Overtaken {
    /// The same, told with what the network had answered to the call itself, where it had.
    fn answered_with(self, first_reply: Option<&Refusal>) -> Self {
        match first_reply {
            Some(refusal) => Self {
                refusal: refusal.clone(),
                ..self
            },
            None => self,
        }
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
pub(in crate::domain) mod tests;
