//! I1 to I4, I8 and I9: G against P, and P against itself.

mod conservation;

use conservation::check_conservation;
use std::collections::{HashMap, HashSet};

use entity::ids::ProcessingRequestId;
use entity::network::Network;
use entity::processing_request::{self, Action, SettledBy, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use entity::transfer::{self, Fiscal};
use sandbox::TEST_CARDS;

use super::index::{
    Index, captured, is_forward, is_open, is_unsettled, moves_money, receipt, request_shown, shown,
};
use super::{Findings, Invariant};
use crate::gateway::HOLD_LIFETIME_MINUTES;
use crate::others::OthersDeed;
use crate::records::{Execution, Movement, Totals};

/// What identifies a ledger row: no other may have the same.
type Key = (Network, String, Movement);

/// What was executed in the name of each transaction.
pub(super) type CarriedOut<'a> = HashMap<i64, Vec<Matched<'a>>>;

pub(super) fn check<'a>(index: &Index<'a>, found: &mut Findings) -> CarriedOut<'a> {
    let intents = intents(index, found);
    let executed = executed(index, found);
    let matched = match_executions(index, &intents, &executed, found);
    let mut by_transaction = CarriedOut::new();
    for row in &matched {
        if let Some(id) = row.transaction_id {
            by_transaction.entry(id).or_default().push(*row);
        }
    }
    for transaction in index
        .transactions()
        .iter()
        .filter(|transaction| moves_money(transaction))
    {
        let rows = by_transaction.get(&transaction.id.0).into_iter().flatten();
        let executions: Vec<&Execution> = rows.map(|row| row.execution).collect();
        check_transaction(index, transaction, &executions, found);
    }
    check_requests(index, &intents, &executed, found);
    check_conservation(index, &matched, found);
    check_fiscal_receipts(index, found);
    by_transaction
}

/// The ledger row that each request leaves if it is carried out. A payment that HUMO has created leaves none before its
/// confirmation, and a cancelled one none at all; a hold of UZCARD has a name only once its reply was read.
///
/// An undo is requested again until it is done, under the same name: the one that was carried out counts. I2: each
/// execution is claimed by one request only.
fn intents<'a>(
    index: &Index<'a>,
    found: &mut Findings,
) -> HashMap<Key, &'a processing_request::Model> {
    let weight = |request: &processing_request::Model| match request.state {
        State::Approved => 2,
        State::Sent | State::Unknown => 1,
        State::Declined => 0,
    };
    let mut intents: HashMap<Key, &processing_request::Model> = HashMap::new();
    for request in &index.records.gateway.requests {
        let Some(key) = key(index, request) else {
            continue;
        };
        let Some(known) = intents.get(&key).copied() else {
            intents.insert(key, request);
            continue;
        };
        if weight(request) == 2 && weight(known) == 2 {
            found.add(
                Invariant::I2,
                request_shown(request),
                format!("claims the same execution as {}", request_shown(known)),
            );
        }
        if weight(request) > weight(known) {
            intents.insert(key, request);
        }
    }
    intents
}

