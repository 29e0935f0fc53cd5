//! What partners call, and what they are answered.

use serde_json::{Value, json};

use crate::{CODE, Credentials, HttpReply, HttpRequest, TestApp, TestCard, send, with};

impl TestApp {
    /// Whether `/metrics` has this line.
    pub async fn has_figure(&self, line: &str) -> bool {
        let page = send(self.running.ops_address, HttpRequest::get("/metrics")).await;
        page.body.lines().any(|found| found == line)
    }

    /// Posts a body as the demo partner.
    pub async fn post(&self, body: impl Into<String>) -> HttpReply {
        send(
            self.running.address,
            HttpRequest::post(body).credentials(&Credentials::demo()),
        )
        .await
    }

    /// Calls a method as the demo partner, in 2.0 form with id 1; the whole reply.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.call_as(&Credentials::demo(), method, params).await
    }

    /// Calls a method as some partner, in 2.0 form with id 1; the whole reply.
    pub async fn call_as(&self, credentials: &Credentials, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        send(
            self.running.address,
            HttpRequest::post(body.to_string()).credentials(credentials),
        )
        .await
        .json()
    }

    /// Calls a method as the demo partner with more headers; the whole reply.
    pub async fn call_with_headers(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        params: Value,
    ) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        send(self.running.address, request).await.json()
    }

    /// Calls a method that succeeds; its result.
    #[track_caller]
    pub fn result(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let shown = format!("{method} {params}");
        let call = self.call_owned(method, params);
        async move {
            let mut reply = call.await;
            assert!(reply.get("error").is_none(), "{shown}: {reply}");
            reply["result"].take()
        }
    }

    /// Calls a method that fails; its error object.
    #[track_caller]
    pub fn error(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let shown = format!("{method} {params}");
        let call = self.call_owned(method, params);
        async move {
            let mut reply = call.await;
            assert!(reply.get("result").is_none(), "{shown}: {reply}");
            reply["error"].take()
        }
    }

    /// Calls a method that fails; the code alone.
    pub async fn error_code(&self, method: &str, params: Value) -> i64 {
        self.error(method, params).await["code"].as_i64().unwrap()
    }

    fn call_owned(&self, method: &str, params: Value) -> impl Future<Output = Value> + use<> {
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let address = self.running.address;
        async move {
            send(
                address,
                HttpRequest::post(body).credentials(&Credentials::demo()),
            )
            .await
            .json()
        }
    }

    /// Attaches a card for the demo partner; its token.
    pub async fn add_card(&self, card: TestCard) -> String {
        self.add_card_as(&Credentials::demo(), card).await
    }

    /// Attaches a card; its token.
    pub async fn add_card_as(&self, credentials: &Credentials, card: TestCard) -> String {
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let begun = self.call_as(credentials, "cards.add", params).await;
        let id = begun["result"]["transactionId"]
            .as_i64()
            .unwrap_or_else(|| panic!("{}: {begun}", card.pan));
        let params = json!({"transactionId": id, "confirmedCode": CODE});
        let added = self.call_as(credentials, "cards.add-confirm", params).await;
        added["result"]["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{}: {added}", card.pan))
            .to_owned()
    }

    /// What `transactions.get` answers the demo partner.
    pub async fn standing(&self, transaction_id: i64) -> Value {
        self.result("transactions.get", json!({"transactionId": transaction_id}))
            .await
    }

    /// The status that `transactions.get` answers the demo partner.
    pub async fn status(&self, transaction_id: i64) -> String {
        self.standing(transaction_id).await["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Asks for a transaction of the demo partner until it has this status; the whole result.
    pub async fn until_status(&self, ext_id: &str, status: &str) -> Value {
        let mut reply = Value::Null;
        for _ in 0..1_000 {
            reply = self
                .call("transactions.get", json!({"extId": ext_id}))
                .await;
            if reply["result"]["status"] == status {
                return reply["result"].take();
            }
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        }
        panic!("{ext_id} is not {status}: {reply}");
    }

    /// Orders a debit that succeeds or waits for its code; the transaction's number.
    pub async fn ordered(&self, params: Value) -> i64 {
        let result = self.result("transactions.debit", params).await;
        result["transactionId"].as_i64().unwrap()
    }

    /// All operations of a period, page by page.
    pub async fn all_pages(&self, params: &Value, size: u64) -> Vec<Value> {
        let mut operations = Vec::new();
        for page in 0.. {
            let params = with(params.clone(), json!({"page": page, "size": size}));
            let result = self.result("cards.monitoring", params).await;
            let found = result["transactions"].as_array().unwrap();
            if found.is_empty() {
                break;
            }
            operations.extend(found.iter().cloned());
        }
        operations
    }
}
