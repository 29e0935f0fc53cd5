//! The operators: one settles from the network's own books what no look-up can find out, others are in a hurry or mistaken.

use std::collections::HashSet;
use std::net::SocketAddr;

use aloqa_gateway::domain::call::Receipt;
use entity::network::Network;
use entity::processing_request::{self, Action, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use sea_orm::{
    ColumnTrait as _, Condition, Database, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::gateway::Gateway;
use crate::others::OthersDeed;
use crate::records::{Execution, Movement, ledger, pans};
use test_support::chance::Chance;

/// How long after its intent a hold may have been made, milliseconds: a network may have stood still meanwhile.
const MADE_WITHIN_MS: i64 = 30_000;

/// Settles each lost hold of UZCARD by what the ledger says. Returns how many, and what the command said where it did not
/// take it: under fire its own question may go unanswered.
///
/// The creation of such a hold carries no reference of ours, so no look-up tells that it was not made. Until it is
/// settled, its card takes no other hold.
pub(crate) async fn resolve_holds(gateway: &Gateway, networks: SocketAddr) -> (usize, Vec<String>) {
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
        return (0, Vec::new());
    }
    let mut claimed: HashSet<String> = holds
        .iter()
        .filter_map(|hold| hold.receipt.as_deref())
        .filter_map(|receipt| serde_json::from_str::<serde_json::Value>(receipt).ok())
        .filter_map(|receipt| receipt["network_id"].as_str().map(str::to_owned))
        .collect();
    let (pans, ledger) = (pans(&gateway.key_file()), ledger(networks).await);
    let (mut resolved, mut refused) = (0, Vec::new());
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
                && !is_over(&ledger, row)
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
        match gateway.command(&arguments).await {
            Ok(_) => resolved += 1,
            Err(said) => refused.push(said),
        }
    }
    (resolved, refused)
}

/// Whether nothing is held any more, so that there is nothing to claim.
fn is_over(ledger: &[Execution], hold: &Execution) -> bool {
    ledger.iter().any(|row| {
        (row.network, row.movement) == (hold.network, Movement::Release)
            && row.reference == hold.reference
    })
}

/// Settles each lost part of what somebody else has ended as a whole meanwhile: the reversal of a part of a payment of UZCARD
/// that was reversed, the charge of a part of a hold of HUMO that was charged. Returns how many; what is not taken yet, as
/// the call may still arrive, is taken later.
///
/// The networks then tell the end, and may mean the part by it: no look-up tells (docs/networks.md).
pub(crate) async fn resolve_overtaken_parts(
    gateway: &Gateway,
    networks: SocketAddr,
    others: &[OthersDeed],
) -> usize {
    let of = |network, movement| {
        let deeds = others.iter();
        deeds
            .filter(move |deed| (deed.network, deed.movement) == (network, movement))
            .map(|deed| deed.transaction_id)
    };
    use processing_request::Column;
    let reversed = Condition::all()
        .add(Column::Action.eq(Action::ReversePart))
        .add(Column::TransactionId.is_in(of(Network::Uzcard, Movement::Reverse)));
    let charged = Condition::all()
        .add(Column::Action.eq(Action::Capture))
        .add(Column::TransactionId.is_in(of(Network::Humo, Movement::Capture)));
    let db = Database::connect(&gateway.database_url).await.unwrap();
    let parts = processing_request::Entity::find()
        .filter(Column::State.eq(State::Unknown))
        .filter(Condition::any().add(reversed).add(charged))
        .all(&db)
        .await
        .unwrap();
    db.close().await.unwrap();
    if parts.is_empty() {
        return 0;
    }
    let ledger = ledger(networks).await;
    let pans = pans(&gateway.key_file());
    let mut resolved = 0;
    for part in parts {
        // A reversal that was carried out is found by its reference, a charge by its amount.
        let carried_out = ledger
            .iter()
            .any(|row| match part.action == Action::Capture {
                true => {
                    (row.network, row.movement, row.amount)
                        == (part.network, Movement::Capture, part.amount)
                        && pans.get(&part.pan_hash) == Some(&row.pan.as_str())
                        && row.at >= part.sent_at.0
                }
                false => row.reference == part.reference,
            });
        if carried_out {
            continue;
        }
        let id = part.transaction_id.to_string();
        let why = "not in the network's ledger";
        let arguments = [
            "transactions",
            "resolve",
            &id,
            "--as",
            "failed",
            "--reason",
            why,
        ];
        resolved += usize::from(gateway.command(&arguments).await.is_ok());
    }
    resolved
}

/// What is wrong with what an operator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mistake {
    /// That a call has failed, of which nobody knows that.
    Hasty,
    /// That it has succeeded, under a number that the network does not know.
    UnknownNumber,
    /// That it has succeeded, under the number of another payment.
    ForeignNumber,
}

/// Among how many of the latest open calls the hasty operator chooses.
const LATEST: u64 = 20;

/// Somebody settles an open call without having looked. What they said, and whether it was taken; `None` where nothing
/// is open.
pub(crate) async fn blunder(gateway: &Gateway, chance: &mut Chance) -> Option<(Mistake, bool)> {
    let db = Database::connect(&gateway.database_url).await.unwrap();
    let newest = |states: [State; 2]| {
        processing_request::Entity::find()
            .filter(processing_request::Column::State.is_in(states))
            .order_by_desc(processing_request::Column::Id)
            .limit(LATEST)
    };
    let open = newest([State::Unknown, State::Sent])
        .all(&db)
        .await
        .unwrap();
    let done = newest([State::Approved, State::Approved])
        .all(&db)
        .await
        .unwrap();
    db.close().await.unwrap();
    if open.is_empty() {
        return None;
    }
    let call = chance.pick(&open);
    let others: Vec<String> = done
        .iter()
        .filter(|other| {
            other.transaction_id != call.transaction_id
                && other.network == call.network
                && (other.action == Action::Hold) == (call.action == Action::Hold)
        })
        .filter_map(name)
        .collect();
    let mistakes = [
        Mistake::Hasty,
        Mistake::UnknownNumber,
        Mistake::ForeignNumber,
    ];
    let mistake = match *chance.pick(&mistakes) {
        Mistake::ForeignNumber if others.is_empty() => Mistake::Hasty,
        mistake @ (Mistake::Hasty | Mistake::UnknownNumber | Mistake::ForeignNumber) => mistake,
    };
    let number = match mistake {
        Mistake::Hasty => None,
        Mistake::UnknownNumber => Some(format!("{:012}", chance.between(1 << 36, 1 << 37))),
        Mistake::ForeignNumber => Some(chance.pick(&others).clone()),
    };
    let id = call.transaction_id.to_string();
    let mut arguments = vec![
        "transactions",
        "resolve",
        &id,
        "--reason",
        "they will be right",
    ];
    match &number {
        None => arguments.extend(["--as", "failed"]),
        Some(number) => arguments.extend(["--as", "succeeded", "--reference", number]),
    }
    Some((mistake, gateway.command(&arguments).await.is_ok()))
}

/// What a network calls the payment or hold of a call.
fn name(call: &processing_request::Model) -> Option<String> {
    let receipt: Receipt = serde_json::from_str(call.receipt.as_deref()?).ok()?;
    let name = match (call.network, call.action) {
        (Network::Uzcard, Action::Hold) | (Network::Humo, _) => receipt.network_id,
        (Network::Uzcard, _) => receipt.ref_num,
    };
    (!name.is_empty()).then_some(name)
}
