//! `report.short`: which transactions a day's list contains.

use serde_json::{Value, json};

use crate::support::{Server, UZCARD, UZCARD_2, charge, credit, hold, p2p, pay};

const DAY: &str = "20250101";

fn report(from: &str, to: &str, number: i64, size: i64) -> Value {
    json!({"report": {"range": {"from": from, "to": to}, "pageNumber": number, "pageSize": size}})
}

async fn listed(server: &Server, from: &str, to: &str) -> Vec<String> {
    let result = server
        .result("report.short", report(from, to, 0, 100))
        .await;
    let rows = result["trans"].as_array().unwrap();
    rows.iter()
        .map(|row| format!("{} {}", row["extId"].as_str().unwrap(), row["amount"]))
        .collect()
}

#[tokio::test]
async fn exactly_the_executed_transactions_are_listed() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    let paid = server
        .result("trans.pay.purpose", pay(&token, "e-1", 500))
        .await;
    let held = server.result("hold.create", hold(&token, 900)).await;
    assert_eq!(listed(&server, DAY, DAY).await, ["e-1 500"]);
    server
        .result("hold.dismiss.charge", charge(&held["id"], "e-2", 400))
        .await;
    server
        .result("p2p.universal", p2p(&token, UZCARD_2, "e-3", 1_000, 5))
        .await;
    server
        .result("p2p.universal.credit", credit(UZCARD, "e-4", 300))
        .await;
    // This card is refused in a result.
    let declined = server.attach("8600010000000051").await;
    server
        .result("trans.pay.purpose", pay(&declined, "e-5", 100))
        .await;
    let all = ["e-1 500", "e-2 400", "e-3 1000", "e-4 300"];
    assert_eq!(listed(&server, DAY, DAY).await, all);
    server
        .result("trans.reverse", json!({"tranId": paid["refNum"]}))
        .await;
    assert_eq!(listed(&server, DAY, DAY).await, all);

    let result = server.result("report.short", report(DAY, DAY, 0, 1)).await;
    assert_eq!(
        result,
        json!({"trans": [{"amount": 500, "date": "250101050000", "svId": paid["refNum"], "extId": "e-1"}]})
    );
    // Other credentials get a list of their own.
    let body = json!({"jsonrpc": "2.0", "id": "1", "method": "report.short", "params": report(DAY, DAY, 0, 1)});
    let reply = server
        .send("POST", "/uzcard", "Basic YTpi", &body.to_string())
        .await
        .unwrap();
    assert_eq!(reply.json()["result"], json!({"trans": []}));
}

#[tokio::test]
async fn days_are_in_tashkent_time_and_the_page_after_the_last_is_empty() {
    let server = Server::start().await;
    let token = server.attach(UZCARD).await;
    // It is 05:00 in Tashkent, so the day ends 19 hours later.
    for (ext, pause) in [("a", 19 * 3_600 - 1), ("b", 1), ("c", 0)] {
        server
            .result("trans.pay.purpose", pay(&token, ext, 1))
            .await;
        server.pass_seconds(pause);
    }
    assert_eq!(listed(&server, DAY, DAY).await, ["a 1", "b 1"]);
    assert_eq!(listed(&server, "20250102", "20250102").await, ["c 1"]);
    assert_eq!(
        listed(&server, DAY, "20250102").await,
        ["a 1", "b 1", "c 1"]
    );
    assert!(listed(&server, "20241231", "20241231").await.is_empty());

    for (number, expected) in [(0, vec!["a", "b"]), (1, vec!["c"]), (2, vec![])] {
        let result = server
            .result("report.short", report(DAY, "20250102", number, 2))
            .await;
        let rows = result["trans"].as_array().unwrap().iter();
        let exts: Vec<&str> = rows.map(|row| row["extId"].as_str().unwrap()).collect();
        assert_eq!(exts, expected, "page {number}");
    }
}

#[tokio::test]
async fn invalid_ranges_and_pages_are_refused() {
    let server = Server::start().await;
    for (params, code) in [
        (json!({}), -103),
        (json!({"report": {"pageNumber": 0, "pageSize": 1}}), -103),
        (report("2025-01-01", DAY, 0, 1), -214),
        (report("20250102", DAY, 0, 1), -214),
        (report(DAY, DAY, -1, 1), -209),
        (report(DAY, DAY, 0, 0), -209),
        (report(DAY, DAY, 0, 101), -209),
    ] {
        assert_eq!(
            server.error("report.short", params.clone()).await,
            code,
            "{params}"
        );
    }
}
