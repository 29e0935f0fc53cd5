//! The gateways that serve on this database.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gateway_process")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The ids of the keys that it has, separated by blanks.
    pub vault_keys: String,
    /// When it last said so, UNIX milliseconds.
    pub seen_at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
