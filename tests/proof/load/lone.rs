//! Orders that are told apart by their amounts alone.

use super::*;

/// How far the amounts of two orders are apart, tiyin. Those of debits and holds end in 1, those of transfers in 0, also with
/// their fee.
const APART: u64 = 1_000;

/// The order of this number: a debit, a hold or a transfer, as `chance` says. No other has its amount.
pub(crate) fn lone_order(market: &Market, chance: u64, number: u64) -> (String, Value) {
    let cards = market.cards.lock().unwrap();
    let good: Vec<&Attached> = cards
        .iter()
        .filter(|attached| attached.card.outcome == Outcome::Ok)
        .collect();
    let mut chance = Chance::of(chance, number);
    let from = *chance.pick(&good);
    let ext_id = format!("lone-{number}");
    if chance.percent(40) {
        let others: Vec<&&Attached> = good
            .iter()
            .filter(|attached| attached.card.pan != from.card.pan)
            .collect();
        let to = chance.pick(&others).card;
        let method = format!("p2p.{}2{}", network_word(from.card), network_word(to));
        let params = json!({
            "token": from.token, "pan": to.pan, "expiry": "3012", "amount": number * 2 * APART, "extId": ext_id,
        });
        return (method, params);
    }
    let mut params = debit_params(from.card, &from.token, number * APART + 1);
    params["extId"] = json!(ext_id);
    if chance.percent(40) {
        params["is_hold"] = json!(true);
    }
    ("transactions.debit".to_owned(), params)
}
