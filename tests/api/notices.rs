//! What operators hear of requests that are refused: a figure for each, and a line now and then that says whose they are.

use serde_json::json;

use test_support::*;

use crate::questions::log;

#[tokio::test]
async fn many_refusals_of_a_kind_are_one_line_with_the_caller() {
    log::listen();
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let noisy = app.add_partner("noisy-one", &["*"]).await;
    let post = |body: &str| HttpRequest::post(body).credentials(&noisy);
    for _ in 0..5 {
        send(app.running.address, post("{")).await;
        send(app.running.address, post("[]")).await;
        send(app.running.address, post("5")).await;
        send(app.running.address, post("{}").path("/cards/nothing")).await;
        send(app.running.address, post("{}").path("/elsewhere")).await;
    }
    for (reason, times) in [
        ("syntax", 5),
        ("batch_empty", 5),
        ("not_an_object", 5),
        ("path_not_found", 10),
    ] {
        let told = format!("aloqa_refused_requests_total{{reason=\"{reason}\"}} {times}");
        assert!(app.has_figure(&told).await, "{told}");
    }
    let lines = log::warnings_of(r#""last":"noisy-one""#);
    let of = |reason: &str| {
        let has = lines.iter().filter(|line| line.contains(reason));
        has.count()
    };
    assert_eq!(lines.len(), 3, "{lines:?}");
    for reason in ["syntax", "batch_empty", "not_an_object"] {
        assert_eq!(of(&format!("\"reason\":\"{reason}\"")), 1, "{lines:?}");
    }
}

/// The SMS provider and the fiscal service have circuits too, and operators hear which of them was opened.
#[tokio::test]
async fn a_provider_that_is_silent_is_not_called_and_operators_hear_of_it() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let token = app.add_card(UZCARD).await;
    app.fault(json!({"network": "SMS", "operation": "code", "kind": "reset_before", "times": 20}))
        .await;
    let coded = with(
        debit_params(UZCARD, &token, 500),
        json!({"force_sms_confirmation": true}),
    );
    for _ in 0..20 {
        app.result("transactions.debit", coded.clone()).await;
    }
    let refused = app.call("transactions.debit", coded).await;
    assert_eq!(refused, refusal(-32349, &json!({"retryable": true})));
    for told in [
        r#"aloqa_unsent_codes_total{cause="no_answer"} 20"#,
        r#"aloqa_unsent_codes_total{cause="not_reached"} 1"#,
        r#"aloqa_opened_circuits_total{server="sms"} 1"#,
        r#"aloqa_uncalled_servers_total{server="sms",cause="circuit_open"} 1"#,
    ] {
        assert!(app.has_figure(told).await, "{told}");
    }
}
