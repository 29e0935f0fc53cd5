//! Cards and phones as the console shows them: masked, for whichever role.

use std::collections::HashMap;

use entity::ids::TransactionId;
use entity::{card, transaction, transfer};
use rpc_schema::values::Pan;
use uuid::Uuid;

use super::visitor::{House, Trouble};
use crate::repository::transaction_search as search;
use crate::vault::Owner;

/// The cards of some transactions.
#[derive(Default)]
pub(super) struct Cards {
    paying: HashMap<Uuid, (Option<Pan>, String)>,
    receiving: HashMap<TransactionId, Option<Pan>>,
}

/// Those of these transactions.
pub(super) async fn cards(house: &House, rows: &[transaction::Model]) -> Result<Cards, Trouble> {
    let db = &*house.gateway.database;
    let mut ids: Vec<Uuid> = rows.iter().filter_map(|row| row.card_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let numbers: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
    let partners: HashMap<TransactionId, Uuid> =
        rows.iter().map(|row| (row.id, row.partner_id)).collect();
    let mut cards = Cards::default();
    for row in search::cards(db, &ids).await? {
        let pan = paying(house, &row);
        cards.paying.insert(row.id, (pan, row.phone));
    }
    for row in search::transfers(db, &numbers).await? {
        let owner = partners.get(&row.transaction_id).copied();
        let pan = owner.and_then(|partner| receiving(house, partner, &row));
        cards.receiving.insert(row.transaction_id, pan);
    }
    Ok(cards)
}

impl Cards {
    /// The number that pays.
    pub(super) fn paying(&self, row: &transaction::Model) -> Option<&Pan> {
        let known = self.paying.get(&row.card_id?)?;
        known.0.as_ref()
    }

    /// The number that receives a transfer.
    pub(super) fn receiving(&self, row: &transaction::Model) -> Option<&Pan> {
        self.receiving.get(&row.id)?.as_ref()
    }

    /// Both numbers.
    pub(super) fn of<'a>(&'a self, row: &'a transaction::Model) -> impl Iterator<Item = &'a Pan> {
        self.paying(row).into_iter().chain(self.receiving(row))
    }

    /// The phones of a transaction: where its code went, and that of its card.
    pub(super) fn phones<'a>(
        &'a self,
        row: &'a transaction::Model,
    ) -> impl Iterator<Item = &'a str> {
        let of_card = row.card_id.and_then(|id| self.paying.get(&id));
        let of_card = of_card.map(|(_, phone)| phone.as_str());
        row.phone.as_deref().into_iter().chain(of_card)
    }
}

fn paying(house: &House, row: &card::Model) -> Option<Pan> {
    let owner = Owner::card(row.partner_id, row.id);
    opened(house, owner, &row.pan_key_id, &row.pan_sealed)
}

fn receiving(house: &House, partner_id: Uuid, row: &transfer::Model) -> Option<Pan> {
    let owner = Owner::transfer(partner_id, row.transaction_id);
    opened(house, owner, &row.pan_key_id, &row.pan_sealed)
}

/// A number that cannot be opened is not shown; the rest of the page is.
fn opened(house: &House, owner: Owner, key: &str, sealed: &[u8]) -> Option<Pan> {
    let opened = house.gateway.vault.open_pan(owner, key, sealed);
    if let Err(error) = &opened {
        tracing::error!(%error, "a card's number cannot be opened for the console");
    }
    opened.ok()
}

/// `99890*****67`.
pub(super) fn phone(phone: &str) -> String {
    let shown = |range| phone.get(range).unwrap_or_default();
    match phone.len() {
        12 => format!("{}*****{}", shown(0..5), shown(10..12)),
        _ => "*".to_owned(),
    }
}
