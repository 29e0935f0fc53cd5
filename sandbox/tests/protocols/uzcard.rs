use serde_json::{Value, json};

use crate::support::{FULL, NOW, Server, UZCARD, charge, hold, pay};

#[tokio::test]
async fn a_payment_takes_money_once_and_is_reversed_once() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let tran = server
        .result("trans.pay.purpose", pay(&token, "ext-1", 5_000))
        .await;
    let ref_num = tran["refNum"].as_str().unwrap();
    assert_eq!(ref_num.len(), 12);
    assert!(ref_num.ends_with(tran["field38"].as_str().unwrap()));
    for (field, value) in [
        ("ext", json!("ext-1")),
        ("username", json!("gate")),
        ("pan", json!("860001******1332")),
        ("tranType", json!("DEBIT")),
        ("amount", json!(5_000)),
        ("commission", json!(0)),
        ("currency", json!(860)),
        ("date12", json!("250101050000")),
        ("date7", json!("0101050000")),
        ("merchantId", json!("90001")),
        ("terminalId", json!("92400001")),
        ("resp", json!(0)),
        ("respSV", json!("00")),
        ("status", json!("OK")),
    ] {
        assert_eq!(tran[field], value, "{field}");
    }
    assert_eq!(server.balance(UZCARD).await, FULL - 5_000);
    assert_eq!(
        server
            .error("trans.pay.purpose", pay(&token, "ext-1", 5_000))
            .await,
        -207
    );
    assert_eq!(
        server.result("trans.ext", json!({"extId": "ext-1"})).await,
        json!([tran])
    );
    assert_eq!(
        server.error("trans.ext", json!({"extId": "ext-2"})).await,
        -208
    );

    let reversed = server
        .result("trans.reverse", json!({"tranId": ref_num}))
        .await;
    assert_eq!(
        (&reversed[0]["status"], &reversed[0]["refNum"]),
        (&json!("ROK"), &tran["refNum"])
    );
    assert_eq!(
        server.result("trans.ext", json!({"extId": "ext-1"})).await,
        reversed
    );
    assert_eq!(
        server
            .error("trans.reverse", json!({"tranId": ref_num}))
            .await,
        -389
    );
    assert_eq!(
        server
            .error("trans.reverse", json!({"tranId": "000000000001"}))
            .await,
        -208
    );
    assert_eq!(server.balance(UZCARD).await, FULL);
    assert_eq!(
        server.ledger().await,
        ["pay ext-1 5000", "reverse ext-1 5000"]
    );
}

fn part(ref_num: &Value, ext: &str, amount: i64) -> Value {
    json!({"tran": {"tranId": ref_num, "reverseAmount": amount, "ext": ext}})
}

#[tokio::test]
async fn a_payment_is_reversed_in_parts() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let tran = server
        .result("trans.pay.purpose", pay(&token, "ext-1", 5_000))
        .await;
    let method = "trans.reverse.partial";
    let of = |ext: &str, amount| part(&tran["refNum"], ext, amount);
    assert_eq!(server.error(method, of("more", 5_001)).await, -381);
    assert_eq!(server.error(method, of("none", 0)).await, -209);
    assert_eq!(server.error(method, of("ext-1", 1)).await, -207);
    assert_eq!(
        server
            .error(method, part(&json!("000000000001"), "x", 1))
            .await,
        -208
    );

    let first = server.result(method, of("part-1", 2_000)).await;
    let told = json!([
        first["ext"],
        first["amount"],
        first["status"],
        first["resp"]
    ]);
    assert_eq!(told, json!(["part-1", 2_000, "ROK", 0]));
    assert_ne!(first["refNum"], tran["refNum"]);
    let listed = server.result("trans.ext", json!({"extId": "part-1"})).await;
    assert_eq!(listed, json!([first]));
    // The payment stands while anything of it is left.
    let listed = server.result("trans.ext", json!({"extId": "ext-1"})).await;
    assert_eq!(listed, json!([tran]));
    assert_eq!(server.balance(UZCARD).await, FULL - 3_000);
    assert_eq!(server.error(method, of("part-1", 1)).await, -207);
    assert_eq!(server.error(method, of("more", 3_001)).await, -381);
    // After a part, not all at once; and no part of a part.
    let all = json!({"tranId": tran["refNum"]});
    assert_eq!(server.error("trans.reverse", all).await, -389);
    assert_eq!(
        server.error(method, part(&first["refNum"], "x", 1)).await,
        -389
    );

    server.result(method, of("part-2", 3_000)).await;
    let listed = server.result("trans.ext", json!({"extId": "ext-1"})).await;
    assert_eq!(listed[0]["status"], "ROK");
    assert_eq!(server.error(method, of("part-3", 1)).await, -389);
    assert_eq!(server.balance(UZCARD).await, FULL);
    assert_eq!(
        server.ledger().await,
        [
            "pay ext-1 5000",
            "reverse part-1 2000",
            "reverse part-2 3000"
        ]
    );
    // The history shows money that comes, and the payment as it was.
    let day = json!({"startDate": "20250101", "endDate": "20250101"});
    let criteria = json!({"cardIds": [token], "range": day, "pageNumber": 0, "pageSize": 10});
    let page = server
        .result("trans.history", json!({"criteria": criteria}))
        .await;
    let shown: Vec<Value> = page["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            json!([
                row["actamt"],
                row["isCredit"],
                row["reversal"],
                row["acctbal"]
            ])
        })
        .collect();
    assert_eq!(shown.len(), 3);
    assert!(shown.contains(&json!([5_000, false, false, FULL - 5_000])));
    assert_eq!(page["totalDebit"], 5_000);
    assert_eq!(page["totalCredit"], 5_000);
}

