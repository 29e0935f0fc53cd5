use serde_json::{Value, json};

use crate::support::{FULL, HUMO, Server, UZCARD, UZCARD_2, credit, p2p, pay};

#[tokio::test]
async fn a_transfer_moves_the_amount_and_the_fee_and_is_undone_once() {
    let server = Server::start().await;
    let before = server.totals().await;
    let token = server.attach(UZCARD).await;
    let tran = server
        .result("p2p.universal", p2p(&token, UZCARD_2, "ext-1", 5_000, 25))
        .await;
    for (field, value) in [
        ("ext", json!("ext-1")),
        ("pan", json!("860001******1332")),
        ("pan2", json!("860049******3347")),
        ("amount", json!(5_000)),
        ("commission", json!(25)),
        ("tranType", json!("P2P")),
        ("transType", json!(1)),
        ("resp", json!(0)),
        ("status", json!("OK")),
        ("refNumDebit", tran["refNum"].clone()),
    ] {
        assert_eq!(tran[field], value, "{field}");
    }
    assert_eq!(tran["refNumCredit"].as_str().unwrap().len(), 12);
    assert_ne!(tran["refNumCredit"], tran["refNumDebit"]);
    assert_eq!(
        (server.balance(UZCARD).await, server.balance(UZCARD_2).await),
        (FULL - 5_025, FULL + 5_000)
    );
    let [available, ..] = before;
    assert_eq!(server.totals().await, [available - 25, 0, 0, 25]);
    assert_eq!(
        server
            .error("p2p.universal", p2p(&token, UZCARD_2, "ext-1", 5_000, 25))
            .await,
        -207
    );
    assert_eq!(
        server.result("trans.ext", json!({"extId": "ext-1"})).await,
        json!([tran])
    );

    let reverse = json!({"tranId": tran["refNum"]});
    let reversed = server.result("trans.reverse", reverse.clone()).await;
    assert_eq!(reversed[0]["status"], "ROK");
    assert_eq!(server.error("trans.reverse", reverse).await, -389);
    assert_eq!(server.totals().await, before);
    assert_eq!(
        (server.balance(UZCARD).await, server.balance(UZCARD_2).await),
        (FULL, FULL)
    );
    assert_eq!(
        server.ledger().await,
        ["p2p ext-1 5000", "reverse ext-1 5000"]
    );
    assert_eq!(server.get("/sandbox/ledger").await[0]["pan"], UZCARD);
}

#[tokio::test]
async fn the_recipient_may_be_a_token_and_the_fee_zero() {
    let server = Server::start().await;
    let (from, to) = (server.attach(UZCARD).await, server.attach(UZCARD_2).await);
    let mut params = p2p(&from, &to, "ext-1", FULL, 0);
    params["p2p"].as_object_mut().unwrap().remove("feeAmount");
    let tran = server.result("p2p.universal", params).await;
    assert_eq!(
        (&tran["commission"], &tran["pan2"]),
        (&json!(0), &json!("860049******3347"))
    );
    assert_eq!(server.balance(UZCARD_2).await, 2 * FULL);

    server
        .result("trans.pay.purpose", pay(&to, "ext-2", FULL + 1))
        .await;
    assert_eq!(
        server
            .error("trans.reverse", json!({"tranId": tran["refNum"]}))
            .await,
        -240,
        "the recipient has spent the money"
    );
    assert_eq!(server.balance(UZCARD_2).await, FULL - 1);
}

#[tokio::test]
async fn a_transfer_may_go_to_a_card_of_humo_by_its_number() {
    let server = Server::start().await;
    let [available, ..] = server.totals().await;
    let token = server.attach(UZCARD).await;
    let tran = server
        .result("p2p.universal", p2p(&token, HUMO, "ext-1", 5_000, 25))
        .await;
    assert_eq!(
        (&tran["pan2"], &tran["commission"], &tran["status"]),
        (&json!("986019******8366"), &json!(25), &json!("OK"))
    );
    assert_eq!(
        (server.balance(UZCARD).await, server.balance(HUMO).await),
        (FULL - 5_025, FULL + 5_000)
    );
    assert_eq!(server.totals().await, [available - 25, 0, 0, 25]);
    server
        .result("trans.reverse", json!({"tranId": tran["refNum"]}))
        .await;
    assert_eq!(server.balance(HUMO).await, FULL);
    assert_eq!(
        server.ledger().await,
        ["p2p ext-1 5000", "reverse ext-1 5000"]
    );
    // A card of HUMO's that takes no money fails the second leg.
    let refused = p2p(&token, "9860190000000104", "ext-2", 1, 0);
    assert_eq!(server.error("p2p.universal", refused).await, -205);
    let listed = server.result("trans.ext", json!({"extId": "ext-2"})).await;
    assert_eq!(listed[0]["status"], "ERR");
}

