//! What the commands on partners and bans work with.

use super::Failure;
use crate::config::Config;
use crate::database::Database;
use crate::environment::Environment;
use crate::start::open_vault;
use crate::vault::Vault;

/// The database, its schema up to date, and its vault.
pub(super) async fn open(
    config: &Config,
    environment: &Environment,
) -> Result<(Database, Vault), Failure> {
    let database = Database::open(&config.database).await?;
    database.migrate().await?;
    let vault = open_vault(config, config.profile(), &database, environment).await?;
    Ok((database, vault))
}
