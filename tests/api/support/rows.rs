//! What cannot be seen through the front door: rows, and scripted calls that nobody made.

use entity::{card, transaction, transaction_event};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;

use super::{HttpRequest, TestApp, send};

impl TestApp {
    /// How many cards are attached, of all partners.
    pub async fn cards_stored(&self) -> u64 {
        let database = &self.running.gateway.database;
        card::Entity::find().count(&**database).await.unwrap()
    }

    /// How many transactions there are, attachments too.
    pub async fn transactions_stored(&self) -> u64 {
        let database = &self.running.gateway.database;
        transaction::Entity::find()
            .count(&**database)
            .await
            .unwrap()
    }

    /// The newest transaction.
    pub async fn last_transaction(&self) -> transaction::Model {
        let database = &self.running.gateway.database;
        let newest = transaction::Entity::find().order_by_desc(transaction::Column::Id);
        newest.one(&**database).await.unwrap().unwrap()
    }

    /// The statuses that a transaction has gone through, as its events tell.
    pub async fn statuses(&self, transaction_id: i64) -> Vec<String> {
        let events = transaction_event::Entity::find()
            .filter(transaction_event::Column::TransactionId.eq(transaction_id))
            .order_by_asc(transaction_event::Column::Seq);
        let events = events.all(&*self.running.gateway.database).await.unwrap();
        events.into_iter().map(|event| event.to_status).collect()
    }

    /// How many scripted calls were not made so far. They are forgotten.
    pub async fn take_scripted_calls(&self) -> i64 {
        // The number is told when a fault is added: one of a service that no test here asks.
        let address = self.running.sandbox_address.unwrap();
        let probe =
            json!({"network": "FISCAL", "operation": "any", "kind": "drop_before", "times": 1});
        let request = HttpRequest::post(probe.to_string()).path("/sandbox/faults");
        let pending = send(address, request).await.json()["pending"]
            .as_i64()
            .unwrap();
        let forget = HttpRequest::post("")
            .method("DELETE")
            .path("/sandbox/faults");
        assert_eq!(send(address, forget).await.status, 200);
        pending - 1
    }
}
