//! Calls that read and fill histories.

use serde_json::{Value, json};

use crate::support::{Reply, Server};

impl Server {
    /// A page of `trans.history` for 2025, the year in which the tests' clock starts.
    pub(crate) async fn page(&self, tokens: &[&str], number: u64, size: u64) -> Value {
        self.result("trans.history", history(tokens, number, size))
            .await
    }

    /// The rows of HUMO's history for 2025.
    pub(crate) async fn rows(&self, pan: &str) -> Vec<Value> {
        let params = json!({
            "pan": pan, "dateFrom": "2025-01-01T00:00:00", "dateTo": "2025-12-31T23:59:59",
        });
        let body = json!({"id": "h-1", "params": params}).to_string();
        let reply = self.humo_history(&body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let mut reply = reply.json();
        assert_eq!(reply["id"], "h-1");
        let Value::Array(rows) = reply["result"]["rows"].take() else {
            panic!("no rows: {reply}");
        };
        rows
    }

    pub(crate) async fn humo_history(&self, body: &str) -> Reply {
        let path = "/humo/json/v1/ws/transaction-history";
        self.send("POST", path, "Bearer ", body).await.unwrap()
    }

    pub(crate) async fn fill(&self, pan: &str, count: u64, from: &str, to: &str) -> Reply {
        let body = json!({"pan": pan, "count": count, "from": from, "to": to}).to_string();
        self.send("POST", "/sandbox/history", "", &body)
            .await
            .unwrap()
    }
}

/// Params of a page of `trans.history` for 2025.
pub(crate) fn history(tokens: &[&str], number: u64, size: u64) -> Value {
    json!({"criteria": {
        "cardIds": tokens, "range": {"startDate": "20250101", "endDate": "20251231"},
        "pageNumber": number, "pageSize": size,
    }})
}