#[tokio::test]
async fn transfers_are_refused_with_the_code_of_sender_or_recipient() {
    let server = Server::start().await;
    let good = server.attach(UZCARD).await;
    for (pan, as_sender, as_recipient) in [
        ("8600010000000116", Some(-240), None),
        ("8600010000000104", Some(-205), Some(-205)),
        ("8600010000000101", Some(-201), Some(-201)),
        ("8600010000000106", None, Some(-293)),
        ("8600010000000281", Some(-204), Some(-204)),
        ("8600010000000404", None, Some(-291)),
        ("8600010000000051", None, None),
    ] {
        let token = server.attach(pan).await;
        let (out, back) = (format!("out {pan}"), format!("back {pan}"));
        let tried = [
            (p2p(&token, UZCARD_2, &out, 101, 0), as_sender),
            (p2p(&good, pan, &back, 101, 0), as_recipient),
            (
                p2p(&good, &token, &format!("t {back}"), 101, 0),
                as_recipient,
            ),
        ];
        for (params, code) in tried {
            let ext = params["p2p"]["ext"].as_str().unwrap().to_owned();
            match code {
                Some(code) => {
                    assert_eq!(server.error("p2p.universal", params).await, code, "{ext}");
                    // One of its two legs has failed.
                    let listed = server.result("trans.ext", json!({"extId": ext})).await;
                    assert_eq!(
                        (&listed[0]["status"], &listed[0]["refNum"]),
                        (&json!("ERR"), &json!("000000000000")),
                        "{ext}"
                    );
                }
                None => {
                    server.result("p2p.universal", params).await;
                }
            }
        }
        let credited = credit(pan, &format!("credit {pan}"), 101);
        match as_recipient {
            Some(code) => assert_eq!(server.error("p2p.universal.credit", credited).await, code),
            None => assert_eq!(
                server.result("p2p.universal.credit", credited).await["status"],
                "OK"
            ),
        }
    }
    let in_result = server
        .result("trans.ext", json!({"extId": "out 8600010000000051"}))
        .await;
    assert_eq!(
        (&in_result[0]["status"], &in_result[0]["refNumCredit"]),
        (&json!("ERR"), &json!("000000000000"))
    );
    assert_eq!(
        server
            .error(
                "p2p.universal",
                p2p(&good, "8600010000000258", "corporate", 1, 0)
            )
            .await,
        -258
    );

    for (recipient, code) in [
        (UZCARD, -210),
        (good.as_str(), -210),
        ("9860000000000000", -382),
        ("8600000000000000", -200),
        ("unknown", -257),
    ] {
        assert_eq!(
            server
                .error("p2p.universal", p2p(&good, recipient, "e", 1, 0))
                .await,
            code,
            "{recipient}"
        );
    }
    for (amount, fee, code) in [
        (FULL + 1, 0, -240),
        (i64::MAX, i64::MAX, -240),
        (0, 0, -209),
        (1, -1, -209),
    ] {
        assert_eq!(
            server
                .error(
                    "p2p.universal",
                    p2p(&good, UZCARD_2, &format!("{amount} {fee}"), amount, fee)
                )
                .await,
            code
        );
    }
    assert_eq!(
        server
            .error("p2p.universal", p2p(UZCARD, UZCARD_2, "e", 1, 0))
            .await,
        -257,
        "the sender is a token"
    );
}

