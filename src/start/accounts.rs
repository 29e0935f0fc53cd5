//! Is each account there that partners and open payments name? Without it nobody could pay, or find out how a payment ended.

use rpc_schema::values::Network;
use sea_orm::DbErr;

use super::StartError;
use crate::config::Config;
use crate::database::Database;
use crate::domain::network::from_stored;
use crate::repository::{partner, transaction};

/// Refuses settings that lack an account which is in use. Of a network without an address nothing is asked.
///
/// # Errors
/// [`StartError::Account`]; the database failed.
pub(super) async fn check(config: &Config, database: &Database) -> Result<(), StartError> {
    let (uzcard, humo) = (config.uzcard_accounts(), config.humo_accounts());
    let is_there = |network: Network, name: &str| {
        let known = match network {
            Network::Uzcard => uzcard.of(name).is_some(),
            Network::Humo => humo.of(name).is_some(),
        };
        known || !config.has(network)
    };
    for (network, name, whose) in named(database).await? {
        if !is_there(network, &name) {
            let section = match network {
                Network::Uzcard => "uzcard",
                Network::Humo => "humo",
            };
            return Err(StartError::Account {
                section,
                name,
                whose,
            });
        }
    }
    Ok(())
}

/// The accounts that are in use, and by whom.
async fn named(database: &Database) -> Result<Vec<(Network, String, String)>, DbErr> {
    let mut named = Vec::new();
    for row in partner::all(&**database).await? {
        if row.disabled_at.is_none() {
            let whose = format!("partner {}", row.name);
            named.push((Network::Uzcard, row.uzcard_account, whose.clone()));
            named.push((Network::Humo, row.humo_account, whose));
        }
    }
    for row in transaction::open_accounts(&**database).await? {
        let whose = "a payment that is not finished".to_owned();
        named.push((from_stored(row.network), row.account, whose));
    }
    Ok(named)
}
