//! What is absent, by configuration, and what follows from that.

use rpc_schema::values::Network;
use sea_orm::DbErr;

use crate::domain::network::to_stored;
use crate::gateway::Gateway;
use crate::repository::request;
use crate::rules::Connected;

/// Says in the log what this gateway does not do, and which calls nobody can look up.
///
/// # Errors
/// The database failed.
pub(super) async fn tell(gateway: &Gateway) -> Result<(), DbErr> {
    let connected = gateway.rules.connected;
    let unknown = request::unknown(&*gateway.database, gateway.clock.now()).await?;
    for network in [Network::Uzcard, Network::Humo] {
        if connected.has(network) {
            continue;
        }
        tracing::info!(%network, "has no address: its cards are refused with -32374");
        let here = unknown.iter().find(|row| row.network == to_stored(network));
        if let Some(open) = here.map(|row| row.requests) {
            tracing::warn!(
                %network,
                open,
                "calls are open at a network without an address, and nobody finds out how they ended: set its address until \
                 they are settled"
            );
        }
    }
    if !connected.sms {
        tracing::info!(
            "sms.url is not set: no codes are sent, and what needs one is refused with -32349"
        );
        if connected.humo {
            tracing::warn!("cards of HUMO are attached by a code, so without sms.url none can be");
        }
    }
    if !connected.fiscal {
        tracing::info!("fiscal.url is not set: the fees of transfers get no receipts");
    }
    Ok(())
}

/// The servers outside that are there, and those that are not, for whoever reads the first lines of a start.
pub fn in_words(connected: Connected) -> String {
    let servers = [
        ("UZCARD", connected.uzcard),
        ("HUMO", connected.humo),
        ("SMS", connected.sms),
        ("fiscal receipts", connected.fiscal),
    ];
    let those = |there: bool| {
        let names = servers.iter().filter(|(_, is_there)| *is_there == there);
        names.map(|(name, _)| *name).collect::<Vec<_>>()
    };
    match those(false).as_slice() {
        [] => those(true).join(", "),
        absent => format!("{}; absent: {}", those(true).join(", "), absent.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_named_and_what_is_not() {
        let all = Connected {
            uzcard: true,
            humo: true,
            sms: true,
            fiscal: true,
        };
        assert_eq!(in_words(all), "UZCARD, HUMO, SMS, fiscal receipts");
        let some = Connected {
            humo: false,
            fiscal: false,
            ..all
        };
        assert_eq!(in_words(some), "UZCARD, SMS; absent: HUMO, fiscal receipts");
    }
}
