//! A person who signs in at the console, with an account of their own.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operator")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// The password's hash, with its parameters and its salt. `None`: the operator has yet to set one, with the code.
    pub password: Option<String>,
    /// Keyed hash of the one-time code with which the operator sets a password.
    pub code_mac: Option<Vec<u8>>,
    /// Until when the code works, UNIX milliseconds.
    pub code_until: Option<UnixMillis>,
    /// Failed sign-ins since the last good one.
    pub failures: i32,
    /// UNIX milliseconds.
    pub locked_until: Option<UnixMillis>,
    /// UNIX milliseconds.
    pub disabled_at: Option<UnixMillis>,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
    /// The last sign-in, UNIX milliseconds.
    pub signed_in_at: Option<UnixMillis>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What an operator may do. Each role may do all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Role {
    /// See everything, with masked cards.
    #[sea_orm(string_value = "look")]
    Look,
    /// Settle transactions, and acknowledge late answers.
    #[sea_orm(string_value = "settle")]
    Settle,
    /// End sign-ins, and disable operators.
    #[sea_orm(string_value = "administer")]
    Administer,
}
