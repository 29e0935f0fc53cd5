//! The entries that operations leave in the histories of their cards.

use serde_json::{Value, json};

use crate::{
    support::{
        FULL, HUMO, HUMO_2, Server, UZCARD, UZCARD_2, by_ref, charge, confirm, create, credit,
        hold, p2p, pay, request, to_card,
    },
    support_history::history,
};

/// The balance after this operation must be the card's balance now.
async fn assert_balance(server: &Server, pan: &str, held: i64, operation: &Value) {
    let balance = server.balance(pan).await + held;
    assert_eq!(operation["acctbal"], balance, "{pan}");
}

fn column(rows: &[Value], name: &str) -> Vec<Value> {
    rows.iter().map(|row| row[name].clone()).collect()
}

#[tokio::test]
async fn every_movement_on_uzcard_is_in_the_history_of_its_cards() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let token_2 = server.attach(UZCARD_2).await;
    assert_eq!(
        server.page(&[&token], 0, 10).await,
        json!({
            "content": [], "first": true, "last": true, "totalElements": 0, "totalPages": 0, "size": 10,
            "number": 0, "numberOfElements": 0, "sort": null, "totalDebit": 0, "totalCredit": 0,
        })
    );
    let paid = server
        .result("trans.pay.purpose", pay(&token, "e-1", 500_000))
        .await;
    let held = server.result("hold.create", hold(&token, 9_000)).await;
    server.result("hold.create", hold(&token, 70)).await;
    assert_eq!(server.page(&[&token], 0, 10).await["totalElements"], 1);
    server.pass_seconds(33);
    server
        .result("hold.dismiss.charge", charge(&held["id"], "e-2", 4_000))
        .await;
    server.pass_seconds(1);
    let sent = server
        .result("p2p.universal", p2p(&token, UZCARD_2, "e-3", 1_000, 5))
        .await;
    server.pass_seconds(1);
    let credited = server
        .result("p2p.universal.credit", credit(UZCARD, "e-4", 300))
        .await;

    let page = server.page(&[&token], 0, 10).await;
    assert_eq!(
        (&page["totalElements"], &page["totalPages"], &page["last"]),
        (&json!(4), &json!(1), &json!(true))
    );
    assert_eq!(
        (&page["totalDebit"], &page["totalCredit"]),
        (&json!(505_005), &json!(300))
    );
    let newest_first = page["content"].as_array().unwrap();
    assert_eq!(column(newest_first, "reqamt"), [300, 1_000, 4_000, 500_000]);
    assert_eq!(column(newest_first, "actamt"), [300, 1_005, 4_000, 500_000]);
    assert_eq!(
        column(newest_first, "utime"),
        [50_035, 50_034, 50_033, 50_000]
    );
    assert_eq!(
        column(newest_first, "isCredit"),
        [true, false, false, false]
    );
    assert_balance(&server, UZCARD, 70, &newest_first[0]).await;
    let ref_num = |tran: &Value, name: &str| {
        let digits = tran[name].as_str().unwrap();
        digits.trim_start_matches('0').parse::<u64>().unwrap()
    };
    assert_eq!(
        newest_first[3],
        json!({
            "utrnno": ref_num(&paid, "refNum"), "transType": 774, "hpan": "860001******1332", "utime": 50_000,
            "udate": 20_250_101, "bankDate": 20_250_101, "reqamt": 500_000, "resp": -1, "reversal": false,
            "orgdev": "92400001", "merchant": "90001", "terminal": "92400001", "merchantName": "ALOQA GATEWAY",
            "street": "AMIR TEMUR 4", "city": "TASHKENT", "isCredit": false, "credit": false, "mcc": 4829,
            "currency": 860, "actamt": 500_000, "acctbal": FULL - 500_000, "conamt": 500_000,
        })
    );
    assert_eq!(newest_first[1]["utrnno"], ref_num(&sent, "refNumDebit"));

    let received = server.page(&[&token_2], 0, 10).await;
    let [received] = received["content"].as_array().unwrap().as_slice() else {
        panic!("not one operation: {received}");
    };
    assert_eq!(
        (&received["utrnno"], &received["actamt"]),
        (&json!(ref_num(&sent, "refNumCredit")), &json!(1_000))
    );
    assert_eq!(
        (&received["hpan"], &received["isCredit"]),
        (&json!("860049******3347"), &json!(true))
    );
    assert_balance(&server, UZCARD_2, 0, received).await;

    // A reversal marks the operation, for a transfer on both cards.
    for tran in [&paid, &sent, &credited] {
        let reverse = json!({"tranId": tran["refNum"]});
        server.result("trans.reverse", reverse).await;
    }
    let page = server.page(&[&token, &token_2, &token], 0, 10).await;
    let all = page["content"].as_array().unwrap();
    assert_eq!(
        column(all, "reversal"),
        [true, true, true, false, true],
        "{page}"
    );
    assert_eq!(
        (&page["totalDebit"], &page["totalCredit"]),
        (&json!(4_000), &json!(0))
    );
    let again = server
        .result("trans.pay.purpose", pay(&token, "e-5", 1))
        .await;
    let page = server.page(&[&token], 0, 1).await;
    assert_eq!(page["content"][0]["utrnno"], ref_num(&again, "refNum"));
    assert_balance(&server, UZCARD, 70, &page["content"][0]).await;
}

