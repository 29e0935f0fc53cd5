//! What a partner hears without asking, and when it is sent.

use entity::webhook_event;
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::Value;

use crate::TestApp;

impl TestApp {
    /// Sets the address of the demo partner's webhook; its secret, if it is the first.
    pub async fn set_webhook(&self, url: &str) -> Option<aloqa_gateway::webhook::Secret> {
        let webhooks = &self.running.gateway.webhooks;
        webhooks.set("demo", url).await.unwrap().secret
    }

    /// Delivers all that is due, and what becomes due by that.
    pub async fn deliver(&self) {
        let gateway = &self.running.gateway;
        loop {
            let begun = gateway.webhooks.start_workers(&gateway.stopping).await;
            let workers = begun.unwrap();
            if workers.is_empty() {
                return;
            }
            workers.join_all().await;
        }
    }

    /// The events that are stored, once those are forgotten whose replies were handed over; oldest first.
    pub async fn events(&self) -> Vec<webhook_event::Model> {
        let gateway = &self.running.gateway;
        gateway.webhooks.settle_replies().await.unwrap();
        webhook_event::Entity::find()
            .order_by_asc(webhook_event::Column::CreatedAt)
            .order_by_asc(webhook_event::Column::Id)
            .all(&*gateway.database)
            .await
            .unwrap()
    }

    /// The types of the stored events, each with the transaction's status in it.
    pub async fn told_events(&self) -> Vec<String> {
        let told = |event: webhook_event::Model| {
            let body: Value = serde_json::from_str(&event.body).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            format!("{} {}", text(&body["type"]), text(&body["data"]["status"]))
        };
        self.events().await.into_iter().map(told).collect()
    }

    /// The event that tells this end of a transaction, as it must be stored: one, with the transaction as
    /// `transactions.get` has it.
    pub async fn assert_heard(&self, transaction_id: i64, told: &str) {
        let events = self.events().await;
        let of_it = |event: &&webhook_event::Model| {
            event
                .transaction_id
                .is_some_and(|id| id.0 == transaction_id)
        };
        let events: Vec<_> = events.iter().filter(of_it).collect();
        assert_eq!(events.len(), 1, "{told}: {events:?}");
        let body: Value = serde_json::from_str(&events[0].body).unwrap();
        assert_eq!(body["type"], told);
        assert_eq!(body["data"], self.standing(transaction_id).await, "{told}");
    }
}
