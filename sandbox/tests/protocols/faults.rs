use std::{io, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{
    FULL, HUMO, HUMO_2, Server, UZCARD, UZCARD_2, by_ref, confirm, create, credit, p2p, pay,
    request, to_card,
};

/// After this time without a reply, the test assumes that none will come.
const SILENCE: Duration = Duration::from_millis(200);

fn fault(network: &str, operation: &str, kind: &str) -> Value {
    json!({"network": network, "operation": operation, "kind": kind, "times": 1})
}

#[tokio::test]
async fn before_and_after_mean_the_execution() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let mut executed = Vec::new();
    for kind in ["drop", "reset", "http_500", "garbage"] {
        for moment in ["before", "after"] {
            let ext = format!("{kind}_{moment}");
            server.fault(fault("UZCARD", "pay", &ext)).await;
            let call = server.svgate_raw("trans.pay.purpose", pay(&token, &ext, 100));
            match kind {
                "drop" => assert!(timeout(SILENCE, call).await.is_err()),
                "reset" => assert_eq!(
                    call.await.err().unwrap().kind(),
                    io::ErrorKind::ConnectionReset
                ),
                "http_500" => {
                    let reply = call.await.unwrap();
                    assert_eq!(
                        (reply.status, reply.body.as_str()),
                        (500, "Internal Server Error")
                    );
                }
                _ => {
                    let reply = call.await.unwrap();
                    assert_eq!(reply.status, 200);
                    assert!(serde_json::from_str::<Value>(&reply.body).is_err());
                }
            }
            if moment == "after" {
                executed.push(format!("pay {ext} 100"));
            }
            assert_eq!(server.ledger_of(executed.len()).await, executed);
        }
    }
    assert_eq!(server.balance(UZCARD).await, FULL - 400);
}

#[tokio::test]
async fn declines_carry_the_networks_own_code() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let decline = |network: &str, operation: &str, code: Value| json!({"network": network, "operation": operation, "kind": "decline", "times": 1, "code": code});
    server.fault(decline("UZCARD", "pay", json!(-261))).await;
    server.fault(decline("UZCARD", "lookup", json!(-302))).await;
    assert_eq!(
        server.error("trans.pay.purpose", pay(&token, "e", 1)).await,
        -261
    );
    assert_eq!(server.error("trans.ext", json!({"extId": "e"})).await, -302);
    assert_eq!(
        server.error("trans.ext", json!({"extId": "e"})).await,
        -208,
        "once means once"
    );

    server.fault(decline("HUMO", "confirm", json!("911"))).await;
    server.fault(decline("HUMO", "capture", json!(116))).await;
    server.fault(decline("HUMO", "info", json!(404))).await;
    let hold = server.soap(&create("SOAP_DMS", "r-1", HUMO, 1)).await;
    let sale = server.soap(&create("SOAP_SMS", "r-2", HUMO, 1)).await;
    let captured = server.soap(&confirm(hold.element("paymentID"), None)).await;
    let confirmed = server.soap(&confirm(sale.element("paymentID"), None)).await;
    assert_eq!((captured.status, captured.element("error")), (500, "116"));
    assert_eq!((confirmed.status, confirmed.element("error")), (500, "911"));
    assert_eq!(
        server
            .soap(&by_ref("GetPayment", "r-2"))
            .await
            .element("status"),
        "active"
    );
    let body = json!({"id": "1", "params": {"primaryAccountNumber": HUMO}}).to_string();
    let info = server
        .send("POST", "/humo/json/v3/iiacs/card", "Bearer x", &body)
        .await
        .unwrap();
    assert_eq!(info.json()["error"]["code"], 404);

    server.fault(decline("SMS", "code", json!(102))).await;
    let message = json!({"recipient": "998901112233", "message-id": "1",
        "sms": {"originator": "3700", "content": {"text": "hi"}}});
    let body = json!({"messages": [message]}).to_string();
    let refused = server
        .send("POST", "/sms/broker-api/send", Server::BASIC, &body)
        .await
        .unwrap();
    assert_eq!(
        (refused.status, &refused.json()["error-code"]),
        (400, &json!("102"))
    );
}

#[tokio::test]
async fn a_delayed_call_is_executed_after_the_caller_disconnects() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let delay = |ms: u64| json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "times": 1, "delayMs": ms});
    server.fault(delay(5)).await;
    assert_eq!(
        server
            .result("trans.pay.purpose", pay(&token, "e-1", 1))
            .await["status"],
        "OK"
    );

    server.fault(delay(300)).await;
    let call = server.svgate_raw("trans.pay.purpose", pay(&token, "e-2", 1));
    assert!(timeout(Duration::from_millis(100), call).await.is_err());
    assert_eq!(server.balance(UZCARD).await, FULL - 1);
    assert_eq!(server.ledger_of(2).await, ["pay e-1 1", "pay e-2 1"]);
}

