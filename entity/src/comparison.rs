//! What a comparison of a day with a network's own books has found.

use sea_orm::entity::prelude::*;

use crate::network::Network;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comparison")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The day in Tashkent that was compared, counted from 1970-01-01.
    pub day: i32,
    /// With whose books.
    pub network: Network,
    /// When it had ended; UNIX milliseconds.
    pub at: UnixMillis,
    /// Who has run it.
    pub who: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it is incomplete.
    pub why: Option<String>,
    /// How many rows there were of each class.
    pub matched: i64,
    pub ours_only: i64,
    pub theirs_only: i64,
    pub differing: i64,
    pub unsettled: i64,
    /// How many of the unsettled ones are overdue.
    pub overdue: i64,
    pub unanswered: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Outcome {
    /// All rows match, but for those that recovery still works on.
    #[sea_orm(string_value = "matched")]
    Matched,
    /// Somebody has to look.
    #[sea_orm(string_value = "look")]
    Look,
    /// Not everything could be compared: it says nothing of what was not.
    #[sea_orm(string_value = "incomplete")]
    Incomplete,
}