#[tokio::test]
async fn refused_payments_leave_no_history() {
    let server = Server::start().await;
    for suffix in ["0116", "0051"] {
        let token = server.attach(&format!("860001000000{suffix}")).await;
        let params = pay(&token, suffix, 500);
        server
            .svgate_raw("trans.pay.purpose", params)
            .await
            .unwrap();
        assert_eq!(server.page(&[&token], 0, 1).await["totalElements"], 0);
    }
    server
        .soap(&create("SOAP_SMS", "r-1", HUMO, FULL + 1))
        .await;
    server.soap(&create("SOAP_SMS", "r-2", HUMO, 10)).await;
    server.soap(&create("SOAP_DMS", "r-3", HUMO, 10)).await;
    server.soap(&by_ref("CancelRequest", "r-2")).await;
    assert!(server.rows(HUMO).await.is_empty());
}

#[tokio::test]
async fn trans_history_refuses_invalid_requests() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let changed = |pointer: &str, value: Value| {
        let mut params = history(&[&token], 0, 10);
        *params.pointer_mut(pointer).unwrap() = value;
        params
    };
    for (pointer, value, code) in [
        ("/criteria", json!(null), -103),
        ("/criteria/cardIds", json!([]), -103),
        ("/criteria/cardIds", json!(["x"]), -257),
        ("/criteria/cardIds", json!([1]), -209),
        ("/criteria/cardIds", json!([UZCARD]), -257),
        ("/criteria/cardIds", json!(vec![token.as_str(); 6]), -379),
        ("/criteria/range", json!(null), -103),
        ("/criteria/range/startDate", json!(null), -103),
        ("/criteria/range/startDate", json!("2025-01-01"), -214),
        ("/criteria/range/endDate", json!("20250229"), -214),
        ("/criteria/range/endDate", json!("20241231"), -214),
        ("/criteria/pageNumber", json!(-1), -209),
        ("/criteria/pageSize", json!(0), -209),
        ("/criteria/pageSize", json!(101), -209),
        ("/criteria/pageSize", json!(null), -103),
    ] {
        let params = changed(pointer, value.clone());
        let refused = server.error("trans.history", params).await;
        assert_eq!(refused, code, "{pointer} {value}");
    }
    let late = changed("/criteria/pageNumber", json!(u32::MAX));
    assert_eq!(
        server.result("trans.history", late).await["content"],
        json!([])
    );
}

