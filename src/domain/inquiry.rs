//! What a network tells about a card when it is asked: answers that move no money.

use std::fmt;

use rpc_schema::values::Expiry;

use super::call::Refusal;
use super::told_phone::ToldPhone;

/// A card as its network describes it.
#[derive(Clone, PartialEq, Eq)]
pub struct CardInfo {
    /// SVGate's token; `None` for HUMO.
    pub network_token: Option<String>,
    /// The holder's name.
    pub full_name: String,
    /// The phone that receives the card's messages; `None` where the network has none.
    pub phone: Option<ToldPhone>,
    /// Whether the network informs the holder by SMS.
    pub sms: bool,
    /// Wrong PIN tries.
    pub pin_tries: i64,
    /// 0 is active. HUMO's three-digit action code as a number.
    pub status: i64,
    /// Available money in the hundredth parts of its currency; `None` where it is missing or cannot be read.
    pub balance: Option<i64>,
    /// The numeric code of its currency.
    pub currency: i32,
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

/// Without the token, which pays, and the holder's name.
impl fmt::Debug for CardInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardInfo")
            .field("has_token", &self.network_token.is_some())
            .field("phone", &self.phone)
            .field("status", &self.status)
            .field("balance", &self.balance)
            .field("currency", &self.currency)
            .field("card_type", &self.card_type)
            .field("unusable", &self.unusable)
            .finish_non_exhaustive()
    }
}

/// A recipient's card as its network describes it by its number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientCard {
    /// The holder's name.
    pub name: String,
    /// `None` where the network gives none.
    pub expiry: Option<Expiry>,
    /// The phone on file; `None` where the network gives none.
    pub phone: Option<ToldPhone>,
    /// Why the card cannot be credited, as far as the network tells beforehand, in the recipient's codes
    /// (-32404, -32405, -32408, -32390).
    pub unusable: Option<Refusal>,
}

/// Why an inquiry gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The network answered with a refusal.
    #[error("the network refused with code {}", .0.processing_code)]
    Refused(Refusal),
    /// No connection, no answer in time, or an unreadable one.
    #[error("the network gave no usable answer: {0}")]
    Unavailable(Unanswered),
}

impl AskError {
    /// A reply that answers nothing. The cause quotes nothing of it; it begins with `HTTP` and the status where that is
    /// what is wrong.
    pub fn unreadable(cause: impl Into<String>) -> Self {
        let cause = cause.into();
        let kind = match cause.strip_prefix("HTTP ") {
            Some(status) if !status.starts_with('2') => Silence::HttpStatus,
            Some(_) | None => Silence::Unreadable,
        };
        Self::Unavailable(Unanswered { kind, cause })
    }

    /// The network says of itself that it cannot answer.
    pub fn by_code(cause: impl Into<String>) -> Self {
        let (kind, cause) = (Silence::Code, cause.into());
        Self::Unavailable(Unanswered { kind, cause })
    }
}

/// Why there is no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Unanswered {
    pub kind: Silence,
    /// For the log; holds no card data.
    pub cause: String,
}

/// The kinds of reasons for which a network gives no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Nothing was sent: no such name, no connection, no TLS, too many calls that wait already.
    NotReached,
    /// No answer in time, or a connection that broke.
    NoAnswer,
    /// An HTTP status that is no success, without the network's own error in it.
    HttpStatus,
    /// A reply that cannot be read, or is about something else.
    Unreadable,
    /// The network's own code says that it cannot answer now.
    Code,
}

impl Silence {
    /// The word in the log and in the figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotReached => "not_reached",
            Self::NoAnswer => "no_answer",
            Self::HttpStatus => "http_status",
            Self::Unreadable => "unreadable",
            Self::Code => "code",
        }
    }
}
