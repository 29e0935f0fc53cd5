use serde_json::{Value, json};

use crate::support::{NOW, Reply, Server};

fn receipt(id: &str) -> Value {
    json!({"receiptId": id, "amount": 25, "merchantId": "90001", "terminalId": "92400001", "time": NOW})
}

async fn register(server: &Server, authorization: &str, body: &str) -> Reply {
    server
        .send("POST", "/fiscal/receipts", authorization, body)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_receipt_is_registered_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.state");
    let server = Server::start_with(Some(path.clone())).await;
    let body = receipt("r-1").to_string();
    let answer = json!({"receiptId": "r-1", "url": "https://ofd.sandbox/check/r-1"});
    let registered = register(&server, Server::BASIC, &body).await;
    assert_eq!(
        (registered.status, registered.json()),
        (200, answer.clone())
    );
    server.stop().await;

    let server = Server::start_with(Some(path)).await;
    let again = register(&server, Server::BASIC, &body).await;
    assert_eq!((again.status, again.json()), (200, answer));
    let mut stored = receipt("r-1");
    stored["url"] = json!("https://ofd.sandbox/check/r-1");
    assert_eq!(server.get("/sandbox/receipts").await, json!([stored]));
    let mut other = receipt("r-1");
    other["amount"] = json!(26);
    assert_eq!(
        register(&server, Server::BASIC, &other.to_string())
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn malformed_receipts_are_refused() {
    let server = Server::start().await;
    for (member, value) in [
        ("receiptId", json!("")),
        ("receiptId", json!("a/b")),
        ("receiptId", json!("x".repeat(65))),
        ("receiptId", Value::Null),
        ("amount", json!(0)),
        ("amount", json!("25")),
        ("amount", json!(2.5)),
        ("merchantId", json!("")),
        ("terminalId", json!(5)),
        ("time", json!("2025-01-01")),
    ] {
        let mut wrong = receipt("r-1");
        wrong[member] = value;
        let refused = register(&server, Server::BASIC, &wrong.to_string()).await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(refused.json()["error"].is_string());
    }
    assert_eq!(register(&server, Server::BASIC, "").await.status, 400);
    let body = receipt("r-1").to_string();
    assert_eq!(register(&server, "", &body).await.status, 401);
    assert_eq!(server.get("/sandbox/receipts").await, json!([]));
}

#[tokio::test]
async fn the_service_fails_as_scripted() {
    let server = Server::start().await;
    let body = receipt("r-1").to_string();
    let script = |kind: &str| json!({"network": "FISCAL", "operation": "any", "kind": kind, "times": 1, "code": 7});
    server.fault(script("http_500_after")).await;
    assert_eq!(register(&server, Server::BASIC, &body).await.status, 500);
    assert_eq!(server.get("/sandbox/receipts").await[0]["receiptId"], "r-1");
    server.fault(script("decline")).await;
    let refused = register(&server, Server::BASIC, &receipt("r-2").to_string()).await;
    assert_eq!(refused.status, 422);
    assert_eq!(register(&server, Server::BASIC, &body).await.status, 200);
}