#[tokio::test]
async fn every_movement_on_humo_is_in_the_history_of_its_cards() {
    let server = Server::start().await;
    let sale = server.soap(&create("SOAP_SMS", "r-1", HUMO, 500_000)).await;
    let held = server.soap(&create("SOAP_DMS", "r-2", HUMO, 9_000)).await;
    assert!(server.rows(HUMO).await.is_empty(), "not before it is taken");
    server.pass_seconds(60);
    let sale = server.soap(&confirm(sale.element("paymentID"), None)).await;
    server.pass_seconds(1);
    server
        .soap(&confirm(held.element("paymentID"), Some(4_000)))
        .await;
    server.pass_seconds(1);
    let sent = server.soap(&request("r-3", HUMO, HUMO_2, 5_100)).await;
    server.soap(&confirm(sent.element("paymentID"), None)).await;
    server.pass_seconds(1);
    // Twice, because confirming a credit repeats it.
    let credited = server.soap(&to_card("r-4", HUMO, 700, &[])).await;
    server
        .soap(&confirm(credited.element("paymentID"), None))
        .await;

    let rows = server.rows(HUMO).await;
    assert_eq!(
        column(&rows, "TRAN_TYPE"),
        ["110", "110", "205", "205", "205"]
    );
    assert_eq!(column(&rows, "TRAN_AMT"), [700, 700, 5_100, 4_000, 500_000]);
    assert_eq!(
        column(&rows, "AMOUNT_NET"),
        [700, 700, 5_126, 4_000, 500_000]
    );
    assert_eq!(rows[2]["TR_FEE"], 26);
    assert_ne!(rows[0]["INTERNAL_NO"], rows[1]["INTERNAL_NO"]);
    let stan = sale.item("auth_stan");
    assert_eq!(
        rows[4],
        json!({
            "TRAN_TYPE": "205", "TRAN_CCY": "860", "TRAN_AMT": 500_000, "TRAN_DATE_TIME": "2025-01-01T05:01:00",
            "REC_DATE": "2025-01-01T05:01:00", "POST_DATE": "2025-01-01T00:00:00", "ACCNT_CCY": "860",
            "AMOUNT_NET": 500_000, "ACQREF_NR": format!("00000000000000000{stan}"),
            "REF_NUMBER": sale.item("auth_ref_number"), "APR_CODE": sale.item("auth_appr_code"), "STAN": stan,
            "TERM_ID": "1965000A", "MERCHANT": "0040100000401CS", "POINT_CODE": "100010104110",
            "MCC_CODE": "4829", "ABVR_NAME": "ZOOMRAD P2P", "CITY": "TASHKENT", "COUNTRY": "UZB",
            "DEAL_DESC": "Оплата товаров и услуг", "COUNTERPARTY": "", "INTERNAL_NO": format!("4747{stan}"),
            "TR_FEE": 0, "TR_FEE2": 0, "LOCKING_FLAG": "0", "CARD": HUMO, "CARD_ACCT": "22618000190101578366",
            "CLIENT": "01578366", "EXP_DATE": "3012", "BANK_C": "19", "GROUPC": "01",
        })
    );
    assert_ne!(rows[4]["APR_CODE"], rows[4]["STAN"]);
    let received = server.rows(HUMO_2).await;
    assert_eq!(
        (
            column(&received, "TRAN_TYPE"),
            column(&received, "AMOUNT_NET")
        ),
        (vec![json!("206")], vec![json!(5_100)])
    );
    assert_eq!(received[0]["REF_NUMBER"], sent.item("auth_ref_number2"));

    // A reversal is a row of its own.
    server.pass_seconds(1);
    server.soap(&by_ref("ReturnPayment", "r-1")).await;
    server.soap(&by_ref("ReturnPayment", "r-3")).await;
    let rows = server.rows(HUMO).await;
    assert_eq!(column(&rows, "TRAN_TYPE")[..3], ["225", "225", "110"]);
    assert_eq!(column(&rows, "AMOUNT_NET")[..2], [5_126, 500_000]);
    assert_eq!(rows[1]["REF_NUMBER"], sale.item("auth_ref_number"));
    assert_eq!(rows[1]["INTERNAL_NO"], format!("4748{stan}"));
    let received = server.rows(HUMO_2).await;
    assert_eq!(column(&received, "TRAN_TYPE"), ["226", "206"]);
}

#[tokio::test]
async fn humo_history_filters_by_second_and_refuses_invalid_requests() {
    let server = Server::start().await;
    server.pass_seconds(90);
    server.soap(&to_card("r-1", HUMO, 700, &[])).await;
    let ask = async |pan: &str, from: &str, to: &str| {
        let params = json!({"pan": pan, "dateFrom": from, "dateTo": to});
        let body = json!({"id": 7, "params": params}).to_string();
        server.humo_history(&body).await
    };
    for (from, to, rows) in [
        ("2025-01-01T05:01:30", "2025-01-01T05:01:30", 1),
        ("2025-01-01T05:01:31", "2025-01-02T00:00:00", 0),
        ("2025-01-01T00:00:00", "2025-01-01T05:01:29", 0),
    ] {
        let reply = ask(HUMO, from, to).await.json();
        assert_eq!(reply["result"]["rows"].as_array().unwrap().len(), rows);
    }
    let (from, to) = ("2025-01-01T00:00:00", "2025-01-02T00:00:00");
    for (reply, status) in [
        (ask("9860190000000000", from, to).await, 404),
        (ask(UZCARD, from, to).await, 404),
        (ask(HUMO, "2025-01-01", to).await, 400),
        (ask(HUMO, to, from).await, 400),
        (server.humo_history("{}").await, 400),
        (server.humo_history("[").await, 400),
    ] {
        assert_eq!(reply.status, status, "{}", reply.body);
        assert_eq!(reply.json()["error"]["code"], status);
    }
    let path = "/humo/json/v1/ws/transaction-history";
    let without_token = server.send("POST", path, "", "{}").await.unwrap();
    assert_eq!(without_token.status, 401);
}

#[tokio::test]
async fn history_counts_as_an_info_call() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    for network in ["UZCARD", "HUMO"] {
        server
            .fault(json!({"network": network, "operation": "info", "kind": "decline", "code": 5, "times": 1}))
            .await;
    }
    let page = history(&[&token], 0, 1);
    assert_eq!(server.error("trans.history", page).await, 5);
    let params =
        json!({"pan": HUMO, "dateFrom": "2025-01-01T00:00:00", "dateTo": "2025-01-01T00:00:00"});
    let body = json!({"id": 1, "params": params}).to_string();
    let refused = server.humo_history(&body).await;
    assert_eq!(refused.json()["error"]["code"], 5);
    assert_eq!(server.humo_history(&body).await.status, 200);
}
