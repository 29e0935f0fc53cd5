//! How far somebody is ahead of a rate (GCRA): the theoretical arrival time of the next unit.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// Keyed hash of what is limited, and of whom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// UNIX microseconds.
    pub tat: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
