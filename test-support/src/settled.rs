//! The check that nothing is left hanging.

use std::collections::HashMap;

use aloqa_gateway::database::Fetch as _;
use entity::ids::TransactionId;
use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Kind, Status};
use entity::transaction_event;
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::TestApp;

impl TestApp {
    /// Nothing hangs in the whole database: a transaction is `processing` exactly while one of its calls is unsettled,
    /// and its events lead without a gap to the status that it has.
    pub async fn assert_settled(&self) {
        let database = &*self.running.gateway.database;
        let rows = transaction::Entity::find()
            .fetch_all(database)
            .await
            .unwrap();
        let requests = processing_request::Entity::find()
            .fetch_all(database)
            .await
            .unwrap();
        let events = transaction_event::Entity::find().order_by_asc(transaction_event::Column::Seq);
        let events = events.fetch_all(database).await.unwrap();
        let mut requests_of: HashMap<TransactionId, Vec<processing_request::Model>> =
            HashMap::new();
        for request in requests {
            requests_of
                .entry(request.transaction_id)
                .or_default()
                .push(request);
        }
        let mut events_of: HashMap<TransactionId, Vec<transaction_event::Model>> = HashMap::new();
        for event in events {
            events_of
                .entry(event.transaction_id)
                .or_default()
                .push(event);
        }
        for row in &rows {
            let requests = requests_of.remove(&row.id).unwrap_or_default();
            let events = events_of.remove(&row.id).unwrap_or_default();
            assert_row_settled(row, &requests, &events);
        }
    }

    /// The same of one transaction, for tests that run so many that reading all of them each time would take longer than
    /// the runs.
    pub async fn assert_transaction_settled(&self, transaction_id: i64) {
        let database = &*self.running.gateway.database;
        let requests = processing_request::Entity::find()
            .filter(processing_request::Column::TransactionId.eq(transaction_id));
        let requests = requests.fetch_all(database).await.unwrap();
        let events = transaction_event::Entity::find()
            .filter(transaction_event::Column::TransactionId.eq(transaction_id))
            .order_by_asc(transaction_event::Column::Seq);
        let events = events.fetch_all(database).await.unwrap();
        assert_row_settled(&self.row(transaction_id).await, &requests, &events);
    }
}

fn assert_row_settled(
    row: &transaction::Model,
    requests: &[processing_request::Model],
    events: &[transaction_event::Model],
) {
    let id = row.id;
    let unsettled = requests.iter().filter(|request| match request.state {
        State::Sent | State::Unknown => true,
        State::Approved | State::Declined => false,
    });
    match row.status {
        Status::Processing => {
            assert_eq!(unsettled.count(), 1, "transaction {id} is processing");
        }
        Status::Manual => {}
        Status::AwaitingCode
        | Status::Held
        | Status::Succeeded
        | Status::Declined
        | Status::Cancelled
        | Status::Reversed
        | Status::Expired => {
            assert_eq!(unsettled.count(), 0, "transaction {id} is {:?}", row.status);
        }
    }
    assert_sums(row, requests);
    let mut status = None;
    let mut last = 0;
    for event in events {
        last += 1;
        assert_eq!(
            (event.seq, &event.from_status),
            (last, &status),
            "events of transaction {id}"
        );
        status = Some(event.to_status.clone());
    }
    assert_eq!(
        (last, status),
        (row.version, Some(row.status.to_value())),
        "events of transaction {id}"
    );
}

/// What the columns say was given back, and is being, is what its calls say, and no more than was taken.
fn assert_sums(row: &transaction::Model, requests: &[processing_request::Model]) {
    let id = row.id;
    let sum = |actions: &[Action], states: &[State]| -> i64 {
        requests
            .iter()
            .filter(|call| actions.contains(&call.action) && states.contains(&call.state))
            .map(|call| call.amount)
            .sum()
    };
    let reversals = [Action::Reverse, Action::ReversePart];
    let (reversed, reversing) = match row.kind {
        Kind::Debit | Kind::Hold => (
            sum(&reversals, &[State::Approved]),
            sum(&reversals, &[State::Sent, State::Unknown]),
        ),
        // What is given back of a transfer is so because it failed.
        Kind::Transfer | Kind::Attachment => (0, 0),
    };
    assert_eq!(
        (row.reversed.unwrap_or(0), row.reversing),
        (reversed, reversing),
        "given back of transaction {id}"
    );
    let captured = row.captured.unwrap_or(row.amount);
    assert!(captured <= row.amount, "transaction {id}");
    assert!(reversed + reversing <= captured, "transaction {id}");
    // An attachment has no amount.
    let all = reversed > 0 && reversed == captured;
    if matches!(row.kind, Kind::Debit | Kind::Hold) {
        assert_eq!(row.status == Status::Reversed, all, "transaction {id}");
    }
    if let Some(captured) = row.captured {
        let taken = sum(&[Action::Capture], &[State::Approved]);
        assert_eq!(captured, taken, "taken of transaction {id}");
    }
}
