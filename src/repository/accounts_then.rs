//! Under which accounts did a partner pay when the period began that this database lacks, and since?

use entity::network::Network;
use entity::time::UnixMillis;
use entity::transaction::Status;
use entity::{attachment, card, transaction, transfer};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use super::card as cards;
use crate::database::{Connection, Fetch as _};

/// Those at a network that the partner's transactions and credits name: of the last ones before the period, and of all since.
/// What was left earlier is no account of the period.
pub async fn accounts_of_partner(
    db: &impl Connection,
    partner_id: Uuid,
    network: Network,
    since: UnixMillis,
) -> Result<Vec<String>, DbErr> {
    let of_partner =
        || transaction::Entity::find().filter(transaction::Column::PartnerId.eq(partner_id));
    let before = || of_partner().filter(transaction::Column::CreatedAt.lt(since));
    let after = || of_partner().filter(transaction::Column::CreatedAt.gte(since));
    let paid = |rows: Select<transaction::Entity>| {
        rows.filter(transaction::Column::Network.eq(network))
            .select_only()
            .column(transaction::Column::Account)
    };
    let credited = |rows: Select<transaction::Entity>| {
        let ids = rows.select_only().column(transaction::Column::Id);
        transfer::Entity::find()
            .filter(transfer::Column::ToNetwork.eq(network))
            .filter(transfer::Column::TransactionId.in_subquery(ids.into_query()))
            .select_only()
            .column(transfer::Column::Account)
    };
    let last_paid = paid(before())
        .order_by_desc(transaction::Column::CreatedAt)
        .order_by_desc(transaction::Column::Id)
        .limit(1);
    let last_credited = credited(before())
        .order_by_desc(transfer::Column::TransactionId)
        .limit(1);
    let mut named: Vec<String> = last_paid.fetch_all_as(db).await?;
    named.extend::<Vec<String>>(last_credited.fetch_all_as(db).await?);
    named.extend::<Vec<String>>(paid(after()).distinct().fetch_all_as(db).await?);
    named.extend::<Vec<String>>(credited(after()).distinct().fetch_all_as(db).await?);
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// Those under which the partner had the card with this number attached: of its rows that were not removed before the period;
/// and those before, where it may have been attached anew since.
pub async fn accounts_of_card(
    db: &impl Connection,
    partner_id: Uuid,
    pan_hash: &[u8],
    since: UnixMillis,
) -> Result<Vec<String>, DbErr> {
    let kept = Condition::any()
        .add(card::Column::RemovedAt.is_null())
        .add(card::Column::RemovedAt.gte(since));
    let rows = card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::PanHash.eq(pan_hash))
        .filter(kept)
        .fetch_all(db)
        .await?;
    let attached_since = transaction::Entity::find()
        .filter(transaction::Column::PartnerId.eq(partner_id))
        .filter(transaction::Column::Status.eq(Status::Succeeded))
        .filter(transaction::Column::UpdatedAt.gte(since))
        .select_only()
        .column(transaction::Column::Id);
    let is_attached_anew = attachment::Entity::find()
        .filter(attachment::Column::PanHash.eq(pan_hash))
        .filter(attachment::Column::TransactionId.in_subquery(attached_since.into_query()))
        .fetch_count(db)
        .await?
        > 0;
    let mut named = Vec::new();
    for row in rows {
        if is_attached_anew {
            named.extend(cards::former_accounts(db, row.id).await?);
        }
        named.push(row.account);
    }
    named.sort_unstable();
    named.dedup();
    Ok(named)
}
