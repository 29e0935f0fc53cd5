//! The end of a code's time: what is told as final is written first.

use aloqa_gateway::database::Connection as _;
use aloqa_gateway::environment::CrashPoint;
use sea_orm::Statement;

use super::*;
use test_support::orders::{Order, code_refused};

/// Orders with a code.
const ORDERS: [Order; 4] = [
    Order::Debit(UZCARD),
    Order::Hold(HUMO),
    Order::Transfer(UZCARD_TO_HUMO),
    Order::Transfer(HUMO_TO_HUMO),
];

on_each_database! {
    /// The right code was entered in time, and is about to be committed when its time ends.
    async fn a_code_that_was_entered_in_time_is_not_told_to_have_expired(app: TestApp) {
        let adjust = |config: &mut aloqa_gateway::config::Config| {
            patient(config);
            config.database.acquire_timeout_ms = 500;
            // The three that wait, and who looks whether they do.
            config.database.max_connections = 5;
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        for order in ORDERS {
            let (method, params, id) = waiting(&app, order).await;
            app.clock.advance_ms(CODE_LIFETIME_MS - 1);
            app.until_recorded().await;
            app.moments.hold(CrashPoint::BeforeCommit, 1);
            let asked = async {
                app.moments.until_held().await;
                app.clock.advance_ms(1);
                let repeat = app.call(method, params.clone());
                match app.kind {
                    // Whoever cannot write in time tells what is stored, once that can be recorded.
                    DatabaseKind::Sqlite => {
                        let audit = &app.running.gateway.audit;
                        let release = async {
                            while audit.figures().waiting == 0 {
                                tokio::task::yield_now().await;
                            }
                            app.moments.release();
                        };
                        let status = app.status(id).await;
                        (status, tokio::join!(repeat, release).0)
                    }
                    // They wait for the confirmation.
                    DatabaseKind::Postgres => {
                        let release = async {
                            until_waiting(&app, 2).await;
                            app.moments.release();
                        };
                        let (status, repeated, ()) = tokio::join!(app.status(id), repeat, release);
                        (status, repeated)
                    }
                }
            };
            let confirm = app.call(order.confirming_method(), right_code(id));
            let (confirmed, (status, repeated)) = tokio::join!(confirm, asked);
            assert!(confirmed.get("result").is_some(), "{order:?}: {confirmed}");
            assert_ne!(status, "expired", "{order:?}");
            assert_ne!(repeated, code_refused("code_expired"), "{order:?}");
            if app.kind == DatabaseKind::Sqlite {
                let sent = json!({"phone": order.payer().phone, "transactionId": id});
                assert_eq!((status.as_str(), repeated), ("awaiting_code", success(&sent)));
            }
            assert_eq!(app.row(id).await.status, order.ends_as(), "{order:?}");
        }
        app.assert_settled().await;
    }

    async fn what_was_told_to_have_expired_stays_so_though_the_clock_is_set_back(app: TestApp) {
        let expired = code_refused("code_expired");
        for order in ORDERS {
            for asked in ["transactions.get", order.method().unwrap(), "transactions.debit.reverse"] {
                let (method, params, id) = waiting(&app, order).await;
                app.clock.advance_ms(CODE_LIFETIME_MS);
                match asked {
                    "transactions.get" => assert_eq!(app.status(id).await, "expired"),
                    "transactions.debit.reverse" => {
                        app.error(asked, json!({"transactionId": id})).await;
                        if order.direction().is_some() {
                            // It is of another kind, and nobody was told of its code.
                            continue;
                        }
                    }
                    _ => assert_eq!(app.call(method, params.clone()).await, expired),
                }
                app.clock.set_by_ms(-CODE_LIFETIME_MS);
                assert_eq!(app.statuses(id).await, ["awaiting_code", "expired"], "{asked}");
                assert_eq!(app.status(id).await, "expired", "{asked}");
                assert_eq!(app.call(method, params).await, expired, "{asked}");
                let confirm = order.confirming_method();
                assert_eq!(app.call(confirm, right_code(id)).await, expired, "{asked}");
                app.clock.set_by_ms(CODE_LIFETIME_MS);
            }
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }
}

/// An order that waits for its code: its method, params and transaction.
async fn waiting(app: &TestApp, order: Order) -> (&'static str, Value, i64) {
    let token = app.add_card(order.payer()).await;
    let ext_id = format!("order-{}", app.transaction_count().await);
    let coded = json!({"force_sms_confirmation": true});
    let params = with(order.params(&token, &ext_id), coded);
    let method = order.method().unwrap();
    let sent = app.result(method, params.clone()).await;
    (method, params, sent["transactionId"].as_i64().unwrap())
}

/// Waits until so many sessions wait for a lock.
async fn until_waiting(app: &TestApp, sessions: i64) {
    let database = &*app.running.gateway.database;
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                   WHERE NOT granted AND datname = current_database()";
    for _ in 0..1_000 {
        let statement = Statement::from_string(database.backend(), waiting);
        let mut row = database.fetch_rows(statement).await.unwrap().remove(0);
        if row.take_at::<i64>(0).unwrap() >= sessions {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    panic!("nobody waits for a lock");
}
