//! Does this database lack a period? Orders are looked up while it is open, as far as the settings have their accounts.

use rpc_schema::values::Network;
use sea_orm::DbErr;

use crate::domain::day::stamp;
use crate::domain::network::to_stored;
use crate::gateway::Gateway;
use crate::repository::card as cards;
use crate::repository::lost_period as lost_periods;

/// Says in the log which periods are open, and which accounts the settings lack that their orders may have been made under.
///
/// # Errors
/// The database failed.
pub(super) async fn tell(gateway: &Gateway) -> Result<(), DbErr> {
    let db = &*gateway.database;
    let open = lost_periods::open(db).await?;
    for period in &open {
        tracing::warn!(
            id = period.id,
            since = stamp(period.since),
            until = stamp(period.until),
            "a lost period is open: an order whose extId is new is looked up before it is made. Let no account leave the settings \
             until `aloqa-gateway restored close`"
        );
    }
    if open.is_empty() {
        return Ok(());
    }
    let served = gateway.payments.served();
    for network in [Network::Uzcard, Network::Humo] {
        for account in cards::accounts(db, to_stored(network)).await? {
            if served.lacks(to_stored(network), &account) {
                tracing::warn!(
                    %network,
                    account,
                    "cards are attached under an account that the settings lack: what was ordered under it in the lost period \
                     cannot be asked for, and is answered with -32365. Set it again until the period is closed"
                );
            }
        }
    }
    Ok(())
}
