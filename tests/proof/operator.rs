//! The operator, who settles from the network's own books what no look-up can find out.

use std::collections::HashSet;
use std::net::SocketAddr;

use entity::network::Network;
use entity::processing_request::{self, Action, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _};

use crate::gateway::Gateway;
use crate::records::{Execution, Movement, ledger, pans};

/// How long after its intent a hold may have been made, milliseconds.
const MADE_WITHIN_MS: i64 = 10_000;

/// Settles each lost hold of UZCARD by what the ledger says, and returns how many. The error is what the command said.
///
/// The creation of such a hold carries no reference of ours, so no look-up tells that it was not made. Until it is
/// settled, its card takes no other hold.
pub(crate) async fn resolve_holds(
    gateway: &Gateway,
    networks: SocketAddr,
) -> Result<usize, String> {
    let db = Database::connect(&gateway.database_url).await.unwrap();
    let manual = transaction::Entity::find()
        .filter(transaction::Column::Status.eq(Status::Manual))
        .all(&db)
        .await
        .unwrap();
    let holds = processing_request::Entity::find()
        .filter(processing_request::Column::Network.eq(Network::Uzcard))
        .filter(processing_request::Column::Action.eq(Action::Hold))
        .all(&db)
        .await
        .unwrap();
    db.close().await.unwrap();
    if manual.is_empty() {
        return Ok(0);
    }
    let mut claimed: HashSet<String> = holds
        .iter()
        .filter_map(|hold| hold.receipt.as_deref())
        .filter_map(|receipt| serde_json::from_str::<serde_json::Value>(receipt).ok())
        .filter_map(|receipt| receipt["network_id"].as_str().map(str::to_owned))
        .collect();
    let (pans, ledger) = (pans(&gateway.key_file()), ledger(networks).await);
    let mut resolved = 0;
    for transaction in manual {
        let lost = holds
            .iter()
            .find(|hold| hold.transaction_id == transaction.id && hold.state == State::Unknown);
        // Anything else is reported by the checker.
        let Some(lost) = lost else { continue };
        let fits = |row: &&Execution| {
            (row.network, row.movement, row.amount)
                == (Network::Uzcard, Movement::Hold, lost.amount)
                && pans.get(&lost.pan_hash) == Some(&row.pan.as_str())
                && (lost.sent_at..lost.sent_at + MADE_WITHIN_MS).contains(&UnixMillis(row.at))
                && !claimed.contains(&row.reference)
        };
        let made = ledger.iter().find(fits);
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
