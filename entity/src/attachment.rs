//! What the attachment of a card needs when its code is confirmed.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub transaction_id: TransactionId,
    /// The id that the card will have.
    pub card_id: Uuid,
    pub pan_hash: Vec<u8>,
    pub pan_key_id: String,
    /// The number, encrypted and bound to its partner and `card_id`.
    pub pan_sealed: Vec<u8>,
    /// `YYMM`.
    pub expiry: String,
    /// SVGate's id of the code, if SVGate sent it; `None` if the gateway did.
    pub otp_request_id: Option<String>,
    /// SVGate's token of the card, if SVGate knew the card already and sent no code.
    pub network_token: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
