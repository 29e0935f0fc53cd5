//! What cannot be seen through the front door: rows, and scripted calls that nobody made.

use entity::{card, transaction};
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QueryOrder as _};
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