#[tokio::test]
async fn payments_are_refused_with_the_cards_code() {
    let server = Server::start().await;
    for (pan, code) in [
        ("8600010000000116", -240),
        ("8600010000000104", -205),
        ("8600010000000101", -201),
        ("8600010000000281", -204),
    ] {
        let token = server.attach(pan).await;
        assert_eq!(
            server
                .error("trans.pay.purpose", pay(&token, pan, 101))
                .await,
            code,
            "{pan}"
        );
        assert_eq!(
            server.error("hold.create", hold(&token, 101)).await,
            code,
            "{pan}"
        );
        assert_eq!(
            server.error("trans.ext", json!({"extId": pan})).await,
            -208,
            "{pan}"
        );
    }
    // The payer's bank says this one in a result.
    let (pan, token) = ("8600010000000106", server.attach("8600010000000106").await);
    let refused = server
        .result("trans.pay.purpose", pay(&token, pan, 101))
        .await;
    assert_eq!(
        (&refused["status"], &refused["resp"]),
        (&json!("ERR"), &json!(75))
    );
    assert_eq!(
        server.result("hold.create", hold(&token, 101)).await["status"],
        75
    );
    let token = server.attach(UZCARD).await;
    let mut wrong = pay(&token, "e", 1);
    wrong["tran"]["amount"] = json!("100");
    assert_eq!(server.error("trans.pay.purpose", wrong).await, -209);
    assert_eq!(
        server
            .error("trans.pay.purpose", pay("unknown", "e", 1))
            .await,
        -257
    );
    assert_eq!(
        server
            .error("trans.pay.purpose", pay(&token, "e", FULL + 1))
            .await,
        -240
    );
    assert_eq!(
        server
            .error("trans.pay.purpose", pay(&token, "e", i64::MAX))
            .await,
        -240
    );
    assert_eq!(server.error("p2p.nothing", json!({})).await, -199);
    assert!(server.ledger().await.is_empty());
}

#[tokio::test]
async fn a_refusal_may_come_as_a_result() {
    let server = Server::start().await;
    let token = server.attach("8600010000000051").await;
    let tran = server
        .result("trans.pay.purpose", pay(&token, "ext-1", 100))
        .await;
    assert_eq!(
        (&tran["resp"], &tran["status"]),
        (&json!(51), &json!("ERR"))
    );
    assert_eq!(tran["refNum"], "000000000000");
    assert_eq!(
        server.result("trans.ext", json!({"extId": "ext-1"})).await,
        json!([tran])
    );
    assert_eq!(
        server.result("hold.create", hold(&token, 100)).await["status"],
        51
    );
    assert_eq!(server.balance("8600010000000051").await, FULL);
    assert!(server.ledger().await.is_empty());
}

