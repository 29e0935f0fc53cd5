//! The totals of a terminal of HUMO since its last reconciliation, once a day.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reconciliation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub terminal_id: String,
    /// The account at HUMO under which it is reconciled.
    pub account: String,
    /// The day in Tashkent, `YYYYMMDD`; unique with the terminal.
    pub day: i32,
    pub state: State,
    /// When it is tried next, UNIX milliseconds; while a gateway tries it, until when it is that gateway's alone.
    pub due_at: UnixMillis,
    /// How many tries have begun.
    pub tries: i32,
    /// Our reference of the last try.
    pub reference: Option<String>,
    /// HUMO's number of it, once it is created.
    pub payment_id: Option<String>,
    /// When its confirmation left for the first time, UNIX milliseconds. From then on it may be done.
    pub confirm_sent_at: Option<UnixMillis>,
    /// Whether HUMO does not know a confirmation that was sent before the last one: it may have ended a period unseen, so the
    /// totals are not the whole period's.
    pub is_partial: bool,
    /// When its answer was there, or it was given up; UNIX milliseconds.
    pub ended_at: Option<UnixMillis>,
    /// The answer's action code, where it has one: 500 in balance, 501 to 504 not.
    pub code: Option<String>,
    /// How many debits HUMO has,
    pub debits: Option<i64>,
    /// and their sum, tiyin.
    pub debited: Option<i64>,
    /// How many payments it has that were given back,
    pub reversals: Option<i64>,
    /// and their sum, tiyin.
    pub reversed: Option<i64>,
    /// Why the last try came to nothing.
    pub why: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How far a reconciliation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum State {
    /// To be made, or to be tried again.
    #[sea_orm(string_value = "open")]
    Open,
    /// HUMO has answered.
    #[sea_orm(string_value = "done")]
    Done,
    /// A period has ended, and nobody knows its totals: it was confirmed, and no answer came until the next one began, or the
    /// answer is not to the first confirmation.
    #[sea_orm(string_value = "lost")]
    Lost,
    /// It was not made: the period goes on.
    #[sea_orm(string_value = "failed")]
    Failed,
}