fn key(index: &Index<'_>, request: &processing_request::Model) -> Option<Key> {
    let requests = index.requests(request.transaction_id.0);
    let of = |action: Action| requests.iter().find(|other| other.action == action);
    let created = requests.iter().find(|other| is_forward(other.action));
    let own = || Some(request.reference.clone());
    let creators = || created.map(|request| request.reference.clone());
    let hold_id = || {
        let hold = receipt(of(Action::Hold)?.receipt.as_ref())?;
        Some(hold.network_id)
    };
    // Finished when it was created, or found finished: not confirmed by us.
    let unconfirmed = || {
        request.state == State::Approved
            && of(Action::Confirm).is_none()
            && of(Action::Cancel).is_none()
    };
    let (movement, reference) = match (request.network, request.action) {
        (Network::Uzcard, Action::Pay) => (Movement::Pay, own()),
        (Network::Uzcard, Action::P2p) => (Movement::P2p, own()),
        (Network::Uzcard, Action::Hold) => (Movement::Hold, hold_id()),
        (Network::Uzcard, Action::Capture) => (Movement::Capture, own()),
        (Network::Uzcard, Action::Release | Action::Expire) => (Movement::Release, hold_id()),
        (Network::Uzcard, Action::Reverse) => {
            // Several charges of a hold may have been tried; the one that was carried out is reversed.
            let approved = |request: &&&processing_request::Model| request.state == State::Approved;
            let taken = requests
                .iter()
                .filter(approved)
                .find(|other| other.action == Action::Capture)
                .or(created);
            let charged_by_others = index
                .others(request.transaction_id.0, Movement::Capture)
                .map(str::to_owned);
            let taken = taken.map(|request| request.reference.clone());
            (Movement::Reverse, charged_by_others.or(taken))
        }
        // A part has a name of its own.
        (Network::Uzcard, Action::ReversePart) => (Movement::Reverse, own()),
        (Network::Humo, Action::Pay) if unconfirmed() => (Movement::Pay, own()),
        (Network::Humo, Action::P2p) if unconfirmed() => (Movement::P2p, own()),
        (Network::Uzcard, Action::Confirm | Action::Cancel)
        | (Network::Humo, Action::Pay | Action::P2p | Action::Cancel | Action::ReversePart) => {
            return None;
        }
        (Network::Humo, Action::Confirm) if created?.action == Action::P2p => {
            (Movement::P2p, creators())
        }
        (Network::Humo, Action::Confirm) => (Movement::Pay, creators()),
        (Network::Humo, Action::Hold) => (Movement::Hold, own()),
        (Network::Humo, Action::Capture) => (Movement::Capture, creators()),
        (Network::Humo, Action::Release | Action::Expire) => (Movement::Release, creators()),
        (Network::Humo, Action::Reverse) => (Movement::Reverse, creators()),
        (_, Action::Credit) => (Movement::Credit, own()),
    };
    Some((request.network, reference?, movement))
}

/// P's rows by their keys. I1: each is executed once.
fn executed<'a>(index: &Index<'a>, found: &mut Findings) -> HashMap<Key, &'a Execution> {
    let mut counted: HashMap<Key, Vec<&Execution>> = HashMap::new();
    for row in &index.records.networks.ledger {
        let key = (row.network, row.reference.clone(), row.movement);
        counted.entry(key).or_default().push(row);
    }
    for (key, rows) in &counted {
        if rows.len() > 1 {
            let (network, reference, movement) = key;
            found.add(
                Invariant::I1,
                format!("{network:?} {movement:?} {reference}"),
                format!("executed {} times: {rows:?}", rows.len()),
            );
        }
    }
    counted
        .into_iter()
        .map(|(key, rows)| (key, rows[0]))
        .collect()
}

/// An execution, and the transaction to which it belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matched<'a> {
    pub(super) execution: &'a Execution,
    transaction_id: Option<i64>,
    /// What asked for it; `None` if the network ended a hold by itself.
    pub(super) action: Option<Action>,
}

