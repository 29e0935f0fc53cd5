//! How contours differ: older and newer methods of SVGate, what else tells of HUMO's cards, and what closes a terminal's day.

use serde_json::{Value, json};

use crate::support::{FULL, HUMO, Reply, Server, UZCARD, by_ref, confirm, create, pay, refusal};

/// `trans.pay`, with the fields of ISO 8583.
fn old_pay(token: &str, ext: &str, amount: i64) -> Value {
    json!({"tran": {
        "cardId": token, "merchantId": "90001", "terminalId": "92400001", "port": 123_456, "amount": amount, "ext": ext,
        "stan": "000001", "date12": "250101050000",
    }})
}

#[tokio::test]
async fn an_older_contour_pays_by_trans_pay() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    for (member, wrong, code) in [
        ("date12", json!("25010105"), -329),
        ("date12", json!("25-01-01 05:"), -329),
        ("stan", json!("7"), -330),
        ("stan", json!("00000a"), -330),
        ("port", Value::Null, -103),
        ("port", json!("COM1"), -209),
        ("date12", Value::Null, -103),
    ] {
        let mut params = old_pay(&token, "old-1", 5_000);
        params["tran"][member] = wrong;
        assert_eq!(server.error("trans.pay", params).await, code, "{member}");
    }
    let paid = server
        .result("trans.pay", old_pay(&token, "old-1", 5_000))
        .await;
    assert_eq!(
        (&paid["status"], &paid["ext"]),
        (&json!("OK"), &json!("old-1"))
    );
    // Both methods have the same references, and the same look-up and reversal.
    assert_eq!(
        server
            .error("trans.pay.purpose", pay(&token, "old-1", 5_000))
            .await,
        -207
    );
    let found = server.result("trans.ext", json!({"extId": "old-1"})).await;
    assert_eq!(found, json!([paid]));
    let back = json!({"tranId": paid["refNum"]});
    assert_eq!(
        server.result("trans.reverse", back).await[0]["status"],
        "ROK"
    );
    assert_eq!(server.balance(UZCARD).await, FULL);
}

#[tokio::test]
async fn a_payment_may_name_its_receiver_and_for_whom_it_is_collected() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let merchant = json!({"mcc": "5411", "legalName": "SHOP MCHJ", "legalType": 2, "legalId": "300000001", "legalOKED": "47110"});
    let with = |ext: &str, receiver: Value, merchant: Value| {
        let mut params = pay(&token, ext, 100);
        params["tran"]["receiverId"] = receiver;
        params["tran"]["merchantInfo"] = merchant;
        params
    };
    for (number, (receiver, merchant)) in [
        (json!("shop/90001"), merchant.clone()),
        (json!("x".repeat(250)), Value::Null),
        (Value::Null, merchant.clone()),
    ]
    .into_iter()
    .enumerate()
    {
        let params = with(&format!("good-{number}"), receiver, merchant);
        let paid = server.result("trans.pay.purpose", params).await;
        assert_eq!(paid["status"], "OK");
    }
    assert_eq!(
        server
            .error(
                "trans.pay.purpose",
                with("e", json!("x".repeat(251)), Value::Null)
            )
            .await,
        -209
    );
    for (member, wrong, code) in [
        ("mcc", json!("54111"), -209),
        ("mcc", json!("abcd"), -209),
        ("mcc", Value::Null, -103),
        ("legalName", json!("x".repeat(81)), -209),
        ("legalName", Value::Null, -103),
        ("legalType", json!("LLC"), -209),
        ("legalType", Value::Null, -103),
        ("legalId", json!("300 000 001"), -209),
        ("legalId", Value::Null, -103),
        ("legalOKED", json!("471100"), -209),
    ] {
        let mut merchant = merchant.clone();
        merchant[member] = wrong.clone();
        let params = with("e", Value::Null, merchant);
        assert_eq!(
            server.error("trans.pay.purpose", params).await,
            code,
            "{member} {wrong}"
        );
    }
    assert_eq!(server.balance(UZCARD).await, FULL - 300);
}

#[tokio::test]
async fn a_card_that_the_login_has_is_said_to_be_verified_or_refused() {
    let server = Server::start().await;
    let otp = json!({"card": {"pan": UZCARD, "expiry": "3012"}});
    let new = server.result("cards.new.otp", otp.clone()).await;
    assert_eq!(new["verified"], false);
    let token = server.attach(UZCARD).await;
    let known = server.result("cards.new.otp", otp.clone()).await;
    assert_eq!(
        (&known["verified"], &known["token"]),
        (&json!(true), &json!(token))
    );
    server
        .fault(
            json!({"network": "UZCARD", "operation": "code", "kind": "decline", "code": -271, "times": 1}),
        )
        .await;
    assert_eq!(server.error("cards.new.otp", otp).await, -271);
    // It can still be asked for and used.
    let card = server.result("cards.get", json!({"ids": [&token]})).await;
    assert_eq!(card[0]["id"], json!(token));
}

async fn middleware(server: &Server, path: &str, token: &str, params: Value) -> Reply {
    let body = json!({"id": "42", "params": params}).to_string();
    let path = format!("/humo/json{path}");
    server.send("POST", &path, token, &body).await.unwrap()
}

