//! A partner: a shop, wallet or school that calls the gateway.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// User name of the Basic authentication.
    pub name: String,
    /// Keyed hash of the secret. The secret itself is shown once and never stored.
    pub secret_mac: Vec<u8>,
    /// Keyed hash of the secret before it, which is right too until it is ended.
    pub former_secret_mac: Option<Vec<u8>>,
    /// When the former secret ends, UNIX milliseconds. `None`: when an operator ends it.
    pub former_until: Option<UnixMillis>,
    /// The blocks of addresses (CIDR) that it calls from; separated by spaces. Empty: any.
    pub addresses: String,
    /// The applications that it may name in SMS texts; separated by commas. `*`: any.
    pub applications: String,
    /// SHA-256 fingerprints of the certificates that it shows, in hexadecimal digits; separated by spaces. Empty: it needs none.
    pub certificates: String,
    /// Names of methods, `namespace.*` or `*`, and `pan.read`; separated by spaces.
    pub permissions: String,
    /// Debits of this amount (tiyin) or more need a code. `None`: the partner has no limit of its own.
    pub code_required_from: Option<i64>,
    /// The account at UZCARD under which its cards are attached.
    pub uzcard_account: String,
    /// The account at HUMO under which its cards pay.
    pub humo_account: String,
    /// UNIX milliseconds.
    pub disabled_at: Option<UnixMillis>,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
