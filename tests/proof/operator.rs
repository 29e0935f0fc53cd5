//! Who settles what nobody can find out by asking: the operator, who can look into the network's own books.

use std::collections::HashSet;

use entity::network::Network;
use entity::transaction::{Kind, Status};

use crate::gateway::Gateway;
use crate::records::{Executed, Movement, Stored};

/// How long after its intent a hold may have been made, milliseconds.
const MADE_WITHIN_MS: i64 = 10_000;

/// Settles each lost hold of UZCARD by what the ledger says; how many. The error is what the command said.
pub(crate) async fn resolve_holds(
    gateway: &Gateway,
    stored: &Stored,
    networks: &Executed,
) -> Result<usize, String> {
    let mut claimed: HashSet<String> = stored
        .requests
        .iter()
        .filter_map(|request| request.receipt.as_deref())
        .filter_map(|receipt| serde_json::from_str::<serde_json::Value>(receipt).ok())
        .filter_map(|receipt| receipt["network_id"].as_str().map(str::to_owned))
        .collect();
    let lost = stored.transactions.iter().filter(|transaction| {
        (transaction.status, transaction.kind, transaction.network)
            == (Status::Manual, Kind::Hold, Network::Uzcard)
    });
    let mut resolved = 0;
    for transaction in lost {
        let mut requests = stored.requests.iter();
        let request = requests
            .find(|request| request.transaction_id == transaction.id)
            .unwrap();
        let made = networks.ledger.iter().find(|row| {
            (row.network, row.movement) == (Network::Uzcard, Movement::Hold)
                && row.amount == request.amount
                && stored.pans.get(&request.pan_hash) == Some(&row.pan.as_str())
                && (request.sent_at..request.sent_at + MADE_WITHIN_MS).contains(&row.at)
                && !claimed.contains(&row.reference)
        });
        let id = transaction.id.to_string();
        let mut arguments = vec!["transactions", "resolve", &id];
        match made {
            Some(row) => {
                claimed.insert(row.reference.clone());
                arguments.extend(["--as", "succeeded", "--reference", &row.reference]);
            }
            None => arguments.extend(["--as", "failed"]),
        }
        arguments.extend(["--reason", "looked up in the network's ledger"]);
        gateway.command(&arguments).await?;
        resolved += 1;
    }
    Ok(resolved)
}
