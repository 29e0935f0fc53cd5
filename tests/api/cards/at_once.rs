//! Many codes, and many attachments, of one card at once.

use super::*;

on_each_database! {
    async fn of_parallel_right_codes_one_makes_the_card(app: TestApp) {
        for (count, card) in [(1, UZCARD), (2, HUMO)] {
            let id = begin(&app, card).await;
            let replies = at_once(&app, "cards.add-confirm", &confirm_params(id, CODE), 20).await;
            assert_eq!(results(&replies).len(), 1, "{replies:?}");
            for (name, _) in refusals(&replies) {
                // SVGate takes a code once, and no more than three checks of it are begun.
                let at_svgate = ["tries_used_up", "code_expired"].contains(&name.as_str());
                assert!(name == "-32392" || (card.pan == UZCARD.pan && at_svgate), "{replies:?}");
            }
            assert_eq!(app.cards_stored().await, count);
            assert_eq!(confirm(&app, id, CODE).await, refused(AlreadyConfirmed, Value::Null));
        }
    }

    async fn of_parallel_wrong_codes_three_are_counted(app: TestApp) {
        let id = begin(&app, HUMO).await;
        let replies = at_once(&app, "cards.add-confirm", &confirm_params(id, WRONG), 20).await;
        let expected = [("tries_used_up", 18), ("wrong_code", 2)];
        assert_eq!(refusals(&replies), expected.map(|(reason, count)| (reason.to_owned(), count)));
        assert_eq!(app.last_transaction().await.code_tries, 3);
        assert_eq!(confirm(&app, id, CODE).await, wrong_code("tries_used_up"));
    }

    async fn of_parallel_wrong_codes_three_reach_svgate(app: TestApp) {
        let id = begin(&app, UZCARD).await;
        app.fault(json!({"network": "UZCARD", "operation": "code", "kind": "delay", "delayMs": 20, "times": 20})).await;
        let replies = at_once(&app, "cards.add-confirm", &confirm_params(id, WRONG), 20).await;
        assert_eq!(app.take_scripted_calls().await, 17);
        assert_eq!(results(&replies), [&Value::Null; 0]);
        let wrong = refusals(&replies).into_iter().find(|(reason, _)| reason == "wrong_code");
        assert_eq!(wrong, Some(("wrong_code".to_owned(), 2)));
        assert_eq!(confirm(&app, id, CODE).await, wrong_code("tries_used_up"));
    }

    async fn parallel_attachments_of_one_card_make_one_card(app: TestApp) {
        for (count, card) in [(1, UZCARD), (2, HUMO)] {
            let mut begun = Vec::new();
            for _ in 0..8 {
                begun.push(begin(&app, card).await);
            }
            let confirmations = begun.iter().map(|id| {
                let body = json!({
                    "jsonrpc": "2.0", "id": 1, "method": "cards.add-confirm", "params": confirm_params(*id, CODE),
                });
                let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
                tokio::spawn(send(app.running.address, request))
            });
            let mut tokens = std::collections::BTreeSet::new();
            for confirmation in confirmations.collect::<Vec<_>>() {
                let reply = confirmation.await.unwrap().json();
                let token = reply["result"]["token"].as_str().unwrap_or_else(|| panic!("{reply}"));
                tokens.insert(token.to_owned());
            }
            assert_eq!(tokens.len(), 1);
            assert_eq!(app.cards_stored().await, count);
        }
    }
}

/// Many calls at the same time; their replies.
async fn at_once(app: &TestApp, method: &str, params: &Value, times: usize) -> Vec<Value> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let address = app.running.address;
    let calls: Vec<_> = (0..times)
        .map(|_| {
            let request = HttpRequest::post(body.clone()).credentials(&Credentials::demo());
            tokio::spawn(send(address, request))
        })
        .collect();
    let mut replies = Vec::new();
    for call in calls {
        let reply = call.await.unwrap().json();
        assert_listed(method, &reply);
        replies.push(reply);
    }
    replies
}

/// The replies that are errors, counted by reason, or by code where there is no reason.
fn refusals(replies: &[Value]) -> Vec<(String, usize)> {
    let mut counted = std::collections::BTreeMap::new();
    for reply in replies.iter().filter(|reply| reply.get("error").is_some()) {
        let error = &reply["error"];
        let name = match error["data"]["reason"].as_str() {
            Some(reason) => reason.to_owned(),
            None => error["code"].to_string(),
        };
        *counted.entry(name).or_default() += 1;
    }
    counted.into_iter().collect()
}

fn results(replies: &[Value]) -> Vec<&Value> {
    replies
        .iter()
        .filter_map(|reply| reply.get("result"))
        .collect()
}
