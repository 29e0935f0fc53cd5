//! Tokens that a login gives, at HUMO's middleware and at Eskiz: when they are renewed, and what callers and operators hear where
//! there is no other one.

use aloqa_gateway::config::{Config, SmsProvider, TokenFrom};
use serde_json::{Value, json};

use test_support::proxy::{Fault, Proxy};
use test_support::*;

use crate::questions::log;

/// In the body of a login, and of nothing else.
const LOGIN: &str = "password";
/// Longer than any token lives.
const LONG_MS: i64 = 40 * 86_400_000;

/// Cards are described to whoever has a token of a login, and messages are sent for them.
fn with_logins(config: &mut Config) {
    config.uzcard.url = None;
    config.fiscal.url = None;
    config.limits.codes_per_10_minutes = Some(100);
    let humo = &mut config.humo;
    humo.auth = TokenFrom::Login;
    humo.login.token_member = "result.token".to_owned();
    config.sms.provider = SmsProvider::Eskiz;
    config.sms.user = "bank@example.uz".to_owned();
    let url = config.sms.url.take().unwrap();
    config.sms.url = Some(url.replace("broker-api", "eskiz"));
}

async fn on_each_database(test: impl AsyncFn(Contour, Proxy)) {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        if let Some((contour, proxy)) = Contour::behind_a_proxy(kind, with_logins).await {
            test(contour, proxy).await;
        }
    }
}

/// So many logins were answered.
async fn assert_logins(contour: &Contour, server: &str, count: u64) {
    let figure = format!(
        "aloqa_exchanges_total{{server=\"{server}\",operation=\"login\",outcome=\"answered\"}} {count}"
    );
    assert!(contour.app.has_figure(&figure).await, "{figure}");
}

/// A question about a card.
async fn asked(contour: &Contour) -> Value {
    let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
    contour.call("cards.add", params).await
}

/// The same, and the warnings of it.
async fn warned(contour: &Contour) -> (Value, Vec<String>) {
    let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "cards.add", "params": params});
    let request = HttpRequest::post(body.to_string()).credentials(&contour.shop);
    let reply = send(contour.app.running.address, request).await;
    let request_id = reply.headers["x-request-id"].to_str().unwrap().to_owned();
    (reply.json(), log::warnings_of(&request_id))
}

/// Another gateway's login ended it, where a server keeps one session for each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_right_after_it_was_renewed_is_renewed_again() {
    on_each_database(async |contour, _proxy| {
        for logins in 1..5 {
            let reply = asked(&contour).await;
            assert!(reply.get("result").is_some(), "{reply}");
            for server in ["humo", "sms"] {
                assert_logins(&contour, server, logins).await;
            }
            contour.networks.clock.advance_ms(LONG_MS);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_nobody_may_ask_about_keeps_no_token_that_has_ended() {
    on_each_database(async |contour, _proxy| {
        asked(&contour).await;
        for times in [2, 1] {
            contour.networks.clock.advance_ms(1);
            let denied = json!({"network": "HUMO", "operation": "info", "kind": "decline", "code": 403, "times": times});
            contour.networks.fault(denied).await;
            let expected = refusal(-32375, &json!({"network": "HUMO", "processingCode": "403"}));
            assert_eq!(asked(&contour).await, expected);
            // That a new token does not help is known the second time.
            assert_logins(&contour, "humo", 2).await;
        }
        contour.networks.clock.advance_ms(LONG_MS);
        let reply = asked(&contour).await;
        assert!(reply.get("result").is_some(), "{reply}");
        assert_logins(&contour, "humo", 3).await;
    })
    .await;
}

/// The network's own word is told, and the log has both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_login_is_refused_too_the_denial_is_told() {
    log::listen();
    on_each_database(async |contour, proxy| {
        asked(&contour).await;
        contour.networks.clock.advance_ms(LONG_MS);
        proxy.rewrite(LOGIN, "token", "nothing");
        for _ in 0..2 {
            let (reply, warnings) = warned(&contour).await;
            let expected = refusal(-32375, &json!({"network": "HUMO", "processingCode": "401"}));
            assert_eq!(reply, expected);
            let cause = "no login: HTTP 200, after HTTP 401 to the last token";
            assert!(
                warnings.iter().any(|line| line.contains(cause)),
                "{warnings:?}"
            );
            assert_logins(&contour, "humo", 2).await;
        }
    })
    .await;
}

/// Nobody knows whether another token would do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_login_is_not_answered_nothing_is_refused() {
    log::listen();
    on_each_database(async |contour, proxy| {
        asked(&contour).await;
        contour.networks.clock.advance_ms(LONG_MS);
        proxy.script(LOGIN, Fault::Http500Before);
        let (reply, warnings) = warned(&contour).await;
        let expected = refusal(-32339, &json!({"network": "HUMO", "retryable": true}));
        assert_eq!(reply, expected);
        let cause = "no login: HTTP 500, after HTTP 401 to the last token";
        assert!(
            warnings.iter().any(|line| line.contains(cause)),
            "{warnings:?}"
        );
    })
    .await;
}

/// So the caller hears that there is no code, and waits for none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_for_which_there_is_no_token_has_not_left() {
    for fault in [Some(Fault::ResetAfter), Some(Fault::Http500Before), None] {
        on_each_database(async |contour, proxy| {
            asked(&contour).await;
            contour.networks.clock.advance_ms(LONG_MS);
            // The first login is the middleware's.
            let token = contour
                .call("p2p.recipient-info", json!({"pan": HUMO.pan}))
                .await;
            assert!(token.get("result").is_some(), "{token}");
            match fault {
                Some(fault) => proxy.script(LOGIN, fault),
                None => proxy.rewrite(LOGIN, "token", "nothing"),
            }
            let refused = refusal(-32349, &json!({"retryable": true}));
            assert_eq!(asked(&contour).await, refused, "{fault:?}");
            assert_eq!(contour.networks.messages(HUMO.phone).await.len(), 1);
        })
        .await;
    }
}

/// The caller hears it, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_a_success_refuses_has_not_left() {
    on_each_database(async |contour, proxy| {
        proxy.rewrite("mobile_phone", "\"waiting\"", "\"error\"");
        let refused = refusal(-32349, &json!({"retryable": true}));
        assert_eq!(asked(&contour).await, refused);
        proxy.rewrite_nothing();
        let reply = asked(&contour).await;
        assert!(reply.get("result").is_some(), "{reply}");
    })
    .await;
}
