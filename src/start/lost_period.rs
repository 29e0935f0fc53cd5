//! Does this database lack a period? Orders are looked up while it is open, as far as the settings have their accounts.

use std::collections::BTreeSet;

use entity::network::Network::{Humo, Uzcard};
use sea_orm::DbErr;

use crate::domain::day::stamp;
use crate::domain::network::from_stored;
use crate::gateway::Gateway;
use crate::repository::accounts_then::accounts_of_partner;
use crate::repository::{card as cards, lost_period as lost_periods, partner as partners};

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
    let Some(since) = open.iter().map(|period| period.since).min() else {
        return Ok(());
    };
    let served = gateway.payments.served();
    let partners = partners::all(db).await?;
    for network in [Uzcard, Humo] {
        let mut named = BTreeSet::new();
        for partner in &partners {
            named.extend(accounts_of_partner(db, partner.id, network, since).await?);
        }
        // A card of HUMO is paid with under its partner's account, whichever one it was attached under.
        if network == Uzcard {
            named.extend(cards::accounts(db, network).await?);
        }
        for account in named {
            if served.lacks(network, &account) {
                tracing::warn!(
                    network = from_stored(network).name(),
                    account,
                    "the settings lack an account that was paid under: what was ordered under it in the lost period cannot be \
                     asked for, and is answered with -32365. Set it again until the period is closed"
                );
            }
        }
    }
    Ok(())
}