#[tokio::test]
async fn a_credit_is_the_merchants_money() {
    let server = Server::start().await;
    let before = server.totals().await;
    let tran = server
        .result("p2p.universal.credit", credit(UZCARD, "ext-1", 5_000))
        .await;
    for (field, value) in [
        ("ext", json!("ext-1")),
        ("pan", json!("860001******1332")),
        ("pan2", json!("")),
        ("tranType", json!("CREDIT")),
        ("amount", json!(5_000)),
        ("status", json!("OK")),
    ] {
        assert_eq!(tran[field], value, "{field}");
    }
    assert_eq!(server.balance(UZCARD).await, FULL + 5_000);
    let [available, ..] = before;
    assert_eq!(server.totals().await, [available + 5_000, 0, -5_000, 0]);
    assert_eq!(
        server
            .error("p2p.universal.credit", credit(UZCARD, "ext-1", 5_000))
            .await,
        -207
    );
    assert_eq!(
        server.result("trans.ext", json!({"extId": "ext-1"})).await,
        json!([tran])
    );
    let reverse = json!({"tranId": tran["refNum"]});
    let token = server.attach(UZCARD).await;
    let spent = server
        .result("trans.pay.purpose", pay(&token, "ext-2", FULL + 1))
        .await;
    assert_eq!(server.error("trans.reverse", reverse.clone()).await, -240);
    server
        .result("trans.reverse", json!({"tranId": spent["refNum"]}))
        .await;
    server.result("trans.reverse", reverse).await;
    assert_eq!(server.totals().await, before);
    assert_eq!(
        server.ledger().await,
        [
            "credit ext-1 5000".to_owned(),
            format!("pay ext-2 {}", FULL + 1),
            format!("reverse ext-2 {}", FULL + 1),
            "reverse ext-1 5000".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_large_credit_needs_the_senders_document() {
    let server = Server::start().await;
    let limit = sandbox::UNNAMED_CREDIT_MAX;
    let document = json!({
        "nationality": "860", "type": "passport", "seriesNumber": "AA1234567", "birthDate": "04041999",
        "validTo": "04052035", "mrz": "12345678912345",
    });
    let with = |document: &Value, ext: &str| {
        let mut params = credit(UZCARD, ext, limit + 1);
        params["credit"]["sender"]["doc"] = document.clone();
        params
    };
    let method = "p2p.universal.credit";
    server.result(method, credit(UZCARD, "e-1", limit)).await;
    assert_eq!(
        server.error(method, credit(UZCARD, "e-2", limit + 1)).await,
        -384
    );
    server.result(method, with(&document, "e-2")).await;
    for (member, value, code) in [
        ("seriesNumber", json!(""), -384),
        ("mrz", json!("123456789123456"), -209),
        ("birthDate", json!("31021999"), -385),
        ("birthDate", json!("19990404"), -385),
        ("validTo", json!("2035"), -386),
    ] {
        let mut wrong = document.clone();
        wrong[member] = value;
        assert_eq!(
            server.error(method, with(&wrong, "e-3")).await,
            code,
            "{member}"
        );
    }
    let mut nobody = credit(UZCARD, "e-3", 1);
    nobody["credit"]["sender"]["lastName"] = json!("");
    assert_eq!(server.error(method, nobody).await, -384);
    let mut nobody = credit(UZCARD, "e-3", 1);
    nobody["credit"].as_object_mut().unwrap().remove("sender");
    assert_eq!(server.error(method, nobody).await, -103);
    for (recipient, code) in [(HUMO, -382), ("unknown", -257)] {
        assert_eq!(
            server.error(method, credit(recipient, "e-3", 1)).await,
            code
        );
    }
    assert_eq!(server.error(method, with(&document, "e-2")).await, -207);
}

#[tokio::test]
async fn a_recipient_is_known_before_anything_moves() {
    let server = Server::start().await;
    let ask = async |pan: &str| server.result("p2p.info", json!({"hpan": pan})).await;
    assert_eq!(
        ask(UZCARD).await,
        json!({
            "CREF_NO": "010132441332", "EMBOS_NAME": "TEST TESTOV", "CARDTYPE": "UZCARD", "CARDSTATUS": "0",
            "CARDID": "32441332", "PINCNT": 0, "EXP_DT": "3012",
        })
    );
    for (suffix, status, tries, expiry) in [
        ("0104", "19", 0, "3012"),
        ("0101", "0", 0, "2312"),
        ("0106", "13", 3, "3012"),
        ("0281", "12", 0, "3012"),
        ("0404", "0", 0, "3012"),
        // The transport only fails when money moves.
        ("0504", "0", 0, "3012"),
    ] {
        let info = ask(&format!("860001000000{suffix}")).await;
        assert_eq!(
            (&info["CARDSTATUS"], &info["PINCNT"], &info["EXP_DT"]),
            (&json!(status), &json!(tries), &json!(expiry)),
            "{suffix}"
        );
    }
    for (pan, code) in [
        ("8600000000000000", -200),
        (HUMO, -200),
        ("86000000", -202),
        ("860000000000000x", -202),
    ] {
        let params = json!({"hpan": pan});
        assert_eq!(server.error("p2p.info", params).await, code, "{pan}");
    }
    assert_eq!(server.error("p2p.info", json!({})).await, -103);
}