#[tokio::test]
async fn the_second_version_tells_no_balance_and_answers_errors_with_200() {
    let server = Server::start().await;
    let ask = async |pan: &str| {
        let params = json!({"primaryAccountNumber": pan, "mb_flag": true});
        middleware(&server, "/v2/iiacs/card", "Bearer: x", params).await
    };
    let told = ask(HUMO).await.json();
    let result = &told["result"];
    assert_eq!(
        (result.get("balance"), result.get("account")),
        (None, None),
        "{result}"
    );
    assert_eq!(result["card"]["mb"]["phone"], "+998977446066");
    assert_eq!(result["card"]["prefixNumber"], 98_601_901);
    let unknown = ask("9860000000000000").await;
    assert_eq!(
        (unknown.status, &unknown.json()["error"]["code"]),
        (200, &json!(404))
    );
    // Without the flag there is no SMS banking.
    let params = json!({"primaryAccountNumber": HUMO, "mb_flag": false});
    let silent = middleware(&server, "/v2/iiacs/card", "Bearer x", params).await;
    assert_eq!(silent.json()["result"]["card"]["mb"], Value::Null);
}

#[tokio::test]
async fn a_login_gives_a_token_for_a_day() {
    let server = Server::start().await;
    let log_in = async |body: Value| {
        let body = body.to_string();
        server
            .send("POST", "/humo/json/auth/login", "", &body)
            .await
            .unwrap()
    };
    for wrong in [
        json!({}),
        json!({"login": "aloqa"}),
        json!({"login": "", "password": "x"}),
        json!({"login": "aloqa", "password": 7}),
    ] {
        assert_eq!(log_in(wrong.clone()).await.status, 401, "{wrong}");
    }
    let given = log_in(json!({"login": "aloqa", "password": "x"})).await;
    let token = format!(
        "Bearer {}",
        given.json()["result"]["token"].as_str().unwrap()
    );
    let ask = async || {
        let params = json!({"primaryAccountNumber": HUMO, "mb_flag": 1});
        middleware(&server, "/v3/iiacs/card", &token, params)
            .await
            .status
    };
    assert_eq!(ask().await, 200);
    server.pass_seconds(86_399);
    assert_eq!(ask().await, 200);
    server.pass_seconds(1);
    assert_eq!(ask().await, 401);
}

async fn soap(server: &Server, service: &str, operation: &str) -> Reply {
    let body = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{operation}</s:Body></s:Envelope>"
    );
    let path = format!("/humo/soap/{service}");
    server
        .send("POST", &path, Server::BASIC, &body)
        .await
        .unwrap()
}

#[tokio::test]
async fn three_services_of_soap_tell_of_a_card() {
    let server = Server::start().await;
    let balance = async |pan: &str| {
        let operation = format!(
            "<i:getCardAccountsBalance><primaryAccountNumber>{pan}</primaryAccountNumber></i:getCardAccountsBalance>"
        );
        soap(&server, "iiacs", &operation).await
    };
    let told = balance(HUMO).await;
    assert_eq!(told.status, 200);
    // As Java prints a double.
    assert_eq!(told.element("availableAmount"), "1.0E9");
    assert_eq!(
        (told.element("nameOnCard"), told.element("expiry")),
        ("ABDUSAMAD TURDIEV", "3012")
    );
    assert_eq!(told.element("actionCode"), "000");
    let (company, nobody) = (
        balance("9860190000000258").await,
        balance("9860000000000000").await,
    );
    assert_eq!(company.element("commissionGroup"), "CORP");
    assert_eq!((nobody.status, nobody.element("listSize")), (200, "0"));

    let customers = format!(
        "<b:listCustomers><Parameters><CARD>{HUMO}</CARD><BANK_C>19</BANK_C></Parameters></b:listCustomers>"
    );
    let found = soap(&server, "issuing", &customers).await;
    // What the response refers to stands beside it.
    assert!(
        found.body.contains("<Details href=\"#id9\"/>"),
        "{}",
        found.body
    );
    assert!(
        found.body.contains("<multiRef id=\"id9\">"),
        "{}",
        found.body
    );
    assert_eq!(found.element("response_code"), "0");

    let agreement = async |holder: &str| {
        let operation = format!(
            "<a:export><cardholderID>{holder}</cardholderID><bankId>19</bankId></a:export>"
        );
        soap(&server, "access", &operation).await
    };
    let told = agreement("01578366-19").await;
    assert_eq!(
        (told.element("state"), told.element("msisdn")),
        ("on", "+998977446066")
    );
    // Without an agreement it is a fault of its own.
    for holder in ["00000206-19", "99999999-19"] {
        let fault = agreement(holder).await;
        assert_eq!((fault.status, fault.element("code")), (500, "-1"));
        assert!(
            fault.body.contains("AccessGatewayException"),
            "{}",
            fault.body
        );
    }

    for wrong in [
        "<i:getCardAccountsBalance/>",
        "<b:listCustomers/>",
        "<a:export><cardholderID>01578366-19</cardholderID></a:export>",
        "<x:unknown/>",
    ] {
        let fault = soap(&server, "iiacs", wrong).await;
        assert_eq!(fault.status, 500, "{wrong}");
        assert!(fault.body.contains("Fault"), "{}", fault.body);
    }
    let body = "<a/>";
    let stranger = server.send("POST", "/humo/soap/iiacs", "", body).await;
    assert_eq!(stranger.unwrap().status, 401);
}

