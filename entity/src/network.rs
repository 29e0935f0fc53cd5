//! The card networks, as the tables store them.

use sea_orm::entity::prelude::*;

/// A card network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum Network {
    /// Reached through SVGate.
    #[sea_orm(string_value = "UZCARD")]
    Uzcard,
    /// Reached through its PaymentServer.
    #[sea_orm(string_value = "HUMO")]
    Humo,
}