/// I3: each execution has its intent. I4: that intent says that it was carried out, or that nobody knows.
fn match_executions<'a>(
    index: &Index<'a>,
    intents: &HashMap<Key, &'a processing_request::Model>,
    executed: &HashMap<Key, &'a Execution>,
    found: &mut Findings,
) -> Vec<Matched<'a>> {
    let mut matched = Vec::new();
    let mut claimed = HashSet::new();
    let over = over_unseen(index, intents, executed, &mut claimed);
    for (key, execution) in executed {
        let (network, reference, movement) = key;
        if (
            *network,
            matches!(movement, Movement::Hold | Movement::Release),
        ) == (Network::Uzcard, true)
            && over.contains(reference)
        {
            continue;
        }
        if let Some(hold) = ended_by_itself(intents, executed, execution) {
            matched.push(Matched {
                execution,
                transaction_id: Some(hold.transaction_id.0),
                action: None,
            });
            continue;
        }
        if let (None, Some(transaction_id)) = (intents.get(key), others_deed(index, key)) {
            matched.push(Matched {
                execution,
                transaction_id: Some(transaction_id),
                action: None,
            });
            continue;
        }
        let request = intents
            .get(key)
            .copied()
            .or_else(|| nameless_hold(index, execution, &claimed));
        claimed.extend(request.map(|request| request.id));
        match request {
            None => found.add(
                Invariant::I3,
                format!("{execution:?}"),
                "no request in the gateway asks for this execution",
            ),
            Some(request)
                if request.state == State::Declined && others_deed(index, key).is_none() =>
            {
                found.add(
                    Invariant::I4,
                    request_shown(request),
                    format!("declined, and executed: {execution:?}"),
                );
            }
            Some(_) => {}
        }
        matched.push(Matched {
            execution,
            transaction_id: request.map(|request| request.transaction_id.0),
            action: request.map(|request| request.action),
        });
    }
    matched
}

/// The transaction to which others did this.
fn others_deed(index: &Index<'_>, (network, reference, movement): &Key) -> Option<i64> {
    let is_it = |deed: &&OthersDeed| {
        (deed.network, deed.movement) == (*network, *movement) && deed.reference == *reference
    };
    let deed = index.records.others.iter().find(is_it)?;
    Some(deed.transaction_id)
}

/// The hold of UZCARD that this release ended, if its time was over: the network then ends it without being asked.
fn ended_by_itself<'a>(
    intents: &HashMap<Key, &'a processing_request::Model>,
    executed: &HashMap<Key, &Execution>,
    release: &Execution,
) -> Option<&'a processing_request::Model> {
    if (release.network, release.movement) != (Network::Uzcard, Movement::Release) {
        return None;
    }
    let key = (Network::Uzcard, release.reference.clone(), Movement::Hold);
    let held_at = executed.get(&key)?.at;
    let over = held_at + HOLD_LIFETIME_MINUTES * 60_000;
    intents.get(&key).copied().filter(|_| release.at >= over)
}

/// A hold of UZCARD whose reply was never read can only be known by card, amount and time.
fn nameless_hold<'a>(
    index: &Index<'a>,
    execution: &Execution,
    claimed: &HashSet<ProcessingRequestId>,
) -> Option<&'a processing_request::Model> {
    if (execution.network, execution.movement) != (Network::Uzcard, Movement::Hold) {
        return None;
    }
    let fits = |request: &&processing_request::Model| {
        (request.network, request.action) == (Network::Uzcard, Action::Hold)
            && request.state != State::Approved
            && index.pan(&request.pan_hash) == Some(execution.pan.as_str())
            && request.amount == execution.amount
            && (request.sent_at - HOLD_BEFORE_MS..request.sent_at + HOLD_AFTER_MS)
                .contains(&UnixMillis(execution.at))
            && !claimed.contains(&request.id)
    };
    let rows = &index.records.gateway.requests;
    rows.iter().find(fits)
}

/// The holds of UZCARD that were over before anybody could find them, as their replies were lost and their network stood
/// still. It has ended them by itself, and the operator has said that there is none.
fn over_unseen(
    index: &Index<'_>,
    intents: &HashMap<Key, &processing_request::Model>,
    executed: &HashMap<Key, &Execution>,
    claimed: &mut HashSet<ProcessingRequestId>,
) -> HashSet<String> {
    let mut over = HashSet::new();
    for ((network, reference, movement), hold) in executed {
        let release = (*network, reference.clone(), Movement::Release);
        let named = (*network, reference.clone(), *movement);
        let released = executed
            .get(&release)
            .filter(|released| released.at >= hold.at + HOLD_LIFETIME_MINUTES * 60_000);
        if released.is_none() || intents.contains_key(&release) || intents.contains_key(&named) {
            continue;
        }
        let request = nameless_hold(index, hold, claimed).filter(|request| {
            (request.state, request.settled_by) == (State::Declined, Some(SettledBy::Operator))
        });
        if let Some(request) = request {
            claimed.insert(request.id);
            over.insert(reference.clone());
        }
    }
    over
}

