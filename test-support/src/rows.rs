//! The rows of the gateway's database, for what no partner can see.

use aloqa_gateway::database::{Fetch as _, Run as _};
use aloqa_gateway::repository::transaction as transactions;
use entity::ids::TransactionId;
use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Status};
use entity::{audit, card, ext_id_claim, operation, transaction_event, transfer};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::{Value, json};

use crate::{Direction, TestApp, TestCard};

impl TestApp {
    /// How many cards are attached, of all partners.
    pub async fn cards_stored(&self) -> u64 {
        let database = &self.running.gateway.database;
        card::Entity::find().fetch_count(&**database).await.unwrap()
    }

    /// How many transactions there are, attachments too.
    pub async fn transactions_stored(&self) -> u64 {
        let database = &self.running.gateway.database;
        transaction::Entity::find()
            .fetch_count(&**database)
            .await
            .unwrap()
    }

    /// How many transactions there are, attachments included.
    pub async fn transaction_count(&self) -> usize {
        transaction::Entity::find()
            .fetch_all(&*self.running.gateway.database)
            .await
            .unwrap()
            .len()
    }

    /// The ids of all transactions, in their order.
    pub async fn transaction_ids(&self) -> Vec<i64> {
        let all = transaction::Entity::find().order_by_asc(transaction::Column::Id);
        let rows = all.fetch_all(&*self.running.gateway.database).await;
        rows.unwrap().iter().map(|row| row.id.0).collect()
    }

    /// The row of a transaction.
    pub async fn row(&self, transaction_id: i64) -> transaction::Model {
        let database = &self.running.gateway.database;
        transaction::Entity::find_by_id(TransactionId(transaction_id))
            .fetch_one(&**database)
            .await
            .unwrap()
            .unwrap()
    }

    /// The row of the demo partner's transaction with this id of its own.
    pub async fn row_of(&self, ext_id: &str) -> transaction::Model {
        let found = self
            .result("transactions.get", json!({"extId": ext_id}))
            .await;
        self.row(found["transactionId"].as_i64().unwrap()).await
    }

    /// The newest transaction.
    pub async fn last_transaction(&self) -> transaction::Model {
        let database = &self.running.gateway.database;
        let newest = transaction::Entity::find().order_by_desc(transaction::Column::Id);
        newest.fetch_one(&**database).await.unwrap().unwrap()
    }

    /// The `extId`s on which calls are working, or were when they died, whose transaction is not stored.
    pub async fn claimed(&self) -> Vec<String> {
        let living = ext_id_claim::Column::Until.gt(self.now());
        let claims = ext_id_claim::Entity::find().filter(living);
        let claims = claims
            .fetch_all(&*self.running.gateway.database)
            .await
            .unwrap();
        claims.into_iter().map(|claim| claim.ext_id).collect()
    }

    /// No `extId` is kept from other calls.
    pub async fn assert_nothing_claimed(&self) {
        assert_eq!(self.claimed().await, [""; 0]);
    }

    /// Waits until a call works on this `extId`.
    pub async fn until_claimed(&self, ext_id: &str) {
        for _ in 0..1_000 {
            if self.claimed().await.iter().any(|claimed| claimed == ext_id) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        }
        panic!("nobody works on {ext_id}");
    }

    /// Orders a transfer that succeeds or waits for its code; the transaction's number.
    pub async fn transferred(&self, direction: Direction, params: Value) -> i64 {
        self.result(direction.method, params).await;
        self.last_transaction().await.id.0
    }

    /// The statuses that a transaction has gone through, as its events tell.
    pub async fn statuses(&self, transaction_id: i64) -> Vec<String> {
        let events = transaction_event::Entity::find()
            .filter(transaction_event::Column::TransactionId.eq(transaction_id))
            .order_by_asc(transaction_event::Column::Seq);
        let events = events
            .fetch_all(&*self.running.gateway.database)
            .await
            .unwrap();
        events.into_iter().map(|event| event.to_status).collect()
    }

    /// The calls of a transaction to its network as `ACTION STATE`, oldest first.
    pub async fn requests(&self, transaction_id: i64) -> Vec<String> {
        let database = &self.running.gateway.database;
        let rows = processing_request::Entity::find().order_by_asc(processing_request::Column::Id);
        let rows = rows.fetch_all(&**database).await.unwrap();
        rows.iter()
            .filter(|row| row.transaction_id.0 == transaction_id)
            .map(|row| format!("{} {}", row.action.to_value(), row.state.to_value()))
            .collect()
    }

