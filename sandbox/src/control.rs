//! `/sandbox/…`: lets scripts inspect the networks and make them fail.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::{
    cards::{CARD_EXPIRY, Outcome},
    faults::ScriptedFault,
    history,
    http::Reply,
    journal::NotWritten,
    network::Network,
    simulator::Simulator,
    state::{Card, Change, State},
};

#[derive(Serialize)]
struct CardRow {
    pan: &'static str,
    expiry: &'static str,
    network: Network,
    owner: &'static str,
    phone: &'static str,
    /// The available balance, in tiyin.
    balance: i64,
    outcome: Outcome,
}

pub(crate) fn cards(simulator: &Simulator) -> Reply {
    let rows: Vec<CardRow> = simulator.read(|state| {
        let row = |card: Card<'_>| CardRow {
            pan: card.profile.pan,
            expiry: CARD_EXPIRY,
            network: card.profile.network,
            owner: card.profile.owner,
            phone: card.profile.phone,
            balance: card.account.available,
            outcome: card.profile.outcome,
        };
        state.cards().map(row).collect()
    });
    Reply::json(StatusCode::OK, &rows)
}

/// The messages to `?phone=998…`, newest last; without `phone`, all messages.
pub(crate) fn messages(simulator: &Simulator, query: Option<&str>) -> Reply {
    let phone = query.and_then(|query| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("phone="))
            .map(|phone| {
                let phone = phone
                    .strip_prefix("%2B")
                    .or_else(|| phone.strip_prefix("%2b"))
                    .unwrap_or(phone);
                phone.trim_start_matches('+')
            })
    });
    let messages = simulator.read(|state| match phone {
        Some(phone) => state.messages(phone).cloned().collect(),
        None => state.all_messages().to_vec(),
    });
    Reply::json(StatusCode::OK, &messages)
}

pub(crate) fn ledger(simulator: &Simulator) -> Reply {
    let rows = simulator.read(|state| state.ledger().to_vec());
    Reply::json(StatusCode::OK, &rows)
}

/// Where all the money is.
pub(crate) fn totals(simulator: &Simulator) -> Reply {
    Reply::json(StatusCode::OK, &simulator.read(State::totals))
}

/// The registered fiscal receipts, newest last.
pub(crate) fn receipts(simulator: &Simulator) -> Reply {
    let receipts = simulator.read(|state| state.receipts().to_vec());
    Reply::json(StatusCode::OK, &receipts)
}

/// Fills a card's history and replies with its number of operations.
pub(crate) fn fill_history(simulator: &Simulator, body: &[u8]) -> Reply {
    let request = match history::FillRequest::parse(body) {
        Ok(request) => request,
        Err(message) => return Reply::json(StatusCode::BAD_REQUEST, &json!({"error": message})),
    };
    let pan = request.pan();
    let filled = simulator.change(|state, now| {
        let fill = request.fill(state.next_id(), state.history().fills_of(pan), now);
        let change = Change {
            next_id: Some(fill.next_id()),
            fills: vec![fill],
            ..Change::default()
        };
        Ok((change, ()))
    });
    match filled {
        Ok(()) => {
            let operations = simulator.read(|state| state.history().count(pan));
            Reply::json(StatusCode::OK, &json!({"operations": operations}))
        }
        Err(NotWritten) => Reply::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"error": "the sandbox's state file can't be written"}),
        ),
    }
}

/// Queues a fault and replies with the number of calls that will fail.
pub(crate) fn script_fault(simulator: &Simulator, body: &[u8]) -> Reply {
    match ScriptedFault::parse(body) {
        Ok(fault) => {
            let mut faults = simulator.faults();
            faults.push(fault);
            Reply::json(StatusCode::OK, &json!({"pending": faults.pending()}))
        }
        Err(message) => Reply::json(StatusCode::BAD_REQUEST, &json!({"error": message})),
    }
}

pub(crate) fn clear_faults(simulator: &Simulator) -> Reply {
    simulator.faults().clear();
    Reply::json(StatusCode::OK, &json!({"pending": 0}))
}
