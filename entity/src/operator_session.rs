//! A sign-in of an operator that has not ended.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operator_session")]
pub struct Model {
    /// Keyed hash of the token, which only the browser has.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_mac: Vec<u8>,
    pub operator_id: Uuid,
    /// The address from which the operator has signed in.
    pub source: String,
    /// UNIX milliseconds.
    pub opened_at: UnixMillis,
    /// When a page was last asked for, to the minute; UNIX milliseconds.
    pub seen_at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
