//! Cards and phones that are banned from transfers.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "banned")]
pub struct Model {
    /// What is banned.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: Kind,
    /// Keyed hash of the card's number or of the phone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// Why, for the operator.
    pub reason: String,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What is banned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum Kind {
    /// A card, by its number.
    #[sea_orm(string_value = "card")]
    Card,
    /// A person, by the phone.
    #[sea_orm(string_value = "phone")]
    Phone,
}
