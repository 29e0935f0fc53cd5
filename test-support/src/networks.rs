//! The simulated networks: what they carried out, and the faults that a test scripts.

use serde_json::{Value, json};

use crate::{HttpRequest, TestApp, TestCard, send};

impl TestApp {
    /// The ledger of the simulated networks: everything that moved money.
    pub async fn ledger(&self) -> Vec<Value> {
        self.sandbox_get("/sandbox/ledger")
            .await
            .as_array()
            .unwrap()
            .clone()
    }

    /// The ledger's rows as `ACTION AMOUNT`, oldest first.
    pub async fn moves(&self) -> Vec<String> {
        let shown = |row: &Value| format!("{} {}", row["action"].as_str().unwrap(), row["amount"]);
        self.ledger().await.iter().map(shown).collect()
    }

    /// What a card of the sandbox has available, in tiyin.
    pub async fn balance(&self, card: TestCard) -> i64 {
        let cards = self.sandbox_get("/sandbox/cards").await;
        let found = cards
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["pan"] == card.pan);
        found.unwrap()["balance"].as_i64().unwrap()
    }

    /// The texts of all messages to a phone, oldest first.
    pub async fn messages(&self, phone: &str) -> Vec<String> {
        let messages = self
            .sandbox_get(&format!("/sandbox/messages?phone={phone}"))
            .await;
        messages
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What the fiscal service has registered.
    pub async fn receipts(&self) -> Vec<Value> {
        let receipts = self.sandbox_get("/sandbox/receipts").await;
        receipts.as_array().unwrap().clone()
    }

    /// All money of the simulated networks, by where it is.
    pub async fn totals(&self) -> Value {
        self.sandbox_get("/sandbox/totals").await
    }

    /// Scripts a fault of the networks, for example `{"network": "UZCARD", "operation": "pay", "kind": "drop_after",
    /// "times": 1}`.
    pub async fn fault(&self, fault: Value) {
        let address = self.running.sandbox_address.unwrap();
        let request = HttpRequest::post(fault.to_string()).path("/sandbox/faults");
        let reply = send(address, request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// Makes the next call of this kind to the card's network fail in this way, for example `pay` with `reset_after`.
    pub async fn fail_once(&self, card: TestCard, operation: &str, kind: &str) {
        self.fault(
            json!({"network": card.network(), "operation": operation, "kind": kind, "times": 1}),
        )
        .await;
    }

    /// The next call of this kind to the card's network is refused with this code of the network.
    pub async fn refuse_once(&self, card: TestCard, operation: &str, code: &str) {
        let fault = json!({
            "network": card.network(), "operation": operation, "kind": "decline", "code": code, "times": 1,
        });
        self.fault(fault).await;
    }

    /// The next call of this kind to the card's network is carried out, and answered with this code of the network all the
    /// same.
    pub async fn contradict_once(&self, card: TestCard, operation: &str, code: &str) {
        let fault = json!({
            "network": card.network(), "operation": operation, "kind": "code_after", "code": code, "times": 1,
        });
        self.fault(fault).await;
    }

    /// Takes back all faults that were scripted.
    pub async fn clear_faults(&self) {
        let request = HttpRequest::get("/sandbox/faults").method("DELETE");
        send(self.running.sandbox_address.unwrap(), request).await;
    }

    /// Waits until every scripted fault has met its call.
    pub async fn faults_are_taken(&self) {
        let address = self.running.sandbox_address.unwrap();
        // The number of waiting faults is returned only when one is added, so faults are added for a network that is
        // not called.
        let probe =
            json!({"network": "FISCAL", "operation": "any", "kind": "drop_before", "times": 1})
                .to_string();
        for probes in 1..2_000 {
            let reply = send(
                address,
                HttpRequest::post(probe.clone()).path("/sandbox/faults"),
            )
            .await
            .json();
            if reply == json!({"pending": probes}) {
                send(
                    address,
                    HttpRequest::get("/sandbox/faults").method("DELETE"),
                )
                .await;
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("the calls that faults are scripted for were not made");
    }

    /// How many scripted faults have not met a call yet; removes them.
    pub async fn take_scripted_calls(&self) -> i64 {
        // The number is returned when a fault is added, so one is added for a service that is not called here.
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

    /// Moves the sandbox's clock on; what it replies when all that came due is done.
    pub async fn skip_seconds(&self, seconds: i64) -> Value {
        let body = json!({"advanceSeconds": seconds}).to_string();
        let request = HttpRequest::post(body).path("/sandbox/clock");
        let reply = send(self.running.sandbox_address.unwrap(), request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// What the sandbox's clock says.
    pub async fn sandbox_clock(&self) -> Value {
        self.sandbox_get("/sandbox/clock").await
    }

    async fn sandbox_get(&self, path: &str) -> Value {
        let address = self.running.sandbox_address.unwrap();
        send(address, HttpRequest::get(path)).await.json()
    }

    /// Makes up operations of a card in the networks.
    pub async fn fill_history(&self, card: TestCard, count: u32, from: &str, to: &str) {
        let order = json!({"pan": card.pan, "count": count, "from": from, "to": to});
        let request = HttpRequest::post(order.to_string()).path("/sandbox/history");
        let reply = send(self.running.sandbox_address.unwrap(), request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// How many calls for histories the network gets during `running`.
    pub async fn history_calls<T>(
        &self,
        card: TestCard,
        running: impl Future<Output = T>,
    ) -> (i64, T) {
        let scripted = 50;
        self.fault(json!({
            "network": card.network(), "operation": "info", "kind": "delay", "delayMs": 1, "times": scripted,
        }))
        .await;
        let done = running.await;
        (scripted - self.take_scripted_calls().await, done)
    }
}
