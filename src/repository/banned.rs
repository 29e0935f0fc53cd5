//! Cards and phones that are banned from transfers.

use entity::banned::{self, Kind};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder,
};

use crate::database::{Connection, Fetch as _, Run as _};

/// Those that are banned of these cards and phones, by kind and keyed hash.
pub async fn among(
    db: &impl Connection,
    cards: &[Vec<u8>],
    phones: &[Vec<u8>],
) -> Result<Vec<(Kind, Vec<u8>)>, DbErr> {
    let of_kind = |kind, hashes: &[Vec<u8>]| {
        let is_one = banned::Column::Hash.is_in(hashes.iter().cloned());
        Condition::all()
            .add(banned::Column::Kind.eq(kind))
            .add(is_one)
    };
    let listed = Condition::any()
        .add(of_kind(Kind::Card, cards))
        .add(of_kind(Kind::Phone, phones));
    let rows = banned::Entity::find().filter(listed).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.hash)).collect())
}

/// Bans a card or phone. If it is already banned, the first reason stays.
pub async fn insert(db: &impl Connection, row: banned::Model) -> Result<(), DbErr> {
    let row: banned::ActiveModel = row.into();
    let known = OnConflict::columns([banned::Column::Kind, banned::Column::Hash])
        .do_nothing()
        .to_owned();
    let inserted = banned::Entity::insert(row.reset_all()).on_conflict(known);
    inserted.run(db).await.map(drop)
}

/// Lifts a ban. False: there was none.
pub async fn remove(db: &impl Connection, kind: Kind, hash: &[u8]) -> Result<bool, DbErr> {
    let deleted = banned::Entity::delete_by_id((kind, hash.to_vec()))
        .run(db)
        .await?;
    Ok(deleted > 0)
}

/// All bans, oldest first.
pub async fn all(db: &impl Connection) -> Result<Vec<banned::Model>, DbErr> {
    banned::Entity::find()
        .order_by_asc(banned::Column::CreatedAt)
        .fetch_all(db)
        .await
}
