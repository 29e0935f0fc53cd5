//! Failed logins of a user name from a source, and until when they are refused unseen.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_failure")]
pub struct Model {
    /// Keyed hash of name and source: it holds no text of whoever tries.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pair: Vec<u8>,
    pub failures: i32,
    /// When the first of them was, UNIX milliseconds.
    pub since: UnixMillis,
    /// UNIX milliseconds.
    pub locked_until: Option<UnixMillis>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
