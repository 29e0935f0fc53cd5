//! `/sandbox/…`: what scripts look at and how they make the networks misbehave.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::{
    cards::{CARD_EXPIRY, Outcome},
    faults::Fault,
    history,
    http::Reply,
    journal::NotWritten,
    network::Network,
    state::{Card, Change, Data},
    world::World,
};

#[derive(Serialize)]
struct CardRow {
    pan: &'static str,
    expiry: &'static str,
    network: Network,
    owner: &'static str,
    phone: &'static str,
    /// The money available now.
    balance: i64,
    outcome: Outcome,
}

pub(crate) fn cards(world: &World) -> Reply {
    let rows: Vec<CardRow> = world.read(|data| {
        let row = |card: Card<'_>| CardRow {
            pan: card.sheet.pan,
            expiry: CARD_EXPIRY,
            network: card.sheet.network,
            owner: card.sheet.owner,
            phone: card.sheet.phone,
            balance: card.account.available,
            outcome: card.sheet.outcome,
        };
        data.cards().map(row).collect()
    });
    Reply::json(StatusCode::OK, &rows)
}

/// The messages to `?phone=998…`, newest last; without it those to all phones.
pub(crate) fn messages(world: &World, query: Option<&str>) -> Reply {
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
    let messages = world.read(|data| match phone {
        Some(phone) => data.messages(phone).cloned().collect(),
        None => data.all_messages().to_vec(),
    });
    Reply::json(StatusCode::OK, &messages)
}

pub(crate) fn ledger(world: &World) -> Reply {
    let rows = world.read(|data| data.ledger().to_vec());
    Reply::json(StatusCode::OK, &rows)
}

/// All money by where it is.
pub(crate) fn totals(world: &World) -> Reply {
    Reply::json(StatusCode::OK, &world.read(Data::totals))
}

/// What the fiscal service has registered, newest last.
pub(crate) fn receipts(world: &World) -> Reply {
    let receipts = world.read(|data| data.receipts().to_vec());
    Reply::json(StatusCode::OK, &receipts)
}

/// Fills a card's history and answers how many operations the card has now.
pub(crate) fn fill_history(world: &World, body: &[u8]) -> Reply {
    let request = match history::Request::parse(body) {
        Ok(request) => request,
        Err(message) => return Reply::json(StatusCode::BAD_REQUEST, &json!({"error": message})),
    };
    let pan = request.pan();
    let filled = world.change(|data, now| {
        let fill = request.fill(data.next_id(), data.history().fills_of(pan), now);
        let change = Change {
            next_id: Some(fill.next_id()),
            fills: vec![fill],
            ..Change::default()
        };
        Ok((change, ()))
    });
    match filled {
        Ok(()) => {
            let operations = world.read(|data| data.history().count(pan));
            Reply::json(StatusCode::OK, &json!({"operations": operations}))
        }
        Err(NotWritten) => Reply::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"error": "the sandbox's state file can't be written"}),
        ),
    }
}

/// Queues a fault and answers how many calls are scripted now.
pub(crate) fn script_fault(world: &World, body: &[u8]) -> Reply {
    match Fault::parse(body) {
        Ok(fault) => {
            let mut faults = world.faults();
            faults.push(fault);
            Reply::json(StatusCode::OK, &json!({"pending": faults.pending()}))
        }
        Err(message) => Reply::json(StatusCode::BAD_REQUEST, &json!({"error": message})),
    }
}

pub(crate) fn clear_faults(world: &World) -> Reply {
    world.faults().clear();
    Reply::json(StatusCode::OK, &json!({"pending": 0}))
}
