//! What was debited from a card in the present hour and day, over all partners.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "card_spending")]
pub struct Model {
    /// Keyed hash of the card's number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pan_hash: Vec<u8>,
    /// The hour that is counted, from the UNIX epoch.
    pub hour: i64,
    pub hour_count: i64,
    /// Tiyin.
    pub hour_sum: i64,
    /// The day that is counted, `YYYYMMDD` in Tashkent time.
    pub day: i64,
    pub day_count: i64,
    /// Tiyin.
    pub day_sum: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
