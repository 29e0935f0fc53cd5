//! `POST /sandbox/history`, and how histories survive a restart of the sandbox.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    support::{HUMO, HUMO_2, Server, UZCARD, by_ref, confirm, credit, p2p, pay, request, to_card},
    support_history::history,
};

/// All operations of a UZCARD card, read page by page.
async fn all_pages(server: &Server, token: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for number in 0.. {
        let page = server.page(&[token], number, 100).await;
        assert_eq!(
            (&page["first"], &page["number"]),
            (&json!(number == 0), &json!(number))
        );
        let content = page["content"].as_array().unwrap();
        assert_eq!(page["numberOfElements"], content.len());
        all.extend_from_slice(content);
        if page["last"] == true {
            assert_eq!(page["totalElements"], all.len());
            assert_eq!(page["totalPages"], number + 1);
            break;
        }
    }
    all
}

/// Makes transfers, credits and reversals on both networks.
async fn move_money(server: &Server, token: &str) {
    server
        .result("trans.pay.purpose", pay(token, "e-1", 1_000))
        .await;
    let sent = server
        .result(
            "p2p.universal",
            p2p(token, "8600490744313347", "e-2", 1_000, 5),
        )
        .await;
    server.pass_seconds(1);
    server
        .result("trans.reverse", json!({"tranId": sent["refNum"]}))
        .await;
    server
        .result("p2p.universal.credit", credit(UZCARD, "e-3", 300))
        .await;
    let sent = server.soap(&request("r-1", HUMO, HUMO_2, 5_000)).await;
    server.pass_seconds(1);
    server.soap(&confirm(sent.element("paymentID"), None)).await;
    server.pass_seconds(1);
    server.soap(&by_ref("ReturnPayment", "r-1")).await;
    let credited = server.soap(&to_card("r-2", HUMO, 700, &[])).await;
    server
        .soap(&confirm(credited.element("paymentID"), None))
        .await;
}

#[tokio::test]
async fn a_filled_history_is_read_page_by_page() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let before = (server.balance(UZCARD).await, server.ledger().await);
    server.pass_seconds(86_400 * 31);
    for (count, total) in [(250, 250), (30, 280)] {
        let reply = server.fill(UZCARD, count, "2025-01-05", "2025-01-20").await;
        assert_eq!(
            (reply.status, reply.json()),
            (200, json!({"operations": total}))
        );
    }
    assert_eq!(
        (server.balance(UZCARD).await, server.ledger().await),
        before,
        "no money moves"
    );
    let all = all_pages(&server, &token).await;
    let when = |row: &Value| {
        (
            row["udate"].as_i64().unwrap(),
            row["utime"].as_i64().unwrap(),
        )
    };
    assert!(all.is_sorted_by(|newer, older| when(newer) >= when(older)));
    let days: BTreeSet<i64> = all.iter().map(|row| when(row).0).collect();
    assert_eq!(
        (days.first(), days.last()),
        (Some(&20_250_105), Some(&20_250_120))
    );
    assert_eq!(days.len(), 16);
    let different = |name: &str| {
        let values: BTreeSet<String> = all.iter().map(|row| row[name].to_string()).collect();
        values.len()
    };
    assert_eq!(different("utrnno"), all.len());
    assert!(different("merchantName") > 5 && different("city") > 4);
    assert_eq!((different("isCredit"), different("reversal")), (2, 2));

    let page = server.page(&[&token], 0, 1).await;
    let sum = |is_credit: bool| -> i64 {
        let counted = all
            .iter()
            .filter(|row| row["isCredit"] == is_credit && row["reversal"] == false);
        counted.map(|row| row["actamt"].as_i64().unwrap()).sum()
    };
    assert_eq!(
        (&page["totalDebit"], &page["totalCredit"]),
        (&json!(sum(false)), &json!(sum(true)))
    );

    let mut params = history(&[&token], 0, 100);
    params["criteria"]["range"] = json!({"startDate": "20250105", "endDate": "20250105"});
    let day = server.result("trans.history", params).await;
    let of_the_day = all.iter().filter(|row| when(row).0 == 20_250_105);
    assert_eq!(day["totalElements"], of_the_day.count());
}

#[tokio::test]
async fn a_new_operation_is_newer_than_those_of_today() {
    let server = Server::start().await;
    let reply = server.fill(HUMO, 40, "2025-01-01", "2025-12-31").await;
    assert_eq!(reply.json(), json!({"operations": 40}));
    server.soap(&to_card("r-1", HUMO, 77, &[])).await;
    let rows = server.rows(HUMO).await;
    assert_eq!((rows.len(), &rows[0]["TRAN_AMT"]), (41, &json!(77)));
    let time = |row: &Value| row["TRAN_DATE_TIME"].as_str().unwrap().to_owned();
    assert!(rows.is_sorted_by(|newer, older| time(newer) >= time(older)));
    assert!(time(&rows[40]).starts_with("2025-01-01T0"));
}

#[tokio::test]
async fn wrong_orders_are_refused_with_a_hint() {
    let server = Server::start().await;
    for (reply, hint) in [
        (
            server.fill("8600", 1, "2025-01-01", "2025-01-01").await,
            "pan",
        ),
        (
            server.fill(UZCARD, 0, "2025-01-01", "2025-01-01").await,
            "count",
        ),
        (
            server
                .fill(UZCARD, 100_001, "2025-01-01", "2025-01-01")
                .await,
            "count",
        ),
        (
            server.fill(UZCARD, 1, "20250101", "2025-01-01").await,
            "from",
        ),
        (
            server.fill(UZCARD, 1, "2025-01-02", "2025-01-01").await,
            "from must not be after to",
        ),
    ] {
        assert_eq!(reply.status, 400, "{}", reply.body);
        let error = reply.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(hint), "{error}");
    }
    let method = server
        .send("GET", "/sandbox/history", "", "")
        .await
        .unwrap();
    assert_eq!(method.status, 405);
}

#[tokio::test]
async fn histories_survive_a_restart_and_the_file_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.state");
    let server = Server::start_with(Some(path.clone())).await;
    let token = server.attach(UZCARD).await;
    server.fill(UZCARD, 300, "2025-01-01", "2025-01-01").await;
    move_money(&server, &token).await;
    let size = || std::fs::metadata(&path).unwrap().len();
    let size_before = size();
    for pan in [UZCARD, HUMO] {
        let reply = server.fill(pan, 2_000, "2025-02-01", "2025-06-30").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert!(size() < size_before + 1_000);
    let known = (
        all_pages(&server, &token).await,
        server.rows(HUMO).await,
        server.rows(HUMO_2).await,
    );
    assert_eq!(
        [known.0.len(), known.1.len(), known.2.len()],
        [2_303, 2_004, 2]
    );
    server.stop().await;

    // Twice: the first start compacts the file, the second reads the compacted one.
    for _ in 0..2 {
        let server = Server::start_with(Some(path.clone())).await;
        assert_eq!(all_pages(&server, &token).await, known.0);
        assert_eq!(server.rows(HUMO).await, known.1);
        assert_eq!(server.rows(HUMO_2).await, known.2);
        server.stop().await;
    }
    let server = Server::start_with(Some(path)).await;
    let paid = server
        .result("trans.pay.purpose", pay(&token, "e-9", 1))
        .await;
    let ref_num: u64 = paid["refNum"].as_str().unwrap().parse().unwrap();
    assert!(known.0.iter().all(|row| row["utrnno"] != ref_num));
}
