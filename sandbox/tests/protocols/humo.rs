use serde_json::json;

use crate::support::{FULL, HUMO, Server, by_ref, confirm, create, refusal};

#[tokio::test]
async fn a_sale_is_created_confirmed_and_returned() {
    let server = Server::start().await;
    let created = server.soap(&create("SOAP_SMS", "ref-1", HUMO, 5_000)).await;
    assert_eq!(created.status, 200);
    assert!(created.head.contains("text/xml"), "{}", created.head);
    assert_eq!(
        (created.element("action"), created.element("paymentRef")),
        ("4", "ref-1")
    );
    assert_eq!(created.item("auth_ref_number").len(), 12);
    assert_eq!(
        (
            created.item("auth_action_code_final"),
            created.item("amount")
        ),
        ("000", "5000")
    );
    assert_eq!(
        (
            created.item("merchant_id"),
            created.item("internal_pan_masked")
        ),
        ("0040100000401CS", "986019******8366")
    );
    assert_eq!(server.balance(HUMO).await, FULL - 5_000);
    assert!(
        server.ledger().await.is_empty(),
        "nothing is paid before the confirmation"
    );
    assert_eq!(
        server
            .soap(&by_ref("GetPayment", "ref-1"))
            .await
            .element("status"),
        "active"
    );
    assert_eq!(
        refusal(&server.soap(&create("SOAP_SMS", "ref-1", HUMO, 5_000)).await),
        "913"
    );
    assert_eq!(
        refusal(&server.soap(&by_ref("ReturnPayment", "ref-1")).await),
        "902"
    );

    let id = created.element("paymentID");
    assert_eq!(refusal(&server.soap(&confirm(id, Some(4_999))).await), "-1");
    let confirmed = server.soap(&confirm(id, None)).await;
    assert_eq!(
        (confirmed.element("action"), confirmed.element("paymentID")),
        ("10", id)
    );
    assert_eq!(
        confirmed.item("auth_ref_number"),
        created.item("auth_ref_number")
    );
    assert_eq!(
        server
            .soap(&by_ref("GetPayment", "ref-1"))
            .await
            .element("status"),
        "finished"
    );
    assert_eq!(refusal(&server.soap(&confirm(id, None)).await), "902");
    assert_eq!(
        refusal(&server.soap(&by_ref("CancelRequest", "ref-1")).await),
        "902"
    );
    assert_eq!(server.balance(HUMO).await, FULL - 5_000);

    let returned = server.soap(&by_ref("ReturnPayment", "ref-1")).await;
    assert!(
        returned.body.contains("ReturnPaymentResponse"),
        "{}",
        returned.body
    );
    assert_eq!(
        refusal(&server.soap(&by_ref("ReturnPayment", "ref-1")).await),
        "902"
    );
    assert_eq!(
        server
            .soap(&by_ref("GetPayment", "ref-1"))
            .await
            .element("status"),
        "returned"
    );
    assert_eq!(server.balance(HUMO).await, FULL);
    assert_eq!(
        server.ledger().await,
        ["pay ref-1 5000", "reverse ref-1 5000"]
    );
}

#[tokio::test]
async fn an_unconfirmed_sale_is_cancelled_without_a_row() {
    let server = Server::start().await;
    server.soap(&create("SOAP_SMS", "ref-1", HUMO, 5_000)).await;
    let cancelled = server.soap(&by_ref("CancelRequest", "ref-1")).await;
    assert!(
        cancelled.body.contains("CancelRequestResponse"),
        "{}",
        cancelled.body
    );
    assert_eq!(
        server
            .soap(&by_ref("GetPayment", "ref-1"))
            .await
            .element("status"),
        "cancelled"
    );
    assert_eq!(
        refusal(&server.soap(&by_ref("CancelRequest", "ref-1")).await),
        "902"
    );
    assert_eq!(server.balance(HUMO).await, FULL);
    assert!(server.ledger().await.is_empty());
}

#[tokio::test]
async fn a_hold_is_captured_in_part_or_cancelled() {
    let server = Server::start().await;
    let first = server.soap(&create("SOAP_DMS", "ref-1", HUMO, 5_000)).await;
    server.soap(&create("SOAP_DMS", "ref-2", HUMO, 700)).await;
    assert_eq!(server.balance(HUMO).await, FULL - 5_700);
    let id = first.element("paymentID");
    assert_eq!(
        refusal(&server.soap(&confirm(id, Some(5_001))).await),
        "110"
    );
    let captured = server.soap(&confirm(id, Some(3_000))).await;
    assert_eq!(
        (captured.element("action"), captured.item("amount")),
        ("10", "3000")
    );
    assert_eq!(captured.item("amount1a_original"), "5000");
    server.soap(&by_ref("CancelRequest", "ref-2")).await;
    assert_eq!(server.balance(HUMO).await, FULL - 3_000);
    server.soap(&by_ref("ReturnPayment", "ref-1")).await;
    assert_eq!(server.balance(HUMO).await, FULL);
    assert_eq!(
        server.ledger().await,
        [
            "hold ref-1 5000",
            "hold ref-2 700",
            "capture ref-1 3000",
            "release ref-2 700",
            "reverse ref-1 3000"
        ]
    );
}