/// How long before its intent's time a hold may be executed: both are one machine's clock.
const HOLD_BEFORE_MS: i64 = 5;
/// How long after its intent a hold may be executed, late executions included.
const HOLD_AFTER_MS: i64 = 30_000;

/// I2: what is approved was executed. I8: nothing is below one.
fn check_requests(
    index: &Index<'_>,
    intents: &HashMap<Key, &processing_request::Model>,
    executed: &HashMap<Key, &Execution>,
    found: &mut Findings,
) {
    for (key, request) in intents {
        if request.state == State::Approved && !executed.contains_key(key) {
            found.add(
                Invariant::I2,
                request_shown(request),
                "approved, and not in the ledger",
            );
        }
    }
    let nothing = |amount: i64| amount < 1;
    for request in &index.records.gateway.requests {
        if nothing(request.amount) {
            found.add(Invariant::I8, request_shown(request), "moves nothing");
        }
    }
    for execution in &index.records.networks.ledger {
        if nothing(execution.amount) {
            found.add(Invariant::I8, format!("{execution:?}"), "moves nothing");
        }
    }
}

/// What a transaction's final status says that the networks must have executed: movement, network, card, amount.
type Expected = Vec<(Movement, Network, String, i64)>;

/// All that a transaction may have come to at the networks; `None` while it is open.
fn expected(index: &Index<'_>, transaction: &transaction::Model) -> Option<Vec<Expected>> {
    let payer = index.payer(transaction).unwrap_or("unknown").to_owned();
    let recipient = index
        .recipient(transaction.id.0)
        .unwrap_or("unknown")
        .to_owned();
    let (network, amount) = (transaction.network, transaction.amount);
    let own = |movement| (movement, network, payer.clone(), amount);
    let nothing = || vec![Vec::new()];
    // What others did at the network is seen there, and in the row once the gateway has asked.
    let did = |movement| index.others(transaction.id.0, movement).is_some();
    let (reversed, charged) = (did(Movement::Reverse), did(Movement::Capture));
    let given_back = |taken: i64| -> Expected {
        let mut parts: Expected = index
            .reversals_of(transaction)
            .into_iter()
            .filter(|request| request.state == State::Approved)
            .map(|request| (Movement::Reverse, network, payer.clone(), request.amount))
            .collect();
        let rest = taken - parts.iter().map(|(.., amount)| amount).sum::<i64>();
        if rest < 0 {
            // More than was taken: the sums are wrong, which is told by itself.
            return vec![(Movement::Reverse, network, payer.clone(), taken)];
        }
        if rest > 0 && (reversed || transaction.status == Status::Reversed) {
            parts.push((Movement::Reverse, network, payer.clone(), rest));
        }
        parts
    };
    let expected = match (transaction.kind, transaction.status) {
        (_, Status::Processing | Status::Manual) => return None,
        (Kind::Attachment, _) | (_, Status::AwaitingCode) => nothing(),
        (Kind::Debit, Status::Succeeded | Status::Reversed) => {
            vec![[vec![own(Movement::Pay)], given_back(amount)].concat()]
        }
        (Kind::Debit | Kind::Hold, Status::Declined) => nothing(),
        (Kind::Hold, Status::Held) if charged => {
            let mut taken = vec![own(Movement::Hold), own(Movement::Capture)];
            taken.extend(reversed.then(|| own(Movement::Reverse)));
            vec![taken]
        }
        // Its time may be over at UZCARD, and the gateway has yet to ask.
        (Kind::Hold, Status::Held)
            if network == Network::Uzcard && !was_released(index, transaction) =>
        {
            vec![
                vec![own(Movement::Hold)],
                vec![own(Movement::Hold), own(Movement::Release)],
            ]
        }
        (Kind::Hold, Status::Held) => vec![vec![own(Movement::Hold)]],
        (Kind::Hold, Status::Succeeded | Status::Reversed) => {
            let taken = captured(transaction);
            let charged = (Movement::Capture, network, payer.clone(), taken);
            vec![[vec![own(Movement::Hold), charged], given_back(taken)].concat()]
        }
        (Kind::Hold, Status::Cancelled) => vec![vec![own(Movement::Hold), own(Movement::Release)]],
        (Kind::Hold, Status::Expired) if index.was(transaction.id.0, Status::Held) => {
            vec![vec![own(Movement::Hold), own(Movement::Release)]]
        }
        (Kind::Transfer, Status::Succeeded | Status::Declined) => match index.across(transaction) {
            None if transaction.status == Status::Declined => nothing(),
            None => vec![vec![own(Movement::P2p)]],
            Some(to) => {
                let total = amount + transaction.fee;
                let debit = (Movement::Pay, network, payer.clone(), total);
                let given_back = (Movement::Reverse, network, payer.clone(), total);
                if transaction.status == Status::Succeeded {
                    vec![vec![debit, (Movement::Credit, to, recipient, amount)]]
                } else {
                    vec![Vec::new(), vec![debit, given_back]]
                }
            }
        },
        (_, Status::Expired) => nothing(),
        // A transaction of this kind has no such status: the check of its path says so.
        (Kind::Debit, Status::Held | Status::Cancelled)
        | (Kind::Transfer, Status::Held | Status::Cancelled | Status::Reversed) => return None,
    };
    Some(expected)
}