#[tokio::test]
async fn faults_are_checked_queued_and_cleared() {
    let server = Server::start().await;
    let script = async |body: &str| {
        server
            .send("POST", "/sandbox/faults", "", body)
            .await
            .unwrap()
    };
    let refused =
        script(r#"{"network":"UZCARD","operation":"buy","kind":"drop_after","times":1}"#).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.json()["error"]
            .as_str()
            .unwrap()
            .contains("`release`"),
        "{}",
        refused.body
    );
    assert_eq!(script("nonsense").await.status, 400);

    let mut any = fault("UZCARD", "any", "http_500_before");
    any["times"] = json!(3);
    assert_eq!(script(&any.to_string()).await.json(), json!({"pending": 3}));
    assert_eq!(
        server
            .svgate_raw("cards.get", json!({"ids": []}))
            .await
            .unwrap()
            .status,
        500
    );
    assert_eq!(
        server
            .send("DELETE", "/sandbox/faults", "", "")
            .await
            .unwrap()
            .json(),
        json!({"pending": 0})
    );
    assert_eq!(
        server
            .svgate_raw("cards.get", json!({"ids": []}))
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn failing_cards_only_fail_when_money_moves() {
    let server = Server::start().await;
    for (suffix, executed) in [
        ("0504", true),
        ("0408", false),
        ("0010", false),
        ("0500", false),
        ("0999", true),
    ] {
        let pan = format!("860001000000{suffix}");
        let token = server.attach(&pan).await;
        let call = server.svgate_raw("trans.pay.purpose", pay(&token, suffix, 100));
        match suffix {
            "0500" => assert_eq!(call.await.unwrap().status, 500),
            "0999" => assert!(serde_json::from_str::<Value>(&call.await.unwrap().body).is_err()),
            _ => assert!(timeout(SILENCE, call).await.is_err(), "{pan}"),
        }
        let found = server
            .svgate_raw("trans.ext", json!({"extId": suffix}))
            .await
            .unwrap()
            .json();
        assert_eq!(found.get("result").is_some(), executed, "{pan}");
    }
    let lost = create("SOAP_SMS", "r-1", "9860190000000504", 100);
    assert!(timeout(SILENCE, server.soap_raw(&lost)).await.is_err());
    assert_eq!(
        server
            .soap(&by_ref("GetPayment", "r-1"))
            .await
            .element("status"),
        "active"
    );
    assert!(
        server
            .soap(&by_ref("CancelRequest", "r-1"))
            .await
            .body
            .contains("CancelRequestResponse")
    );
}

#[tokio::test]
async fn transfers_and_credits_are_operations_of_their_own() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    for (network, operation, code) in [
        ("UZCARD", "p2p", -261),
        ("UZCARD", "credit", -262),
        ("UZCARD", "info", -280),
        ("HUMO", "p2p", 121),
        ("HUMO", "credit", 122),
        ("HUMO", "confirm", 911),
        ("HUMO", "release", 909),
        ("HUMO", "reverse", 400),
    ] {
        let mut decline = fault(network, operation, "decline");
        decline["code"] = json!(code);
        server.fault(decline).await;
    }
    assert_eq!(
        server
            .error("p2p.universal", p2p(&token, UZCARD_2, "e", 1, 0))
            .await,
        -261
    );
    assert_eq!(
        server
            .error("p2p.universal.credit", credit(UZCARD, "e", 1))
            .await,
        -262
    );
    assert_eq!(
        server.error("p2p.info", json!({"hpan": UZCARD})).await,
        -280
    );
    let code = async |operation: &str| server.soap(operation).await.element("error").to_owned();
    assert_eq!(code(&request("r", HUMO, HUMO_2, 1)).await, "121");
    assert_eq!(code(&to_card("r", HUMO, 1, &[])).await, "122");
    let created = server.soap(&request("r", HUMO, HUMO_2, 1)).await;
    let confirmation = confirm(created.element("paymentID"), None);
    assert_eq!(code(&confirmation).await, "911");
    assert_eq!(code(&by_ref("CancelRequest", "r")).await, "909");
    assert_eq!(server.soap(&confirmation).await.element("action"), "10");
    assert_eq!(code(&by_ref("ReturnPayment", "r")).await, "400");
    assert_eq!(server.ledger().await, ["p2p r 1"]);
}

#[tokio::test]
async fn the_transport_fault_of_a_recipient_applies_too() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    // Executed, but the reply never comes.
    let (uzcard, humo) = ("8600010000000504", "9860190000000504");
    for (method, params) in [
        ("p2p.universal", p2p(&token, uzcard, "e-1", 100, 0)),
        ("p2p.universal.credit", credit(uzcard, "e-2", 20)),
    ] {
        let call = server.svgate_raw(method, params);
        assert!(timeout(SILENCE, call).await.is_err(), "{method}");
    }
    assert_eq!(server.balance(uzcard).await, FULL + 120);
    for operation in [
        request("r-1", HUMO, humo, 100),
        to_card("r-2", humo, 20, &[]),
    ] {
        let call = server.soap_raw(&operation);
        assert!(timeout(SILENCE, call).await.is_err(), "{operation}");
    }
    assert_eq!(server.balance(humo).await, FULL + 20);
    let created = server.soap(&by_ref("GetPayment", "r-1")).await;
    let confirmation = confirm(created.element("paymentID"), None);
    assert_eq!(server.soap(&confirmation).await.element("action"), "10");
    assert_eq!(server.balance(humo).await, FULL + 120);
}

#[tokio::test]
async fn hanging_calls_do_not_delay_the_stop() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    server.fault(fault("UZCARD", "pay", "drop_before")).await;
    let mut late = fault("UZCARD", "pay", "delay");
    late["delayMs"] = json!(60_000);
    server.fault(late).await;
    // The client keeps these connections open, so the server has to close them.
    let mut connections = Vec::new();
    for ext in ["e-1", "e-2"] {
        let params = pay(&token, ext, 1);
        let body = json!({"id": 1, "method": "trans.pay.purpose", "params": params}).to_string();
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let (basic, length) = (Server::BASIC, body.len());
        let request = format!(
            "POST /uzcard HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(
            timeout(SILENCE, stream.readable()).await.is_err(),
            "no reply comes"
        );
        connections.push(stream);
    }
    let address = server.address;
    timeout(Duration::from_millis(500), server.stop())
        .await
        .expect("the stop is prompt");
    for mut stream in connections {
        assert_eq!(
            stream.read(&mut [0; 1]).await.unwrap_or(0),
            0,
            "ended without a reply"
        );
    }
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the server should not accept connections any more"
    );
}