#[tokio::test]
async fn a_dual_message_is_a_debit_when_it_is_confirmed_in_full() {
    let server = Server::start().await;
    let created = server.soap(&create("SOAP_DMS", "ref-1", HUMO, 5_000)).await;
    assert_eq!(created.element("action"), "4");
    let confirmed = server
        .soap(&confirm(created.element("paymentID"), None))
        .await;
    assert_eq!(
        (confirmed.element("action"), confirmed.item("amount")),
        ("10", "5000")
    );
    let status = async || {
        let found = server.soap(&by_ref("GetPayment", "ref-1")).await;
        found.element("status").to_owned()
    };
    assert_eq!(status().await, "finished");
    assert_eq!(server.balance(HUMO).await, FULL - 5_000);
    server.soap(&by_ref("ReturnPayment", "ref-1")).await;
    assert_eq!(status().await, "returned");
    assert_eq!(
        server.ledger().await,
        [
            "hold ref-1 5000",
            "capture ref-1 5000",
            "reverse ref-1 5000"
        ]
    );
    assert_eq!(server.balance(HUMO).await, FULL);
}

/// The create of a terminal's reconciliation.
fn reconciliation(payment_ref: &str, terminal: &str) -> String {
    format!(
        "<ebppif1:Payment><billerRef>SOAP_RECO</billerRef><payinstrRef>SOAP_RECO</payinstrRef><sessionID>s</sessionID>\
         <paymentRef>{payment_ref}</paymentRef><details><item><name>terminal_id</name><value>{terminal}</value></item></details>\
         <paymentOriginator>gate</paymentOriginator></ebppif1:Payment>"
    )
}

#[tokio::test]
async fn a_reconciliation_tells_the_totals_of_a_terminal_and_ends_its_period() {
    let server = Server::start().await;
    let sale = async |payment_ref: &str| {
        let created = server
            .soap(&create("SOAP_SMS", payment_ref, HUMO, 5_000))
            .await;
        server
            .soap(&confirm(created.element("paymentID"), None))
            .await;
    };
    let reconcile = async |payment_ref: &str, terminal: &str| {
        let created = server.soap(&reconciliation(payment_ref, terminal)).await;
        assert_eq!(created.element("action"), "4");
        let told = server
            .soap(&confirm(created.element("paymentID"), None))
            .await;
        assert_eq!(
            (told.element("action"), told.item("reconcile_info")),
            ("10", "500")
        );
        let names = [
            "debits_number",
            "debits_amount",
            "credits_reversal_number",
            "credits_reversal_amount",
        ];
        names.map(|name| told.item(name).to_owned())
    };
    sale("sale-1").await;
    sale("sale-2").await;
    server.soap(&by_ref("ReturnPayment", "sale-2")).await;
    assert_eq!(
        reconcile("reco-1", "1965000B").await,
        ["0", "0", "0", "0"],
        "another terminal's"
    );
    assert_eq!(
        reconcile("reco-2", "1965000A").await,
        ["2", "10000", "1", "5000"]
    );
    assert_eq!(
        reconcile("reco-3", "1965000A").await,
        ["0", "0", "0", "0"],
        "the period has ended"
    );
    sale("sale-3").await;
    assert_eq!(
        reconcile("reco-4", "1965000A").await,
        ["1", "5000", "0", "0"]
    );

    // One that is not confirmed ends nothing; one that is cannot be undone; and its reference is for once.
    server.soap(&reconciliation("reco-5", "1965000A")).await;
    for operation in ["CancelRequest", "ReturnPayment"] {
        for payment_ref in ["reco-4", "reco-5"] {
            let refused = server.soap(&by_ref(operation, payment_ref)).await;
            assert_eq!(refusal(&refused), "902", "{operation} {payment_ref}");
        }
    }
    let again = server.soap(&reconciliation("reco-4", "1965000A")).await;
    assert_eq!(refusal(&again), "913");
    let found = server.soap(&by_ref("GetPayment", "reco-4")).await;
    assert_eq!(
        (found.element("status"), found.item("debits_amount")),
        ("finished", "5000")
    );
    for wrong in [reconciliation("reco-6", ""), reconciliation("", "1965000A")] {
        assert_eq!(refusal(&server.soap(&wrong).await), "-1", "{wrong}");
    }
    server
        .fault(
            json!({"network": "HUMO", "operation": "reconcile", "kind": "decline", "code": "120", "times": 1}),
        )
        .await;
    let declined = server.soap(&reconciliation("reco-7", "1965000A")).await;
    assert_eq!(refusal(&declined), "120");
    // No money has moved but that of the sales.
    assert_eq!(server.balance(HUMO).await, FULL - 10_000);
}
