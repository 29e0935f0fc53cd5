//! What a key of the vault is used for. A key without a row encrypts if the key files say so.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vault_key_use")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// Since when all gateways encrypt with it, UNIX milliseconds; the latest counts.
    pub current_since: Option<UnixMillis>,
    /// Since when nothing is encrypted with it any more, so that key files may lack it; UNIX milliseconds.
    pub retired_at: Option<UnixMillis>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