/// Whether the gateway knows that a hold was released.
fn was_released(index: &Index<'_>, transaction: &transaction::Model) -> bool {
    index.requests(transaction.id.0).iter().any(|request| {
        matches!(request.action, Action::Release | Action::Expire)
            && request.state == State::Approved
    })
}

/// I2, I4 and I8 of one transaction: its status against what was executed in its name.
fn check_transaction(
    index: &Index<'_>,
    transaction: &transaction::Model,
    executions: &[&Execution],
    found: &mut Findings,
) {
    if moves_too_much(executions) {
        found.add(
            Invariant::I8,
            shown(transaction),
            format!(
                "charged more than was held, or gave back more than was charged: {executions:?}"
            ),
        );
        return;
    }
    check_sums(index, transaction, found);
    let forward = index
        .requests(transaction.id.0)
        .iter()
        .filter(|request| is_forward(request.action))
        .count();
    // Two charges are reported by I11.
    let Some(alternatives) = expected(index, transaction).filter(|_| forward <= 1) else {
        return;
    };
    let mut executed: Expected = executions
        .iter()
        .map(|row| (row.movement, row.network, row.pan.clone(), row.amount))
        .collect();
    executed.sort_unstable_by_key(|row| (row.0, row.3));
    let same = |expected: &Expected| {
        let mut expected = expected.clone();
        expected.sort_unstable_by_key(|row| (row.0, row.3));
        expected == executed
    };
    if alternatives.iter().any(same) {
        return;
    }
    let missing = |expected: &Expected| expected.iter().any(|row| !executed.contains(row));
    let invariant = if alternatives.iter().all(missing) {
        Invariant::I2
    } else {
        Invariant::I4
    };
    found.add(
        invariant,
        shown(transaction),
        format!("the status means {alternatives:?}, and the networks executed {executions:?}"),
    );
}

