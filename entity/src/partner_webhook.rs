//! Where a partner hears of what it was not told in a reply, and the secrets with which that is signed.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_webhook")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub partner_id: Uuid,
    pub url: String,
    /// The key of the vault that opens the secret.
    pub secret_key_id: String,
    /// The secret, encrypted for this row.
    pub secret_sealed: Vec<u8>,
    /// The secret before the last rotation, which signs too until `former_until`.
    pub former_key_id: Option<String>,
    pub former_sealed: Option<Vec<u8>>,
    /// UNIX milliseconds.
    pub former_until: Option<UnixMillis>,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
    /// Since when nothing is sent; UNIX milliseconds.
    pub off_at: Option<UnixMillis>,
    /// Who or what switched it off.
    pub off_cause: Option<String>,
    /// When the first try failed after the last one that succeeded; UNIX milliseconds.
    pub failing_since: Option<UnixMillis>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
