//! What is attached, and how an attachment is named.

use entity::ids::TransactionId;
use rpc_schema::values::{Expiry, Network, Pan, Phone};
use uuid::Uuid;

use crate::domain::inquiry::CardInfo;

/// The card to attach, as the holder gave it.
#[derive(Debug, Clone)]
pub struct CardDetails {
    pub pan: Pan,
    pub expiry: Expiry,
    pub phone: Phone,
    /// The network that the caller names.
    pub network: Option<Network>,
}

/// What the method does with a card that this partner has attached before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlreadyAttached {
    /// A family: refuses it with 1010.
    Refuse,
    /// B family: confirms it to its existing token.
    KeepToken,
}

/// A code is on its way to the holder.
#[derive(Debug, Clone)]
pub struct Attachment {
    pub card_id: Uuid,
    pub transaction_id: TransactionId,
    pub phone: Phone,
}

/// How a confirmation names the attachment.
#[derive(Debug, Clone, Copy)]
pub enum AttachKey {
    /// B family.
    Transaction(TransactionId),
    /// A family.
    Card(Uuid),
}

/// A card that is now attached.
#[derive(Debug, Clone)]
pub struct AttachedCard {
    pub token: Uuid,
    pub pan: Pan,
    pub phone: String,
    pub network: Network,
    pub info: CardInfo,
}
