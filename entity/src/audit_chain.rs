//! Where each chain of the audit log ends. It is written with the rows, and cannot be made up without the key.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_chain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// UNIX milliseconds.
    pub opened_at: UnixMillis,
    /// The number of its last row.
    pub seq: i64,
    /// The keyed hash of its last row.
    pub mac: Vec<u8>,
    /// A keyed hash over all of this: who removes the last rows cannot write one for an earlier row.
    pub proof: Vec<u8>,
    /// The moment of its last row, UNIX milliseconds.
    pub at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
