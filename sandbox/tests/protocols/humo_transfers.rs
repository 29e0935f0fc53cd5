use serde_json::json;

use crate::support::{
    FULL, HUMO, HUMO_2, Server, UZCARD, by_ref, confirm, create, refusal, request, to_card,
};

async fn status(server: &Server, payment_ref: &str) -> String {
    let found = server.soap(&by_ref("GetPayment", payment_ref)).await;
    found.element("status").to_owned()
}

#[tokio::test]
async fn a_transfer_blocks_moves_and_is_returned() {
    let server = Server::start().await;
    let before = server.totals().await;
    let [available, ..] = before;
    let created = server.soap(&request("ref-1", HUMO, HUMO_2, 5_100)).await;
    assert!(
        created.body.contains("<ebppif1:RequestResponse>"),
        "{}",
        created.body
    );
    assert_eq!(
        (created.element("action"), created.element("paymentRef")),
        ("4", "ref-1")
    );
    assert!(!created.element("sessionID").is_empty());
    // A fee of 25.5 is rounded up.
    assert_eq!(
        (created.item("amount"), created.item("amount_fee")),
        ("5100", "26")
    );
    assert_eq!(created.item("auth_ref_number").len(), 12);
    assert_ne!(
        created.item("auth_ref_number2"),
        created.item("auth_ref_number")
    );
    assert_eq!(server.totals().await, [available - 5_126, 5_126, 0, 0]);
    assert_eq!(
        (server.balance(HUMO).await, server.balance(HUMO_2).await),
        (FULL - 5_126, FULL)
    );
    assert!(server.ledger().await.is_empty());
    assert_eq!(status(&server, "ref-1").await, "active");
    for again in [
        request("ref-1", HUMO, HUMO_2, 5_100),
        create("SOAP_SMS", "ref-1", HUMO, 5_100),
        to_card("ref-1", HUMO, 5_100, &[]),
    ] {
        assert_eq!(refusal(&server.soap(&again).await), "913");
    }
    let id = created.element("paymentID");
    assert_eq!(
        refusal(&server.soap(&by_ref("ReturnPayment", "ref-1")).await),
        "902"
    );
    assert_eq!(refusal(&server.soap(&confirm(id, Some(5_099))).await), "-1");

    let confirmed = server.soap(&confirm(id, None)).await;
    assert!(confirmed.body.contains("<ebppif1:PaymentResponse>"));
    assert_eq!(
        (confirmed.element("action"), confirmed.item("amount_fee")),
        ("10", "26")
    );
    assert_eq!(server.totals().await, [available - 26, 0, 0, 26]);
    assert_eq!(
        (server.balance(HUMO).await, server.balance(HUMO_2).await),
        (FULL - 5_126, FULL + 5_100)
    );
    assert_eq!(status(&server, "ref-1").await, "finished");
    assert_eq!(refusal(&server.soap(&confirm(id, None)).await), "902");
    assert_eq!(
        refusal(&server.soap(&by_ref("CancelRequest", "ref-1")).await),
        "902"
    );

    server.soap(&by_ref("ReturnPayment", "ref-1")).await;
    assert_eq!(status(&server, "ref-1").await, "returned");
    assert_eq!(
        refusal(&server.soap(&by_ref("ReturnPayment", "ref-1")).await),
        "902"
    );
    assert_eq!(server.totals().await, before);
    assert_eq!(
        server.ledger().await,
        ["p2p ref-1 5100", "reverse ref-1 5100"]
    );
    assert_eq!(server.get("/sandbox/ledger").await[0]["pan"], HUMO);
}

#[tokio::test]
async fn a_transfer_is_cancelled_before_but_not_returned_after_the_money_is_spent() {
    let server = Server::start().await;
    let before = server.totals().await;
    server.soap(&request("ref-1", HUMO, HUMO_2, 5_000)).await;
    server.soap(&by_ref("CancelRequest", "ref-1")).await;
    assert_eq!(status(&server, "ref-1").await, "cancelled");
    assert_eq!(server.totals().await, before);
    assert!(server.ledger().await.is_empty());

    let created = server.soap(&request("ref-2", HUMO, HUMO_2, 5_000)).await;
    server
        .soap(&confirm(created.element("paymentID"), None))
        .await;
    server
        .soap(&create("SOAP_DMS", "ref-3", HUMO_2, FULL + 1))
        .await;
    assert_eq!(
        refusal(&server.soap(&by_ref("ReturnPayment", "ref-2")).await),
        "116"
    );
    assert_eq!(status(&server, "ref-2").await, "finished");
}

