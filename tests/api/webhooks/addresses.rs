//! Which addresses may be set, and which are reached.

use aloqa_gateway::config::Config;

use test_support::*;

use super::receiver::Receiver;
use super::{late_debit, on_sqlite};

fn strict(config: &mut Config) {
    config.webhooks.allow_http = Some(false);
    config.webhooks.allowed_networks = Some(Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_public_names_may_be_set() {
    let app = TestApp::with(DatabaseKind::Sqlite, strict).await.unwrap();
    let webhooks = &app.running.gateway.webhooks;
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "10.1.2.3",
        "169.254.169.254",
        "[fe80::1]",
        "1.1.1.1",
        "localhost",
        "LOCALHOST",
    ] {
        let url = format!("https://{host}/hook");
        let refused = webhooks.set("demo", &url).await.err();
        let said = refused
            .unwrap_or_else(|| panic!("{url} was set"))
            .to_string();
        assert!(said.starts_with("the address cannot be used: "), "{said}");
    }
    let refused = webhooks
        .set("demo", "http://shop.example/")
        .await
        .err()
        .unwrap();
    assert!(refused.to_string().contains("https://"), "{refused}");
    // A name that does not resolve now may do so later.
    let set = webhooks
        .set("demo", "https://no.such.name.invalid/")
        .await
        .unwrap();
    assert!(set.secret.is_some() && set.unresolved.is_some());
    let unknown = webhooks.set("nobody", "https://shop.example/").await.err();
    assert!(unknown.unwrap().to_string().contains("partner list"));
}

/// What was set is judged again at each try: a name that has moved to a private address reaches nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_judged_at_each_try() {
    let (app, receiver) = on_sqlite().await;
    let strict = app
        .another_with(|config| {
            config.webhooks.allow_http = Some(true);
            config.webhooks.allowed_networks = Some(Vec::new());
        })
        .await;
    let named = receiver.url.replace("127.0.0.1", "localhost");
    app.set_webhook(&named).await;
    let token = app.add_card(UZCARD).await;
    late_debit(&app, &token, "a").await;
    strict.deliver().await;
    assert_eq!(receiver.told(), [""; 0]);
    let id = app.events().await[0].id;
    let shown = app.running.gateway.webhooks.show(id).await.unwrap();
    let error = shown.tries[0].error.clone().unwrap();
    assert!(
        error.starts_with("localhost resolves to ") && error.contains("not public"),
        "{error}"
    );
    app.clock.advance_ms(6_000);
    app.deliver().await;
    assert_eq!(receiver.told(), ["transaction.settled succeeded"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_leads_nowhere() {
    let (app, receiver) = on_sqlite().await;
    let elsewhere = Receiver::new().await;
    let location = &elsewhere.url;
    receiver.answers([format!(
        "HTTP/1.1 307 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    )]);
    let token = app.add_card(UZCARD).await;
    late_debit(&app, &token, "a").await;
    app.deliver().await;
    assert_eq!((receiver.take().len(), elsewhere.take().len()), (1, 0));
    let event = &app.events().await[0];
    let shown = app.running.gateway.webhooks.show(event.id).await.unwrap();
    assert_eq!(shown.tries[0].status, Some(307));
}
