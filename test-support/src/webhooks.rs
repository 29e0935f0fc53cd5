//! What a partner hears without asking, and when it is sent.

use aloqa_gateway::database::Fetch as _;
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
            .fetch_all(&*gateway.database)
            .await
            .unwrap()
    }

    /// How a transaction ended was stored for its partner to hear: once, as `transactions.get` has it. Or it was not, if it is
    /// no news.
    pub async fn assert_heard(&self, transaction_id: i64, is_news: bool) {
        let events = self.events().await;
        let of_it = |event: &&webhook_event::Model| {
            event
                .transaction_id
                .is_some_and(|id| id.0 == transaction_id)
        };
        let events: Vec<_> = events.iter().filter(of_it).collect();
        assert_eq!(events.len(), usize::from(is_news), "{events:?}");
        for event in events {
            let body: Value = serde_json::from_str(&event.body).unwrap();
            let standing = self.standing(transaction_id).await;
            assert_eq!(body["data"], standing);
            let reversals = standing["reversals"].as_array().unwrap();
            let gave_back = reversals
                .last()
                .is_some_and(|last| last["status"] == "succeeded");
            let told = match standing["status"].as_str().unwrap() {
                "expired" => "hold.expired",
                "manual" => "transaction.manual",
                "reversed" => "transaction.reversed",
                "succeeded" if gave_back => "transaction.reversed",
                _ => "transaction.settled",
            };
            assert_eq!(body["type"], told, "{standing}");
        }
    }
}
