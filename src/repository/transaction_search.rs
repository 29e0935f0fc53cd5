//! How an operator finds transactions: by an exact id, or by a walk back through a period. The walk needs no index of its own,
//! as ids follow time: the primary key is one.

use entity::ids::TransactionId;
use entity::processing_request::{self, Action};
use entity::time::UnixMillis;
use entity::{card, network, reversal, transaction, transfer};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, Iterable as _, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _};

/// The transactions with this `extId`, of any of these partners: as their own, or as that of a reversal.
pub async fn with_ext_id(
    db: &impl Connection,
    partners: &[Uuid],
    ext_id: &str,
) -> Result<Vec<TransactionId>, DbErr> {
    use transaction::Column::{ExtId, PartnerId};
    let own = transaction::Entity::find()
        .filter(PartnerId.is_in(partners.iter().copied()))
        .filter(ExtId.eq(ext_id))
        .fetch_all(db)
        .await?;
    let reversals = reversal::Entity::find()
        .filter(reversal::Column::PartnerId.is_in(partners.iter().copied()))
        .filter(reversal::Column::ExtId.eq(ext_id))
        .fetch_all(db)
        .await?;
    let reversed = reversals.into_iter().map(|row| row.transaction_id);
    Ok(own.into_iter().map(|row| row.id).chain(reversed).collect())
}

/// The transactions of the call with this reference of ours.
pub async fn with_reference(
    db: &impl Connection,
    reference: &str,
) -> Result<Vec<TransactionId>, DbErr> {
    use processing_request::Column;
    let found = processing_request::Entity::find()
        .filter(Column::Network.is_in(network::Network::iter()))
        .filter(Column::Action.is_in(Action::iter()))
        .filter(Column::Reference.eq(reference))
        .fetch_all(db)
        .await?;
    Ok(found.into_iter().map(|row| row.transaction_id).collect())
}

/// The first transaction that was created at this moment or later; `None`: there is none. By halves, as ids follow time.
pub async fn first_since(
    db: &impl Connection,
    at: UnixMillis,
) -> Result<Option<TransactionId>, DbErr> {
    let last = transaction::Entity::find()
        .order_by_desc(transaction::Column::Id)
        .limit(1)
        .fetch_one(db)
        .await?;
    let Some(last) = last.filter(|row| row.created_at >= at) else {
        return Ok(None);
    };
    let (mut from, mut to) = (0, last.id.0);
    while from < to {
        let middle = from + (to - from) / 2;
        let row = transaction::Entity::find()
            .filter(transaction::Column::Id.gte(TransactionId(middle)))
            .order_by_asc(transaction::Column::Id)
            .limit(1)
            .fetch_one(db)
            .await?;
        match row {
            Some(row) if row.created_at < at => from = row.id.0 + 1,
            Some(_) | None => to = middle,
        }
    }
    Ok(Some(TransactionId(from)))
}

/// Which transactions a walk goes through.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    pub partner_id: Option<Uuid>,
    /// The first of the period.
    pub first: TransactionId,
    /// From where on it goes back; this one is not among them.
    pub before: TransactionId,
}

/// The next transactions of a walk, newest first.
pub async fn walk(
    db: &impl Connection,
    walk: Walk,
    limit: u64,
) -> Result<Vec<transaction::Model>, DbErr> {
    use transaction::Column::{Id, PartnerId};
    let mut wanted = transaction::Entity::find()
        .filter(Id.gte(walk.first))
        .filter(Id.lt(walk.before));
    if let Some(partner_id) = walk.partner_id {
        wanted = wanted.filter(PartnerId.eq(partner_id));
    }
    wanted.order_by_desc(Id).limit(limit).fetch_all(db).await
}

/// These cards, of whichever partner, also those that were removed.
pub async fn cards(db: &impl Connection, ids: &[Uuid]) -> Result<Vec<card::Model>, DbErr> {
    card::Entity::find()
        .filter(card::Column::Id.is_in(ids.iter().copied()))
        .fetch_all(db)
        .await
}

/// The recipients' sides of these transactions, as far as they are transfers.
pub async fn transfers(
    db: &impl Connection,
    ids: &[TransactionId],
) -> Result<Vec<transfer::Model>, DbErr> {
    transfer::Entity::find()
        .filter(transfer::Column::TransactionId.is_in(ids.iter().copied()))
        .fetch_all(db)
        .await
}
