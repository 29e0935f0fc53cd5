//! Pages for people and operators, which need no credentials.

use super::*;

mostly_on_sqlite! {
    async fn without_its_database_the_gateway_asks_to_come_back(app: TestApp) {
        let pool = (*app.running.gateway.database).clone();
        pool.close().await.unwrap();
        let reply = app.post(CALL).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
        let message = "Сервис временно недоступен. Попробуйте повторить ваш запрос немного позже";
        let hint = "Ничего не выполнено. Повторите через Retry-After секунд.";
        let data = json!({"reason": "database_away", "hint": hint, "retryable": true});
        let error = json!({"code": -32343, "message": message, "data": data});
        assert_eq!(reply.json(), json!({"jsonrpc": "2.0", "id": null, "error": error}));
        let health = send(app.running.ops_address, HttpRequest::get("/health")).await;
        assert_eq!((health.status, &health.json()["status"]), (503, &json!("the database does not answer")));
        let discover = r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#;
        assert_eq!(send(app.running.address, HttpRequest::post(discover)).await.status, 200);
    }

    async fn the_operators_listener_counts_calls(app: TestApp) {
        let health = send(app.running.ops_address, HttpRequest::get("/health")).await;
        let kind = match app.kind {
            DatabaseKind::Sqlite => "SQLite",
            DatabaseKind::Postgres => "PostgreSQL",
        };
        assert_eq!(health.status, 200);
        let told = health.json();
        let duties = told["seconds_since_background_duty"].as_object().unwrap();
        assert_eq!(duties.len(), 11, "{told}");
        let rest = json!({"status": "ok", "database": kind, "version": env!("CARGO_PKG_VERSION"), "profile": "sandbox",
            "draining": false, "seconds_since_background_duty": duties});
        assert_eq!(told, rest);
        for path in ["/health/live", "/health/ready"] {
            let reply = send(app.running.ops_address, HttpRequest::get(path)).await;
            assert_eq!((reply.status, reply.json()), (200, json!({"status": "ok"})), "{path}");
            let head = send(app.running.ops_address, HttpRequest::get(path).method("HEAD")).await;
            assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        }

        let token = app.add_card(UZCARD).await;
        app.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        let unknown = r#"{"id":1,"method":"8600010132441332"}"#;
        let notification = r#"{"jsonrpc":"2.0","method":"transactions.get"}"#;
        app.post(format!("[{CALL},{notification},{CALL},{unknown}]")).await;
        app.post(CALL).await;
        let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
        let mut counts: Vec<&str> = page.body.lines().filter(|line| line.starts_with("aloqa_calls_total{")).collect();
        counts.retain(|line| !line.ends_with(" 0"));
        counts.sort_unstable();
        assert_eq!(
            counts,
            [
                r#"aloqa_calls_total{method="cards.add",outcome="ok"} 1"#,
                r#"aloqa_calls_total{method="cards.add-confirm",outcome="ok"} 1"#,
                r#"aloqa_calls_total{method="transactions.debit",outcome="ok"} 1"#,
                r#"aloqa_calls_total{method="transactions.get",outcome="-32314"} 3"#,
                r#"aloqa_calls_total{method="unknown",outcome="-32601"} 1"#,
            ]
        );
        assert!(page.body.contains(r#"aloqa_call_seconds_count{method="transactions.get"} 3"#), "{}", page.body);
        let info = format!(
            r#"aloqa_build_info{{version="{}",profile="sandbox",database="{kind}"}} 1"#,
            env!("CARGO_PKG_VERSION")
        );
        let figures = [
            info.as_str(),
            r#"aloqa_network_calls_total{network="UZCARD",action="pay",outcome="approved"} 1"#,
            r#"aloqa_network_calls_total{network="HUMO",action="credit",outcome="unknown"} 0"#,
            r#"aloqa_exchanges_total{server="uzcard",operation="trans.pay.purpose",outcome="answered"} 1"#,
            r#"aloqa_exchange_seconds_count{server="uzcard",operation="trans.pay.purpose"} 1"#,
            r#"aloqa_exchanges_waiting{server="uzcard"} 0"#,
            r#"aloqa_exchanges_waiting_limit{server="humo"} 750"#,
            "aloqa_database_waiting_orders 0",
            "aloqa_database_waiting_orders_limit 400",
            match app.kind {
                DatabaseKind::Sqlite => "aloqa_database_connections_limit 1",
                DatabaseKind::Postgres => "aloqa_database_connections_limit 16",
            },
            r#"aloqa_background_failures_total{duty="recover_humo"} 0"#,
            "aloqa_draining 0",
            "aloqa_scrape_stale 0",
        ];
        for figure in figures {
            assert!(page.body.lines().any(|line| line == figure), "{figure}: {}", page.body);
        }
        // An attachment, an order, an outcome, at the least.
        let commits = page.body.lines().find_map(|line| line.strip_prefix("aloqa_database_commit_seconds_count "));
        assert!(commits.unwrap().parse::<u64>().unwrap() > 4, "{}", page.body);
        let memory = page.body.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
        assert!(memory.unwrap().parse::<u64>().unwrap() > 1_000_000);
    }
}

#[tokio::test]
async fn the_pages_need_no_credentials() {
    let app = stateless().await;
    let address = app.running.address;
    let docs = send(address, HttpRequest::get("/docs")).await;
    assert_eq!(
        (docs.status, docs.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    for method in rpc_schema::methods::METHODS {
        assert!(
            docs.body.contains(&format!("id=\"{}\"", method.name)),
            "{}",
            method.name
        );
    }
    let document = send(address, HttpRequest::get("/openrpc.json")).await;
    assert_eq!(
        (document.status, document.header("content-type")),
        (200, "application/json")
    );
    let discovered = app.call("rpc.discover", json!({})).await;
    assert_eq!(
        discovered,
        json!({"jsonrpc": "2.0", "id": 1, "result": document.json()})
    );
    for path in ["/docs", "/openrpc.json"] {
        let head = send(address, HttpRequest::get(path).method("HEAD")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
    }
    let wrong = Credentials {
        secret: "wrong".to_owned(),
        ..Credentials::demo()
    };
    assert_eq!(
        send(address, HttpRequest::get("/docs").credentials(&wrong))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_operators_listener_has_two_pages_and_no_endpoint() {
    let app = stateless().await;
    for request in [
        HttpRequest::get("/"),
        HttpRequest::get("/docs"),
        post(CALL),
        HttpRequest::post("").path("/health"),
    ] {
        let reply = send(app.running.ops_address, request).await;
        assert_eq!(
            (reply.status, reply.json()),
            (
                404,
                json!({"error": "GET /health, /health/live, /health/ready or /metrics"})
            )
        );
    }
}

/// A balancer hears it first, and operators see all of it.
#[tokio::test]
async fn a_gateway_that_stops_says_so_until_it_has_stopped() {
    let app = stateless_with(patient).await;
    let ops = app.running.ops_address;
    let debit = slow_debit(&app, "slow", 2_000).await;
    let stop = tokio::spawn(app.running.stop());
    let ready = loop {
        let ready = send(ops, HttpRequest::get("/health/ready")).await;
        if ready.status != 200 {
            break ready;
        }
    };
    assert_eq!(
        (ready.status, ready.json()),
        (503, json!({"status": "draining"}))
    );
    assert_eq!(
        send(ops, HttpRequest::get("/health/live")).await.status,
        200
    );
    assert_eq!(
        send(ops, HttpRequest::get("/health")).await.json()["draining"],
        json!(true)
    );
    let page = send(ops, HttpRequest::get("/metrics")).await;
    assert!(page.body.contains("\naloqa_draining 1\n"), "{}", page.body);
    assert_debited(debit.await.unwrap().json());
    assert!(stop.await.unwrap());
    assert!(TcpStream::connect(ops).await.is_err());
}