    /// The rows of a transaction's calls to its network, oldest first.
    pub async fn request_rows(&self, transaction_id: i64) -> Vec<processing_request::Model> {
        let database = &*self.running.gateway.database;
        let mut rows = processing_request::Entity::find()
            .fetch_all(database)
            .await
            .unwrap();
        rows.retain(|row| row.transaction_id.0 == transaction_id);
        rows.sort_by_key(|row| row.id);
        rows
    }

    /// The calls of a transaction as their rows keep them: action, reference, amount; oldest first.
    pub async fn calls(&self, transaction_id: i64) -> Vec<(Action, String, i64)> {
        processing_request::Entity::find()
            .filter(processing_request::Column::TransactionId.eq(transaction_id))
            .order_by_asc(processing_request::Column::Id)
            .fetch_all(&*self.running.gateway.database)
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.action, row.reference, row.amount))
            .collect()
    }

    /// The recipient's side of a transfer.
    pub async fn transfer_row(&self, transaction_id: i64) -> transfer::Model {
        transfer::Entity::find_by_id(TransactionId(transaction_id))
            .fetch_one(&*self.running.gateway.database)
            .await
            .unwrap()
            .unwrap()
    }

    /// Where the fiscal receipt of a transfer can be seen, once it is registered.
    pub async fn receipt_url(&self, transaction_id: i64) -> String {
        let row = self.row(transaction_id).await;
        let named = match row.kind {
            transaction::Kind::Transfer => {
                self.transfer_row(transaction_id).await.fiscal_receipt_id
            }
            transaction::Kind::Attachment | transaction::Kind::Debit | transaction::Kind::Hold => {
                None
            }
        };
        let name = named.unwrap_or_else(|| format!("aloqa-{}-{}", row.id, row.created_at));
        format!("https://ofd.sandbox/check/{name}")
    }

    /// Writes a status into the row, for one that only recovery or an operator brings about.
    pub async fn write_status(&self, transaction_id: i64, status: Status) {
        let tx = self.running.gateway.database.write().await.unwrap();
        let row = transaction::Entity::find_by_id(TransactionId(transaction_id))
            .fetch_one(&*tx)
            .await
            .unwrap()
            .unwrap();
        let change = transactions::Change::default();
        assert!(
            transactions::advance(
                &tx,
                &row,
                status,
                change,
                "written by the test",
                row.updated_at
            )
            .await
            .unwrap()
        );
        tx.commit().await.unwrap();
    }

    /// Ends the time of a hold for the gateway, but not for its network.
    pub async fn end_time_of(&self, id: i64) {
        let tx = self.running.gateway.database.write().await.unwrap();
        transaction::Entity::update_many()
            .col_expr(transaction::Column::HoldExpiresAt, Expr::value(self.now()))
            .filter(transaction::Column::Id.eq(id))
            .run(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.clock.advance_ms(61_000);
    }

    /// How many operations of histories are stored.
    pub async fn operations_stored(&self) -> u64 {
        let database = &self.running.gateway.database;
        operation::Entity::find()
            .fetch_count(&**database)
            .await
            .unwrap()
    }

    /// The rows of the audit log with this action, in the order of the chain; all of the gateway's own chain with `*`.
    pub async fn audit_rows(&self, action: &str) -> Vec<audit::Model> {
        let gateway = &self.running.gateway;
        let mut rows = audit::Entity::find()
            .filter(audit::Column::Chain.eq(gateway.audit.figures().chain))
            .order_by_asc(audit::Column::Seq);
        if action != "*" {
            rows = rows.filter(audit::Column::Action.eq(action));
        }
        rows.fetch_all(&*gateway.database).await.unwrap()
    }

    /// Waits until the gateway's rows of the audit log are written, also those that no answer waits for.
    pub async fn until_recorded(&self) {
        while self.running.gateway.audit.figures().waiting > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// How many calls to a card's network are unsettled.
    pub async fn unsettled(&self, card: TestCard) -> usize {
        let rows = processing_request::Entity::find()
            .filter(processing_request::Column::State.is_in([State::Sent, State::Unknown]));
        let rows = rows
            .fetch_all(&*self.running.gateway.database)
            .await
            .unwrap();
        let network = card.network();
        rows.iter()
            .filter(|row| row.network.to_value() == network)
            .count()
    }
}
