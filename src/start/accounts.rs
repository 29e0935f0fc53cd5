//! Is each account there that partners and open payments name? Without it nobody could pay, or find out how a payment ended.

use rpc_schema::values::Network;

use super::StartError;
use crate::config::Config;
use crate::database::Database;
use crate::domain::network::from_stored;
use crate::repository::accounts_in_use::accounts_in_use;

/// Refuses settings that lack an account which is in use. Of a network without an address nothing is asked.
///
/// # Errors
/// [`StartError::Account`]; the database failed.
pub async fn check(config: &Config, database: &Database) -> Result<(), StartError> {
    let (uzcard, humo) = (config.uzcard_accounts(), config.humo_accounts());
    let is_there = |network: Network, name: &str| {
        let known = match network {
            Network::Uzcard => uzcard.of(name).is_some(),
            Network::Humo => humo.of(name).is_some(),
        };
        known || !config.has(network)
    };
    for used in accounts_in_use(&**database).await? {
        let network = from_stored(used.network);
        if !is_there(network, &used.account) {
            let section = match network {
                Network::Uzcard => "uzcard",
                Network::Humo => "humo",
            };
            return Err(StartError::Account {
                section,
                name: used.account,
                whose: match used.partner {
                    Some(name) => format!("partner {name}"),
                    None => "a payment that is not finished".to_owned(),
                },
            });
        }
    }
    Ok(())
}
