//! The days of cards that were fetched, with the sums from which totals are made.

use entity::card_day::{self, Column};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::database::{Connection, Run as _};

/// The days of the cards from `from` to `to`, both included. The primary key answers the query.
pub fn in_period(cards: &[Uuid], from: i32, to: i32) -> Select<card_day::Entity> {
    card_day::Entity::find()
        .filter(Column::CardId.is_in(cards.iter().copied()))
        .filter(Column::Day.between(from, to))
}

/// Stores days; a known day is replaced.
pub async fn save(db: &impl Connection, days: Vec<card_day::Model>) -> Result<(), DbErr> {
    let again = OnConflict::columns([Column::CardId, Column::Day])
        .update_columns([
            Column::TotalDebit,
            Column::TotalCredit,
            Column::Operations,
            Column::FetchedAt,
        ])
        .to_owned();
    let rows = days
        .into_iter()
        .map(|day| card_day::ActiveModel::from(day).reset_all());
    card_day::Entity::insert_many(rows)
        .on_conflict(again)
        .run(db)
        .await
        .map(drop)
}

/// Forgets that these days of a card were fetched, so that they are fetched again.
pub async fn forget(db: &impl Connection, card_id: Uuid, from: i32, to: i32) -> Result<(), DbErr> {
    card_day::Entity::delete_many()
        .filter(Column::CardId.eq(card_id))
        .filter(Column::Day.between(from, to))
        .run(db)
        .await
        .map(drop)
}