/// I2: a payment is reversed once all of it was given back, and its row tells how much was.
fn check_sums(index: &Index<'_>, transaction: &transaction::Model, found: &mut Findings) {
    let taken = matches!(transaction.status, Status::Succeeded | Status::Reversed);
    if transaction.kind == Kind::Transfer || !taken {
        return;
    }
    let of_all = index.reversals_of(transaction).into_iter();
    let approved = of_all.filter(|request| request.state == State::Approved);
    let given_back: i64 = approved.map(|request| request.amount).sum();
    let (told, reserved) = (transaction.reversed.unwrap_or(0), transaction.reversing);
    let all = given_back > 0 && given_back == captured(transaction);
    if (told, reserved) != (given_back, 0) || all != (transaction.status == Status::Reversed) {
        found.add(
            Invariant::I2,
            shown(transaction),
            format!(
                "{given_back} was given back, and its row tells {told}, and {reserved} reserved"
            ),
        );
    }
}

/// I8: Σ charged ≤ Σ held, Σ reversed ≤ Σ charged.
fn moves_too_much(executions: &[&Execution]) -> bool {
    let sum = |movements: &[Movement]| -> i64 {
        let rows = executions
            .iter()
            .filter(|row| movements.contains(&row.movement));
        rows.map(|row| row.amount).sum()
    };
    let held = sum(&[Movement::Hold]);
    let charged = sum(&[Movement::Pay, Movement::Capture, Movement::P2p]);
    // If the payment of a reversal is missing altogether, that is reported as the missing payment.
    let has = |movement| executions.iter().any(|row| row.movement == movement);
    (has(Movement::Hold) && sum(&[Movement::Capture, Movement::Release]) > held)
        || (charged > 0 && sum(&[Movement::Reverse]) > charged)
        || (has(Movement::Pay) && sum(&[Movement::Credit]) > charged)
}

/// I2, I3 and I4 of the fiscal service: a fee is registered once the transfer has succeeded, and never otherwise.
fn check_fiscal_receipts(index: &Index<'_>, found: &mut Findings) {
    let id_of = |side: &transfer::Model, transaction: &transaction::Model| {
        let named = side.fiscal_receipt_id.clone();
        named.unwrap_or_else(|| format!("aloqa-{}-{}", transaction.id, transaction.created_at))
    };
    let receipts = &index.records.networks.receipts;
    let registered: HashMap<&str, i64> = receipts
        .iter()
        .map(|receipt| (receipt.receipt_id.as_str(), receipt.amount))
        .collect();
    let mut known = HashSet::new();
    for side in &index.records.gateway.transfers {
        let Some(transaction) = index.transaction(side.transaction_id.0) else {
            continue;
        };
        let id = id_of(side, transaction);
        let amount = registered.get(id.as_str()).copied();
        let fault = match (side.fiscal, amount) {
            (Fiscal::None, Some(_)) => {
                Some((Invariant::I4, "has no fiscal receipt, and it is registered"))
            }
            (Fiscal::Registered, None) => {
                Some((Invariant::I2, "its fiscal receipt is not registered"))
            }
            (Fiscal::Due | Fiscal::Registered | Fiscal::Refused, Some(amount))
                if amount != transaction.fee =>
            {
                Some((Invariant::I2, "its fiscal receipt is of another fee"))
            }
            (Fiscal::Due | Fiscal::Registered | Fiscal::Refused, _)
                if transaction.status != Status::Succeeded =>
            {
                Some((Invariant::I4, "has a fiscal receipt, and has not succeeded"))
            }
            (Fiscal::None | Fiscal::Due | Fiscal::Registered | Fiscal::Refused, _) => None,
        };
        if let Some((invariant, why)) = fault {
            found.add(
                invariant,
                shown(transaction),
                format!("{why}: {id} {amount:?}"),
            );
        }
        known.insert(id);
    }
    for receipt in receipts {
        if !known.contains(&receipt.receipt_id) {
            found.add(
                Invariant::I3,
                format!("{receipt:?}"),
                "no transfer has this fiscal receipt",
            );
        }
    }
}
