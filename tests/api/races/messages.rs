//! The limit of messages a day.

use aloqa_gateway::database::Fetch as _;
use test_support::refused_calls::sms_limit_reached;

use super::*;

in_each_setting! {
    orders_against_the_days_messages,
    attachments_against_the_days_messages,
}

async fn orders_against_the_days_messages(gateways: &Gateways) {
    const LIMIT: usize = 8;
    let limit = |config: &mut aloqa_gateway::config::Config| config.sms.daily_limit = 8;
    let Some(gateways) = Gateways::with(gateways.setting, limit).await else {
        return;
    };
    for card in [UZCARD, HUMO] {
        // Its code was the first message.
        let token = gateways.add_card(card).await;
        let rows = gateways.transactions_stored().await;
        let order = json!({"force_sms_confirmation": true});
        let params = with(debit_params(card, &token, AMOUNT), order);
        let replies = gateways
            .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
            .await;
        let reached = sms_limit_reached(8);
        let [sent, refused] = counted(&without_results(&replies), [&Value::Null, &reached]);
        assert_eq!((sent, refused), (LIMIT - 1, CALLERS - LIMIT + 1));
        assert_eq!(gateways.messages(card.phone).await.len(), LIMIT);
        let sent = u64::try_from(sent).unwrap();
        assert_eq!(gateways.transactions_stored().await, rows + sent);
        assert_eq!(messages_counted(&gateways, card).await, [8]);
    }
    assert_eq!(gateways.moves().await, [""; 0]);
    gateways.assert_settled().await;
    gateways.end().await;
}

async fn attachments_against_the_days_messages(gateways: &Gateways) {
    const LIMIT: usize = 8;
    let limit = |config: &mut aloqa_gateway::config::Config| config.sms.daily_limit = 8;
    let Some(gateways) = Gateways::with(gateways.setting, limit).await else {
        return;
    };
    for card in [UZCARD, HUMO] {
        let rows = gateways.transactions_stored().await;
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let replies = gateways
            .race((0..CALLERS).map(|_| ("cards.add", params.clone())))
            .await;
        let reached = sms_limit_reached(8);
        let counts = counted(&without_results(&replies), [&Value::Null, &reached]);
        assert_eq!(counts, [LIMIT, CALLERS - LIMIT]);
        assert_eq!(gateways.messages(card.phone).await.len(), LIMIT);
        let stored = gateways.transactions_stored().await;
        assert_eq!(stored, rows + u64::try_from(LIMIT).unwrap());
        assert_eq!(messages_counted(&gateways, card).await, [8]);
    }
    gateways.assert_settled().await;
    gateways.end().await;
}

/// What the gateways have counted for the phone of this card, one number per partner and day.
async fn messages_counted(gateways: &Gateways, card: TestCard) -> Vec<i32> {
    let rows = entity::sms_count::Entity::find().fetch_all(&*gateways.running.gateway.database);
    let rows = rows.await.unwrap().into_iter();
    rows.filter(|row| row.phone == card.phone)
        .map(|row| row.sent)
        .collect()
}
