//! The calls that are working on an `extId` whose transaction is not stored yet, and those that were refused lately.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ext_id_claim")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub partner_id: Uuid,
    /// The partner's own id of the order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ext_id: String,
    /// Names the call.
    pub owner: Uuid,
    /// Calls that are received from then on may take the `extId` over, UNIX milliseconds.
    pub until: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
