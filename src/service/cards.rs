//! The cards of a partner: which there are, what their network says of one now, and their removal.

use rpc_schema::errors::ErrorCode;
use rpc_schema::method::Method as _;
use rpc_schema::methods::cards::List;
use rpc_schema::values::{CardToken, Cursor, PageSize, Pan};
use uuid::Uuid;

use entity::card;

use super::attach::AttachedCard;
use super::order::account_of;
use crate::caller::Caller;
use crate::domain::cursor::ListDigest;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::card as cards;

/// A page of a partner's cards.
#[derive(Debug)]
pub struct CardPage {
    /// The one that was attached last first, each with its number.
    pub cards: Vec<(card::Model, Pan)>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl Gateway {
    /// The caller's cards: `cards.list`.
    ///
    /// # Errors
    /// -32401: the cursor is of no list of cards.
    pub async fn card_page(
        &self,
        caller: &Caller,
        cursor: Option<&Cursor>,
        size: PageSize,
    ) -> Result<CardPage, Error> {
        let list = ListDigest::of(List::NAME, "");
        let after = cursor.map(|cursor| list.place(cursor)).transpose()?;
        let after = after.map(|(at, id)| (at, Uuid::from_bytes(id)));
        let size = usize::try_from(size.0).unwrap_or(usize::MAX);
        // One more than is shown tells whether there is another page.
        let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
        let page = cards::page(caller.partner.id, after, limit);
        let mut rows = cards::list(&*self.database, page).await?;
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| list.cursor(row.created_at, row.id.into_bytes()));
        let mut cards = Vec::with_capacity(rows.len());
        for row in rows {
            let pan = self.payments.open_card(&row)?.pan;
            cards.push((row, pan));
        }
        Ok(CardPage { cards, next })
    }

    /// A card of the caller as its network describes it now, whether or not it can be used: `cards.info`.
    ///
    /// # Errors
    /// -32301; what the network says; -32338, -32339.
    pub async fn card_now(
        &self,
        caller: &Caller,
        token: &CardToken,
    ) -> Result<AttachedCard, Error> {
        let (row, access) = self.connected_card(caller, token).await?;
        let network = from_stored(row.network);
        let question = self
            .networks
            .of(network, account_of(caller, &row))
            .card_info(&access);
        let asked = self.about(&access.pan, question).await;
        let info = asked.map_err(|error| self.unanswered(network, "card", &error))?;
        self.note_unread_balance(network, &info);
        // What hides most of the phone may hide another one than we know; then nobody knows it.
        let phone = match &info.phone {
            Some(told) => told
                .or_known(&row.phone)
                .map_or_else(String::new, |phone| phone.digits().to_owned()),
            None => row.phone,
        };
        Ok(AttachedCard {
            token: row.id,
            pan: access.pan,
            phone,
            network,
            info,
        })
    }

    /// Removes a card of the caller: `cards.remove`. From now on its token is unknown; what was ordered with it goes on.
    ///
    /// # Errors
    /// -32301
    pub async fn remove_card(&self, caller: &Caller, token: &CardToken) -> Result<(), Error> {
        let unknown = || Error::from(ErrorCode::CardNotRegistered);
        let token = token.uuid().ok_or_else(unknown)?;
        let tx = self.database.write().await?;
        if !cards::remove(&*tx, caller.partner.id, token, self.clock.now()).await? {
            tx.roll_back().await?;
            return Err(unknown());
        }
        Ok(tx.commit().await?)
    }
}
