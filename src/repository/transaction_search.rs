//! How an operator finds transactions: by an exact id, or by a walk back through a period. The walk needs no index of its own:
//! a partner has one for its list, and the ids of all follow time.

use entity::ids::TransactionId;
use entity::processing_request::{self, Action};
use entity::time::UnixMillis;
use entity::{card, network, reversal, transaction, transfer};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, Iterable as _, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::transaction::Place;
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

/// A walk back through a period. Each step is read from an index in its order: nothing is sorted, whatever there is.
#[derive(Debug, Clone, Copy)]
pub enum Walk {
    /// Through all transactions, by their ids.
    OfAll {
        /// The first of the period.
        first: TransactionId,
        /// From where on it goes back; this one is not among them.
        before: TransactionId,
    },
    /// Through those of a partner, by the index of its list.
    OfPartner {
        partner_id: Uuid,
        /// When the period begins.
        from: UnixMillis,
        /// From where on it goes back; this one is not among them.
        before: Place,
    },
}

impl Walk {
    /// From behind the last transaction of a step.
    pub fn behind(self, last: &transaction::Model) -> Self {
        match self {
            Self::OfAll { first, .. } => Self::OfAll {
                first,
                before: last.id,
            },
            Self::OfPartner {
                partner_id, from, ..
            } => Self::OfPartner {
                partner_id,
                from,
                before: (last.created_at, last.id),
            },
        }
    }

    /// The next transactions, newest first.
    pub fn step(self, limit: u64) -> Select<transaction::Entity> {
        use transaction::Column::{CreatedAt, Id, PartnerId};
        let wanted = match self {
            Self::OfAll { first, before } => transaction::Entity::find()
                .filter(Id.gte(first))
                .filter(Id.lt(before))
                .order_by_desc(Id),
            Self::OfPartner {
                partner_id,
                from,
                before: (at, id),
            } => transaction::Entity::find()
                .filter(PartnerId.eq(partner_id))
                .filter(CreatedAt.gte(from))
                .filter(
                    Expr::tuple([Expr::col(CreatedAt), Expr::col(Id)])
                        .lt(Expr::tuple([Expr::value(at), Expr::value(id)])),
                )
                .order_by_desc(CreatedAt)
                .order_by_desc(Id),
        };
        wanted.limit(limit)
    }
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
