//! The card networks, the SMS provider and the fiscal service: what the gateway can ask of them.
//!
//! A network's names, codes and quirks stay in its own folder. The rest of the gateway speaks of
//! [`Call`](crate::domain::call::Call)s and [`CallResult`]s only.
//!
//! Each network has two clients. One asks and moves no money ([`CardNetwork`]); everybody may use it. The other makes the
//! calls that move money ([`PaymentNetwork`]); `crate::payment` owns it.

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
use rpc_schema::values::{Network, Pan};

use crate::domain::call::{Call, CallResult, CardAccess, LookupReply, Traces};
use crate::domain::day::Day;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};
use history::NetworkOperation;
use humo::HumoCards;
use uzcard::UzcardCards;

/// What both networks tell about cards. What only one can do is a method of its own client.
#[async_trait]
pub trait CardNetwork: Send + Sync {
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

/// The calls of a network that can move money, and what became of them.
#[async_trait]
pub trait PaymentNetwork: Send + Sync {
    /// Makes the call: once, never again by itself.
    async fn execute(&self, call: &Call) -> CallResult;

    /// Finds out by our reference what became of `call`; moves nothing and may be repeated.
    async fn look_up(&self, call: &Call, traces: &Traces) -> LookupReply;
}

/// The clients of both networks that move no money.
#[derive(Debug)]
pub struct CardNetworks {
    pub uzcard: UzcardCards,
    pub humo: HumoCards,
}

impl CardNetworks {
    /// The client of this network.
    pub fn of(&self, network: Network) -> &dyn CardNetwork {
        match network {
            Network::Uzcard => &self.uzcard,
            Network::Humo => &self.humo,
        }
    }
}
