use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{FULL, HUMO, NOW, Server, UZCARD, by_ref, charge, confirm, create, hold, pay};

#[tokio::test]
async fn the_table_of_cards_is_served() {
    let server = Server::start().await;
    let cards = server.get("/sandbox/cards").await;
    assert_eq!(cards.as_array().unwrap().len(), sandbox::TEST_CARDS.len());
    assert_eq!(
        cards[0],
        json!({
            "pan": UZCARD, "expiry": "2030-12", "network": "UZCARD", "owner": "TEST TESTOV",
            "phone": "998901234567", "balance": FULL, "outcome": "ok",
        })
    );
}

#[tokio::test]
async fn messages_are_stored_by_phone() {
    let server = Server::start().await;
    let message = |id: &str, phone: &str, text: &str| {
        let sms = json!({"originator": "3700", "content": {"text": text}});
        json!({"recipient": phone, "message-id": id, "sms": sms})
    };
    let body = json!({"messages": [message("a1", "998901112233", "one"), message("a2", "998901112244", "two")]});
    let send = async |authorization: &str, body: &str| {
        server
            .send("POST", "/sms/broker-api/send", authorization, body)
            .await
            .unwrap()
    };
    let sent = send(Server::BASIC, &body.to_string()).await;
    assert_eq!(
        (sent.status, sent.body.as_str()),
        (200, "Request is received")
    );
    assert_eq!(
        server.get("/sandbox/messages?phone=998901112233").await,
        json!([{"phone": "998901112233", "text": "one", "at": NOW}])
    );
    assert_eq!(
        server
            .get("/sandbox/messages")
            .await
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(send("", &body.to_string()).await.status, 401);
    let refused = send(Server::BASIC, "{}").await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json(),
        json!({"error-code": "101", "error-description": "Syntax error"})
    );
}

#[tokio::test]
async fn wrong_paths_methods_and_sizes_get_a_hint() {
    let server = Server::start().await;
    let unknown = server.send("GET", "/uzcards", "", "").await.unwrap();
    assert_eq!(
        (unknown.status, unknown.body.contains("POST /uzcard,")),
        (404, true)
    );
    let method = server.send("GET", "/sandbox/faults", "", "").await.unwrap();
    assert_eq!(
        (method.status, method.head.contains("allow: post, delete")),
        (405, true),
        "{}",
        method.head
    );
    let large = "x".repeat(64 * 1024 + 1);
    assert_eq!(
        server
            .send("POST", "/uzcard", Server::BASIC, &large)
            .await
            .unwrap()
            .status,
        413
    );
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..3 {
        stream
            .write_all(b"GET /sandbox/ledger HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut reply = Vec::new();
        while !reply.ends_with(b"[]") {
            assert_ne!(stream.read_buf(&mut reply).await.unwrap(), 0);
        }
        assert!(reply.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn state_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.state");
    let server = Server::start_with(Some(path.clone())).await;
    let token = server.attach(UZCARD).await;
    let tran = server
        .result("trans.pay.purpose", pay(&token, "ext-1", 100))
        .await;
    let held = server.result("hold.create", hold(&token, 1_000)).await;
    let created = server.soap(&create("SOAP_SMS", "ref-1", HUMO, 10)).await;
    let (cards, ledger) = (
        server.get("/sandbox/cards").await,
        server.get("/sandbox/ledger").await,
    );
    let messages = server.get("/sandbox/messages").await;
    server.stop().await;

    // Twice: the first start compacts the file, the second reads the compacted one.
    for _ in 0..2 {
        let server = Server::start_with(Some(path.clone())).await;
        assert_eq!(server.get("/sandbox/cards").await, cards);
        assert_eq!(server.get("/sandbox/ledger").await, ledger);
        assert_eq!(server.get("/sandbox/messages").await, messages);
        server.stop().await;
    }
    let server = Server::start_with(Some(path)).await;
    assert_eq!(
        server.result("trans.ext", json!({"extId": "ext-1"})).await,
        json!([tran])
    );
    assert_eq!(
        server
            .error("trans.pay.purpose", pay(&token, "ext-1", 100))
            .await,
        -207
    );
    let captured = server
        .result("hold.dismiss.charge", charge(&held["id"], "c-1", 1_000))
        .await;
    assert_ne!(
        captured["refNum"], tran["refNum"],
        "numbers go on where they were"
    );
    assert_eq!(
        server
            .soap(&confirm(created.element("paymentID"), None))
            .await
            .element("action"),
        "10"
    );
    server.soap(&by_ref("ReturnPayment", "ref-1")).await;
    assert_eq!(
        (server.balance(UZCARD).await, server.balance(HUMO).await),
        (FULL - 1_100, FULL)
    );
}