#[tokio::test]
async fn creates_are_refused_with_the_cards_code() {
    let server = Server::start().await;
    for (pan, code) in [
        ("9860190000000116", "116"),
        ("9860190000000104", "104"),
        ("9860190000000101", "101"),
        ("9860190000000106", "106"),
        ("9860190000000258", "119"),
        ("9860190000000281", "281"),
        ("9860199999999999", "118"),
        ("8600010132441332", "118"),
    ] {
        for biller in ["SOAP_SMS", "SOAP_DMS"] {
            let refused = server.soap(&create(biller, "ref-1", pan, 101)).await;
            assert_eq!(refusal(&refused), code, "{pan}");
            assert!(!refused.element("description").is_empty());
        }
    }
    for wrong in [
        create("SOAP_NEW", "ref-1", HUMO, 1),
        create("SOAP_SMS", "", HUMO, 1),
        create("SOAP_SMS", "ref-1", "", 1),
        create("SOAP_SMS", "ref-1", HUMO, 1).replace(">860<", ">840<"),
        by_ref("CancelRequest", ""),
        confirm("x", None),
        confirm("1", None).replace("<finished>true", "<finished>false"),
    ] {
        let refused = server.soap(&wrong).await;
        assert_eq!(
            (refusal(&refused), refused.element("provider")),
            ("-1", "EBPP"),
            "{wrong}"
        );
    }
    assert_eq!(
        refusal(&server.soap(&create("SOAP_SMS", "ref-1", HUMO, 0)).await),
        "110"
    );
    let other_expiry = create("SOAP_SMS", "ref-1", HUMO, 1).replace(">3012<", ">3011<");
    assert_eq!(refusal(&server.soap(&other_expiry).await), "101");
    assert_eq!(refusal(&server.soap(&confirm("1", None)).await), "914");
    assert_eq!(
        refusal(&server.soap(&by_ref("CancelRequest", "ref-1")).await),
        "914"
    );
    let unknown = server.soap(&by_ref("GetPayment", "ref-1")).await;
    assert_eq!(
        (
            unknown.status,
            unknown.element("status"),
            unknown.element("paymentRef")
        ),
        (200, "none", "ref-1")
    );
    assert_eq!(server.balance(HUMO).await, FULL);
}

#[tokio::test]
async fn invalid_requests_get_a_plain_soap_fault() {
    let server = Server::start().await;
    for body in ["", "<a/>", "{}"] {
        let reply = server
            .send("POST", "/humo/payment", Server::BASIC, body)
            .await
            .unwrap();
        assert_eq!(
            (reply.status, reply.body.contains("PaymentServerException")),
            (500, false),
            "{}",
            reply.body
        );
        assert!(reply.body.contains("SOAP-ENV:Fault"));
    }
    let reply = server.soap("<urn:Nothing/>").await;
    assert!(reply.body.contains("not implemented"), "{}", reply.body);
    assert_eq!(
        server
            .send("POST", "/humo/payment", "", "<a/>")
            .await
            .unwrap()
            .status,
        401
    );
}

