//! A period whose rows were lost: an older copy of the database was restored.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lost_period")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When the copy was taken; UNIX milliseconds.
    pub since: UnixMillis,
    /// From when on nothing is missing any more; UNIX milliseconds.
    pub until: UnixMillis,
    /// Ids of transactions begin here again. Whatever lies between the last one of the copy and this one may have been
    /// given to somebody.
    pub first_id: TransactionId,
    /// UNIX milliseconds.
    pub marked_at: UnixMillis,
    /// Who marked it, and why.
    pub marked_by: String,
    /// Since then, new orders are taken for new without asking their network; UNIX milliseconds.
    pub closed_at: Option<UnixMillis>,
    /// Who closed it, and why.
    pub closed_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