#[tokio::test]
async fn transfers_and_credits_are_refused_with_the_cards_codes() {
    let server = Server::start().await;
    for (suffix, as_sender, as_recipient) in [
        ("0116", Some("116"), None),
        ("0104", Some("104"), Some("104")),
        ("0101", Some("101"), Some("101")),
        ("0106", Some("106"), Some("106")),
        ("0258", Some("119"), Some("119")),
        ("0281", Some("281"), Some("281")),
        ("0404", None, Some("119")),
    ] {
        let pan = format!("986019000000{suffix}");
        for (operation, code) in [
            (
                request(&format!("out {suffix}"), &pan, HUMO, 100),
                as_sender,
            ),
            (
                request(&format!("in {suffix}"), HUMO, &pan, 100),
                as_recipient,
            ),
            (
                to_card(&format!("credit {suffix}"), &pan, 100, &[]),
                as_recipient,
            ),
        ] {
            let reply = server.soap(&operation).await;
            match code {
                Some(code) => assert_eq!(refusal(&reply), code, "{operation}"),
                None => assert_eq!(reply.element("action"), "4", "{operation}"),
            }
        }
        if as_recipient.is_some() {
            assert_eq!(status(&server, &format!("in {suffix}")).await, "none");
            assert_eq!(status(&server, &format!("credit {suffix}")).await, "none");
        }
    }
    for (operation, code) in [
        (request("r", HUMO, UZCARD, 1), "118"),
        (request("r", HUMO, "9860190000000000", 1), "118"),
        (to_card("r", UZCARD, 1, &[]), "118"),
        (request("r", HUMO, HUMO, 1), "-1"),
        (request("r", HUMO, "", 1), "-1"),
        (to_card("r", "", 1, &[]), "-1"),
        (request("", HUMO, HUMO_2, 1), "-1"),
        (
            request("r", HUMO, HUMO_2, 1).replace("<autoSwitch>1", "<autoSwitch>0"),
            "-1",
        ),
        (
            request("r", HUMO, HUMO_2, 1).replace("<value>50<", "<value><"),
            "-1",
        ),
        (
            request("r", HUMO, HUMO_2, 1).replace(">860<", ">840<"),
            "-1",
        ),
        (
            request("r", HUMO, HUMO_2, 1).replace(">3012<", ">3011<"),
            "101",
        ),
        (request("r", HUMO, HUMO_2, 0), "110"),
        (to_card("r", HUMO, -5, &[]), "110"),
        (request("r", HUMO, HUMO_2, i64::MAX), "116"),
        (request("r", HUMO, HUMO_2, FULL), "116"),
    ] {
        assert_eq!(refusal(&server.soap(&operation).await), code, "{operation}");
    }
}

#[tokio::test]
async fn a_credit_is_executed_at_once_and_again_when_confirmed() {
    let server = Server::start().await;
    let [available, ..] = server.totals().await;
    let created = server.soap(&to_card("ref-1", HUMO, 5_000, &[])).await;
    assert_eq!(
        (created.element("action"), created.item("amount")),
        ("4", "5000")
    );
    assert_eq!(created.item("internal_pan_masked"), "986019******8366");
    assert_eq!(server.balance(HUMO).await, FULL + 5_000);
    assert_eq!(server.totals().await, [available + 5_000, 0, -5_000, 0]);
    assert_eq!(status(&server, "ref-1").await, "active");
    for undo in ["CancelRequest", "ReturnPayment"] {
        assert_eq!(refusal(&server.soap(&by_ref(undo, "ref-1")).await), "902");
    }

    let trap = server
        .soap(&confirm(created.element("paymentID"), None))
        .await;
    assert_eq!(trap.element("action"), "10");
    assert_eq!(server.balance(HUMO).await, FULL + 10_000);
    assert_eq!(server.totals().await, [available + 10_000, 0, -10_000, 0]);
    assert_eq!(status(&server, "ref-1").await, "finished");
    let id = created.element("paymentID");
    assert_eq!(refusal(&server.soap(&confirm(id, None)).await), "902");
    assert_eq!(
        refusal(&server.soap(&by_ref("ReturnPayment", "ref-1")).await),
        "902"
    );
    assert_eq!(
        server.ledger().await,
        ["credit ref-1 5000", "credit ref-1 5000"]
    );
    assert_eq!(server.get("/sandbox/ledger").await[0]["pan"], HUMO);
}

#[tokio::test]
async fn a_large_credit_needs_the_senders_document() {
    let server = Server::start().await;
    let limit = sandbox::UNNAMED_CREDIT_MAX;
    let sender = [
        ("sender_serial_no", "AA"),
        ("sender_id_card", "1234567"),
        ("sender_first_name", "TEST"),
        ("sender_surname", "TESTOV"),
        ("sender_nationality", "860"),
        ("sender_doc_type", "001"),
        ("sender_doc_validthrough", "20350504"),
        ("sender_person_code", "12345678912345"),
        ("sender_birth_date", "19990404"),
    ];
    let [without_birth_date @ .., _] = &sender;
    server.soap(&to_card("r-1", HUMO, limit, &[])).await;
    for incomplete in [[].as_slice(), without_birth_date] {
        let refused = server
            .soap(&to_card("r-2", HUMO, limit + 1, incomplete))
            .await;
        assert_eq!(
            (refusal(&refused), refused.element("provider")),
            ("-1", "EBPP")
        );
    }
    server.soap(&to_card("r-2", HUMO, limit + 1, &sender)).await;
    assert_eq!(server.balance(HUMO).await, FULL + 2 * limit + 1);
}

#[tokio::test]
async fn card_information_shows_companies_and_used_up_pin_tries() {
    let server = Server::start().await;
    let ask = async |pan: &str| {
        let body = json!({"id": "1", "params": {"primaryAccountNumber": pan}}).to_string();
        let reply = server
            .send("POST", "/humo/json/v3/iiacs/card", "Bearer x", &body)
            .await
            .unwrap();
        reply.json()["result"]["card"].take()
    };
    assert_eq!(ask("9860190000000106").await["pinTryCount"], 3);
    assert_eq!(ask("9860190000000258").await["commissionGroup"], "CORP");
    for silent in ["9860190000000104", "9860190000000101", "9860190000000404"] {
        let card = ask(silent).await;
        assert_eq!(card["statuses"]["item"][0]["actionCode"], "000", "{silent}");
    }
    // Clients read the first item of type `card`; who is about to credit the card can see more.
    for (pan, code) in [("9860190000000104", "104"), ("9860190000000101", "101")] {
        let items = ask(pan).await["statuses"]["item"].take();
        assert_eq!(
            (&items[2]["type"], &items[2]["actionCode"]),
            (&json!("card"), &json!(code)),
            "{pan}"
        );
    }
}
