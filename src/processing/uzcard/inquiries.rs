//! The questions that SVGate answers like any network.

use async_trait::async_trait;
use rpc_schema::values::Pan;

use super::clients::UzcardCards;
use crate::domain::call::CardAccess;
use crate::domain::day::Day;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};
use crate::processing::card_network::CardNetwork;
use crate::processing::history::NetworkHistory;

#[async_trait]
impl CardNetwork for UzcardCards {
    async fn card_info(&self, card: &CardAccess) -> Result<CardInfo, AskError> {
        self.describe(card).await
    }

    async fn recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError> {
        self.describe_recipient(pan).await
    }

    async fn history(
        &self,
        card: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<NetworkHistory, AskError> {
        self.fetch_history(card, from, to).await
    }
}
