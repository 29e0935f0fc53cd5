//! How transactions are found, what their page tells, and that looks are recorded first.

use aloqa_gateway::console::accounts::Role;
use serde_json::json;

use super::person::{PASSWORD, Person};
use test_support::*;

/// The ids in the table of results; that of the page itself where there is one hit.
fn ids(reply: &HttpReply) -> Vec<i64> {
    if reply.status == 303 {
        let path = reply.header("location");
        let (_, id) = path.rsplit_once('/').unwrap();
        return vec![id.parse().unwrap()];
    }
    assert_eq!(reply.status, 200, "{}", reply.body);
    let rows = reply
        .body
        .split("data-name=\"Id\"><a href=\"/console/transactions/");
    let numbers = rows
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse().unwrap());
    numbers.collect()
}

on_each_database! {
    async fn a_transaction_is_found_by_anything_that_stands_on_a_complaint(app: TestApp) {
        let other = app.add_partner("other", &["*"]).await;
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let mut paid = Vec::new();
        for (card, token, ext_id) in [(UZCARD, &uzcard, "order-7"), (HUMO, &humo, "order-8"), (UZCARD, &uzcard, "order-9")] {
            let params = with(debit_params(card, token, 500_000), json!({"extId": ext_id}));
            paid.push(app.ordered(params).await);
        }
        let params = with(UZCARD_TO_HUMO.params(&uzcard, 70_000), json!({"extId": "move-1"}));
        app.result(UZCARD_TO_HUMO.method, params).await;
        let moved = app.row_of("move-1").await.id.0;
        app.result("transactions.debit.reverse", json!({"transactionId": paid[0], "amount": 100, "extId": "back-1"})).await;
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let search = async |fields: &[(&str, &str)]| ids(&anna.post("/console/search", fields).await);
        let by = async |text: &str| search(&[("q", text)]).await;

        let first = paid[0].to_string();
        let reference = app.request_rows(paid[1]).await[0].reference.clone();
        let receipt: serde_json::Value = serde_json::from_str(&app.row(paid[0]).await.receipt.unwrap()).unwrap();
        let ref_num = receipt["ref_num"].as_str().unwrap();
        for (text, expected) in [
            (first.as_str(), vec![paid[0]]),
            (" order-8 ", vec![paid[1]]),
            ("back-1", vec![paid[0]]),
            (&reference, vec![paid[1]]),
            (ref_num, vec![paid[0]]),
            (ref_num.trim_start_matches('0'), vec![paid[0]]),
            ("nothing", vec![]),
        ] {
            assert_eq!(by(text).await, expected, "{text}");
        }
        let newest_first = |mut ids: Vec<i64>| { ids.sort_by_key(|id| std::cmp::Reverse(*id)); ids };
        let of_uzcard = newest_first(by("*1332").await);
        assert!(of_uzcard.contains(&paid[0]) && of_uzcard.contains(&paid[2]) && of_uzcard.contains(&moved), "{of_uzcard:?}");
        assert!(!of_uzcard.contains(&paid[1]), "{of_uzcard:?}");
        assert_eq!(by(UZCARD.pan).await, of_uzcard, "a whole number");
        assert!(by("986019*****8366").await.contains(&paid[1]));
        // The recipient of the transfer is another card.
        assert!(by(UZCARD_TO_HUMO.to.pan).await.contains(&moved));
        let of_phone = by(UZCARD.phone).await;
        assert!(of_phone.contains(&paid[0]) && !of_phone.contains(&paid[1]), "{of_phone:?}");

        assert_eq!(search(&[("partner", &other.name)]).await, [0_i64; 0]);
        assert!(search(&[("partner", "demo")]).await.contains(&moved));
        app.clock.advance_ms(8 * 86_400_000);
        let mut anna = anna;
        anna.sign_in("anna", PASSWORD).await;
        assert_eq!(ids(&anna.post("/console/search", &[]).await), [0_i64; 0], "of the last week");
        assert_eq!(ids(&anna.post("/console/search", &[("q", "order-8")]).await), [paid[1]], "whenever it was");
        let year = [("from", "2020-01-01"), ("to", "2026-12-31")];
        assert_eq!(anna.post("/console/search", &year).await.status, 400);
    }

    async fn a_page_tells_the_whole_story_and_no_card_number(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let id = app.ordered(with(debit_params(UZCARD, &token, 500_000), json!({"extId": "order-7"}))).await;
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let path = format!("/console/transactions/{id}");
        let page = anna.get(&path).await;
        let call = &app.request_rows(id).await[0];
        for words in [
            "5\u{202f}000.00", "860001*****1332", "order-7", "demo", "succeeded", &call.reference, "by the network&#39;s reply",
            "refNum", "<time datetime=",
        ] {
            let words = words.replace("&#39;", "'");
            assert!(page.body.contains(&words), "{words}: {}", page.body);
        }
        for secret in [UZCARD.pan, UZCARD.phone, &token] {
            assert!(!page.body.contains(secret), "{secret}");
        }
        let rows = app.audit_rows("*").await;
        let look = rows.iter().find(|row| row.action == "console.transaction").unwrap();
        assert_eq!(
            (look.who.as_str(), look.source.as_str(), look.object.as_str(), look.outcome.as_str(), look.detail.as_str()),
            ("anna", "127.0.0.1", format!("transaction {id}").as_str(), "ok", "card 860001*****1332")
        );
        let again = anna.get(&path).await;
        assert!(again.body.contains("<strong>anna</strong> looked at this"), "{}", again.body);
        assert_eq!(anna.get("/console/transactions/999").await.status, 404);
        // A search is recorded without what was typed of a card.
        anna.post("/console/search", &[("q", UZCARD.pan)]).await;
        let rows = app.audit_rows("*").await;
        let sought = rows.iter().find(|row| row.action == "console.search").unwrap();
        assert_eq!(sought.object, "card 860001*****1332");
        // Digit by digit, whoever may look would find out what all masks hide.
        let right = format!("{}*********", &UZCARD.pan[..7]);
        let tried = anna.post("/console/search", &[("q", &right)]).await;
        assert_eq!(tried.status, 400, "{}", tried.body);
        assert!(tried.body.contains("six digits in front and four at the end"), "{}", tried.body);
        assert!(!tried.body.contains("/console/transactions/"), "{}", tried.body);
    }
}
