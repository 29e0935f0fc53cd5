//! The network's description of a card, if the card may be used.

use entity::card;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Network;

use crate::domain::call::CardAccess;
use crate::domain::currency;
use crate::domain::failure::Failure;
use crate::domain::inquiry::CardInfo;
use crate::error::Error;
use crate::gateway::Gateway;

impl Gateway {
    /// The network's description of a card that may be used.
    pub(super) async fn usable_card(
        &self,
        (network, account): (Network, &str),
        access: &CardAccess,
    ) -> Result<CardInfo, Error> {
        let question = self.networks.of(network, account).card_info(access);
        let asked = self.about(&access.pan, question).await;
        let info = asked.map_err(|error| self.unanswered(network, "card", &error))?;
        match &info.unusable {
            Some(refusal) => Err(Failure::refused(network, refusal).into()),
            None => Ok(info),
        }
    }

    /// A balance that cannot be read is told as 0, and operators hear of it.
    pub(super) fn note_unread_balance(&self, network: Network, info: &CardInfo) {
        if info.balance.is_none() {
            self.questions.unread_balance(network);
            tracing::warn!(%network, "a card has no balance that can be read; its partner is told 0");
        }
    }

    /// Amounts are tiyin: a card in another currency pays nothing.
    ///
    /// # Errors
    /// -32409
    pub(super) fn check_currency(&self, card: &card::Model) -> Result<(), Error> {
        if card.currency == currency::SUM {
            Ok(())
        } else {
            Err(ErrorCode::CurrencyCardNotAllowed.into())
        }
    }
}