#[tokio::test]
async fn a_hold_is_captured_in_part_dismissed_or_expires() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let mut ids = Vec::new();
    for amount in [1_000, 1_000, 3_000] {
        let created = server.result("hold.create", hold(&token, amount)).await;
        assert_eq!(created["status"], 0);
        ids.push(created["id"].clone());
    }
    let [first, second, third] = ids.as_slice() else {
        unreachable!()
    };
    assert_ne!(first, second, "the same call twice holds twice");
    assert_eq!(server.balance(UZCARD).await, FULL - 5_000);

    let item = server.result("hold.get.id", json!({"id": first})).await;
    assert_eq!(
        (&item["hid"], &item["reqamt"], &item["status"]),
        (first, &json!(1_000), &json!(0))
    );
    assert_eq!(
        (&item["createTime"], &item["waitingTime"]),
        (&json!(NOW), &json!(10_080))
    );
    assert_eq!(item["userName"], "gate");

    assert_eq!(
        server
            .error("hold.dismiss.charge", charge(first, "c-1", 1_001))
            .await,
        -245
    );
    let tran = server
        .result("hold.dismiss.charge", charge(first, "c-1", 400))
        .await;
    assert_eq!(
        (&tran["amount"], &tran["stan"], &tran["status"]),
        (&json!(400), &json!(524_662), &json!("OK"))
    );
    assert_eq!(
        server.balance(UZCARD).await,
        FULL - 4_400,
        "the rest is free again"
    );
    assert_eq!(
        server
            .error("hold.dismiss.charge", charge(first, "c-1", 400))
            .await,
        -207
    );
    assert_eq!(
        server
            .error("hold.dismiss.charge", charge(first, "c-2", 400))
            .await,
        -242
    );

    let dismiss = |hold: &Value| json!({"hold": {"holdId": hold, "amount": 1_000}});
    assert_eq!(server.error("hold.dismiss", dismiss(third)).await, -245);
    assert_eq!(
        server.result("hold.dismiss", dismiss(second)).await["status"],
        0
    );
    assert_eq!(server.error("hold.dismiss", dismiss(second)).await, -242);
    assert_eq!(server.error("hold.get.id", json!({"id": 5})).await, -242);

    server.pass_seconds(10_080 * 60);
    assert_eq!(
        server
            .error("hold.dismiss.charge", charge(third, "c-3", 1))
            .await,
        -242
    );
    assert_eq!(server.balance(UZCARD).await, FULL - 400);
    let holds = server
        .result("hold.get.cardId", json!({"cardId": token}))
        .await;
    let states: Vec<i64> = holds
        .as_array()
        .unwrap()
        .iter()
        .map(|hold| hold["status"].as_i64().unwrap())
        .collect();
    assert_eq!(states, [1, 2, 3]);

    let by_ext = server.result("trans.ext", json!({"extId": "c-1"})).await;
    server
        .result("trans.reverse", json!({"tranId": by_ext[0]["refNum"]}))
        .await;
    assert_eq!(server.balance(UZCARD).await, FULL);
    let expected = [
        format!("hold {first} 1000"),
        format!("hold {second} 1000"),
        format!("hold {third} 3000"),
        "capture c-1 400".to_owned(),
        format!("release {second} 1000"),
        format!("release {third} 3000"),
        "reverse c-1 400".to_owned(),
    ];
    assert_eq!(server.ledger().await, expected);
    for minutes in [0, 43_201] {
        let mut wrong = hold(&token, 1);
        wrong["hold"]["time"] = json!(minutes);
        assert_eq!(server.error("hold.create", wrong).await, -241);
    }
}

#[tokio::test]
async fn credentials_and_envelopes_are_checked() {
    let server = Server::start().await;
    let body = json!({"id": 7, "method": "cards.get", "params": {"ids": []}}).to_string();
    assert_eq!(
        server
            .send("POST", "/uzcard", "", &body)
            .await
            .unwrap()
            .status,
        401
    );
    let reply = server
        .send("POST", "/uzcard", Server::BASIC, &body)
        .await
        .unwrap();
    assert_eq!(
        reply.json(),
        json!({"jsonrpc": "2.0", "id": 7, "result": []})
    );
    for (body, code) in [
        ("nonsense", -199),
        (r#"{"id":1}"#, -199),
        (r#"{"method":"cards.get"}"#, -100),
    ] {
        let reply = server
            .send("POST", "/uzcard", Server::BASIC, body)
            .await
            .unwrap();
        assert_eq!(
            (reply.status, &reply.json()["error"]["code"]),
            (200, &json!(code)),
            "{body}"
        );
    }
}
