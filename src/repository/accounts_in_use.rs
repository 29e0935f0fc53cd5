//! Which accounts at the networks are in use, and by whom?

use entity::network::Network;
use sea_orm::DbErr;

use super::{partner, transaction as transactions};
use crate::database::Connection;

/// An account that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    pub network: Network,
    pub account: String,
    /// The partner that is under it; `None`: a payment that is not finished is.
    pub partner: Option<String>,
}

/// The accounts of partners that may call, and of what is not finished.
pub async fn accounts_in_use(db: &impl Connection) -> Result<Vec<InUse>, DbErr> {
    let mut all = Vec::new();
    let partners = partner::all(db).await?;
    for row in partners.into_iter().filter(|row| row.disabled_at.is_none()) {
        for (network, account) in [
            (Network::Uzcard, row.uzcard_account),
            (Network::Humo, row.humo_account),
        ] {
            all.push(InUse {
                network,
                account,
                partner: Some(row.name.clone()),
            });
        }
    }
    for open in transactions::open_accounts(db).await? {
        all.push(InUse {
            network: open.network,
            account: open.account,
            partner: None,
        });
    }
    Ok(all)
}