#[tokio::test]
async fn card_information_shows_phone_money_and_status() {
    let server = Server::start().await;
    server.soap(&create("SOAP_DMS", "ref-1", HUMO, 5_000)).await;
    let ask = async |pan: &str, authorization: &str| {
        let body =
            json!({"id": "42", "params": {"primaryAccountNumber": pan, "mb_flag": 1}}).to_string();
        server
            .send("POST", "/humo/json/v3/iiacs/card", authorization, &body)
            .await
            .unwrap()
    };
    let reply = ask(HUMO, "Bearer ").await.json();
    assert_eq!(reply["id"], "42");
    let result = &reply["result"];
    assert_eq!(result["card"]["nameOnCard"], "ABDUSAMAD TURDIEV");
    assert_eq!(
        (&result["card"]["expiry"], &result["card"]["bankC"]),
        (&json!("3012"), &json!("19"))
    );
    assert_eq!(result["card"]["commissionGroup"], "PRIV");
    let status = &result["card"]["statuses"]["item"][0];
    assert_eq!(
        (&status["type"], &status["actionCode"]),
        (&json!("card"), &json!("000"))
    );
    assert_eq!(
        result["mb"],
        json!({"state": "on", "phone": "+998977446066", "message": "OK"})
    );
    assert_eq!(result["balance"]["availableAmount"], FULL - 5_000);
    assert_eq!(result["balance"]["lockedAmount"], 5_000);

    let inactive = ask("9860190000000281", "Bearer x").await.json();
    assert_eq!(
        inactive["result"]["card"]["statuses"]["item"][0]["actionCode"],
        "281"
    );
    let silent = ask("9860190000000206", "Bearer x").await.json();
    assert_eq!(silent["result"]["mb"]["state"], "off");
    let company = ask("9860190000000258", "Bearer x").await.json();
    assert_eq!(company["result"]["card"]["commissionGroup"], "CORP");

    let unknown = ask("9860000000000000", "Bearer x").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(
        unknown.json(),
        json!({"id": "42", "error": {"code": 404, "message": "Card not found"}})
    );
    assert_eq!(ask(HUMO, "").await.status, 401);
}

#[tokio::test]
async fn payments_are_listed_by_status_period_and_places() {
    let server = Server::start().await;
    let list = |status: &str, period: (&str, &str), places: (i64, i64)| {
        format!(
            "<x:GetPaymentList><status>{status}</status><paymentOriginator>gate</paymentOriginator>\
             <dateFrom>{}</dateFrom><dateTo>{}</dateTo><startBookmark>{}</startBookmark><endBookmark>{}</endBookmark>\
             </x:GetPaymentList>",
            period.0, period.1, places.0, places.1
        )
    };
    // It is 05:00 in Tashkent.
    for number in 1..=3 {
        let created = server
            .soap(&create("SOAP_SMS", &format!("ref-{number}"), HUMO, 5_000))
            .await;
        if number > 1 {
            server
                .soap(&confirm(created.element("paymentID"), None))
                .await;
        }
        server.pass_seconds(60);
    }
    server.soap(&by_ref("ReturnPayment", "ref-3")).await;
    server.soap(&create("SOAP_DMS", "ref-4", HUMO, 6_000)).await;
    let day = ("20250101000000", "20250101235959");
    for (status, period, places, expected) in [
        ("active", day, (1, 100), &["ref-1", "ref-4"][..]),
        ("active", day, (2, 101), &["ref-4"]),
        ("active", day, (1, 1), &["ref-1"]),
        ("active", day, (3, 4), &[]),
        ("finished", day, (1, 100), &["ref-2"]),
        ("returned", day, (1, 100), &["ref-3"]),
        ("cancelled", day, (1, 100), &[]),
        // The second of its creation, from the first to the last.
        (
            "active",
            ("20250101050000", "20250101050000"),
            (1, 100),
            &["ref-1"],
        ),
        (
            "active",
            ("20250101050001", "20250101050300"),
            (1, 100),
            &["ref-4"],
        ),
        (
            "active",
            ("20250102000000", "20250102235959"),
            (1, 100),
            &[],
        ),
    ] {
        let asked = list(status, period, places);
        let reply = server.soap(&asked).await;
        assert_eq!(reply.status, 200, "{asked}");
        let parts = reply.body.split("<paymentRef>").skip(1);
        let listed: Vec<&str> = parts.map(|part| part.split('<').next().unwrap()).collect();
        assert_eq!(listed, expected, "{asked}");
        let count = |words: &str| reply.body.matches(words).count();
        let status = format!("<status>{status}</status><details>");
        assert_eq!(
            (count("<payment>"), count(&status)),
            (listed.len(), listed.len()),
            "{}",
            reply.body
        );
    }
    for wrong in [
        list("lost", day, (1, 100)),
        list("active", ("2025-01-01", day.1), (1, 100)),
        list("active", (day.0, ""), (1, 100)),
        list("active", day, (0, 99)),
        list("active", day, (2, 1)),
        list("active", day, (1, 101)),
        list("active", day, (1, 100)).replace("gate", ""),
    ] {
        assert_eq!(refusal(&server.soap(&wrong).await), "-1", "{wrong}");
    }
    server
        .fault(json!({"network": "HUMO", "operation": "lookup", "kind": "decline", "code": "914", "times": 1}))
        .await;
    assert_eq!(
        refusal(&server.soap(&list("active", day, (1, 100))).await),
        "914"
    );
}
