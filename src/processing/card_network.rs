//! What both networks tell about cards.

use async_trait::async_trait;
use rpc_schema::values::Pan;

use super::history::NetworkHistory;
use crate::domain::call::CardAccess;
use crate::domain::day::Day;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};

/// The questions that both networks answer. What only one can do is a method of its own client.
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
    /// transaction history of the middleware. Rows that cannot be read are left out and counted.
    ///
    /// # Errors
    /// The network refuses, or gives no usable answer; then nothing is known of any of the days.
    async fn history(
        &self,
        card: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<NetworkHistory, AskError>;
}
