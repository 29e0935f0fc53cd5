//! An attached card of one partner.

use sea_orm::entity::prelude::*;

use crate::network::Network;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "card")]
pub struct Model {
    /// `token` of the B family, `cardId` of the A family.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub network: Network,
    /// Keyed hash of the number, by which the card is found.
    pub pan_hash: Vec<u8>,
    /// The key that seals the number.
    pub pan_key_id: String,
    /// The number, encrypted and bound to this row.
    pub pan_sealed: Vec<u8>,
    /// `YYMM`.
    pub expiry: String,
    /// SVGate's token; HUMO has none.
    pub network_token: Option<String>,
    /// The account at its network under which it was attached; SVGate's token is that account's.
    pub account: String,
    /// The phone that the network had on file when the card was attached.
    pub phone: String,
    /// The numeric code of its currency; 860 is the sum.
    pub currency: i32,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
    /// When its partner removed it, UNIX milliseconds. What was ordered with it goes on.
    pub removed_at: Option<UnixMillis>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
