//! `POST /sandbox/history`: generates operations, so that a card has a history to read.
//!
//! Generated operations move no money: balances, the ledger and the totals stay unchanged. Only the order is stored; its
//! operations are generated from it, always the same ones.

use serde::{Deserialize, Serialize};

use super::{
    operation::{CardOperation, OperationKind},
    shops::{Site, shops, transfers},
};
use crate::{
    cards::{TEST_CARDS, TestCard},
    network::Network,
    random::{SeededRandom, mix},
    time::{DAY_MILLIS, parse_day},
};

/// The most operations in one order.
const COUNT_MAX: u32 = 100_000;
/// The range of days that an order may name.
const FIRST_DAY: &str = "2000-01-01";
const LAST_DAY: &str = "2099-12-31";
const DAY_FORMAT: &str = "%Y-%m-%d";
/// One purchase in this many is reversed.
const REVERSED_ONE_IN: u64 = 20;
/// One sum, in tiyin.
const SUM: i64 = 100;

/// The body of `POST /sandbox/history`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    pan: String,
    count: u32,
    from: String,
    to: String,
}

/// A valid order to generate operations.
#[derive(Debug)]
pub(crate) struct FillRequest {
    card: &'static TestCard,
    count: u32,
    /// The first millisecond of the period.
    from: i64,
    /// The first millisecond after it.
    until: i64,
}

/// An executed order, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fill {
    pub(super) pan: String,
    /// The id of the first operation; the others follow it.
    first_id: u64,
    count: u32,
    from: i64,
    until: i64,
    seed: u64,
}

impl FillRequest {
    /// Reads the body. The error text is for the author of the request.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        let body: Body = serde_json::from_slice(body).map_err(|error| {
            format!(
                "{error}. The body is {{pan, count, from, to}}: the number of a test card, how many operations \
                 (1 to {COUNT_MAX}), the first and the last day as YYYY-MM-DD"
            )
        })?;
        let card = TEST_CARDS
            .iter()
            .find(|card| card.pan == body.pan)
            .ok_or("pan must be the number of a card of GET /sandbox/cards")?;
        if !(1..=COUNT_MAX).contains(&body.count) {
            return Err(format!("count must be 1 to {COUNT_MAX}"));
        }
        let from = allowed_day("from", &body.from)?;
        let last = allowed_day("to", &body.to)?;
        if from > last {
            return Err("from must not be after to".to_owned());
        }
        Ok(Self {
            card,
            count: body.count,
            from,
            until: last + DAY_MILLIS,
        })
    }

    pub(crate) fn pan(&self) -> &'static str {
        self.card.pan
    }

    /// Executes the order at `now`. The period is cut at `now`, unless all of it is in the future.
    ///
    /// The operations depend on the order and on how many fills the card had before.
    pub(crate) fn fill(&self, first_id: u64, fills_before: u64, now: i64) -> Fill {
        let pan: u64 = self.card.pan.parse().unwrap_or_default();
        let words = [
            pan,
            self.count.into(),
            self.from.cast_unsigned(),
            self.until.cast_unsigned(),
            fills_before,
        ];
        Fill {
            pan: self.card.pan.to_owned(),
            first_id,
            count: self.count,
            from: self.from,
            until: if self.from < now {
                self.until.min(now)
            } else {
                self.until
            },
            seed: words.into_iter().fold(0, |seed, word| mix(seed ^ word)),
        }
    }
}

fn allowed_day(name: &str, text: &str) -> Result<i64, String> {
    // In this format, texts sort like the days they name.
    parse_day(text, DAY_FORMAT)
        .filter(|_| (FIRST_DAY..=LAST_DAY).contains(&text))
        .ok_or_else(|| format!("{name} must be a day from {FIRST_DAY} to {LAST_DAY}"))
}

impl Fill {
    /// The first id that is free after the operations.
    pub(crate) fn next_id(&self) -> u64 {
        self.first_id + u64::from(self.count)
    }

    /// The operations, oldest first, spread evenly over the period, at whole seconds.
    ///
    /// A reversal marks the purchase on UZCARD. On HUMO it is an operation after it and counts as one of the order.
    pub(super) fn operations(&self, card: &'static TestCard) -> Vec<CardOperation> {
        let mut random = SeededRandom::seeded(self.seed);
        let mut balance = card.balance;
        let mut made: Vec<CardOperation> = Vec::new();
        let period = self.until - self.from;
        let count = i64::from(self.count);
        for (number, id) in (0..count).zip(self.first_id..) {
            let start = self.from + period * number / count;
            let end = self.from + period * (number + 1) / count;
            let at = start + random.below_i64(end - start);
            let at = at - at.rem_euclid(1_000);
            let is_reversed = random.below(REVERSED_ONE_IN) == 0;
            let operation = match made.last() {
                Some(last)
                    if is_reversed
                        && card.network == Network::Humo
                        && last.kind == OperationKind::Purchase =>
                {
                    balance += last.amount_with_fee();
                    CardOperation {
                        at,
                        kind: OperationKind::DebitReversal,
                        balance,
                        second: true,
                        ..last.clone()
                    }
                }
                _ => {
                    let (kind, amount) = movement(&mut random, balance);
                    balance += if kind.is_credit() { amount } else { -amount };
                    let operation = CardOperation {
                        id,
                        at,
                        kind,
                        amount,
                        fee: 0,
                        balance,
                        reversed: is_reversed
                            && card.network == Network::Uzcard
                            && kind == OperationKind::Purchase,
                        second: false,
                        site: site(&mut random, card.network, kind),
                    };
                    if operation.reversed {
                        balance += amount;
                    }
                    operation
                }
            };
            made.push(operation);
        }
        made
    }
}

/// An amount in whole sums. It becomes a credit where the balance does not cover a debit.
fn movement(random: &mut SeededRandom, balance: i64) -> (OperationKind, i64) {
    let (kind, amount) = match random.below(100) {
        0..70 => (OperationKind::Purchase, 1_000 + random.below_i64(400_000)),
        70..80 => (
            OperationKind::TransferOut,
            5_000 + random.below_i64(1_000_000),
        ),
        80..90 => (
            OperationKind::TransferIn,
            5_000 + random.below_i64(1_000_000),
        ),
        _ => (OperationKind::Credit, 50_000 + random.below_i64(2_000_000)),
    };
    let kind = if !kind.is_credit() && amount * SUM > balance {
        OperationKind::Credit
    } else {
        kind
    };
    (kind, amount * SUM)
}

fn site(random: &mut SeededRandom, network: Network, kind: OperationKind) -> Site {
    let partner = transfers(network);
    Site::at(match kind {
        OperationKind::Purchase => random.choose(shops(network)).unwrap_or(partner),
        OperationKind::TransferOut
        | OperationKind::TransferIn
        | OperationKind::Credit
        | OperationKind::DebitReversal
        | OperationKind::CreditReversal => partner,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn request(body: &str) -> Result<FillRequest, String> {
        FillRequest::parse(body.as_bytes())
    }

    fn operations(pan: &str, now: i64) -> Vec<CardOperation> {
        let body =
            format!(r#"{{"pan":"{pan}","count":5000,"from":"2024-02-28","to":"2024-02-29"}}"#);
        let request = request(&body).unwrap();
        request.fill(200_000, 0, now).operations(request.card)
    }

    #[test]
    fn operations_are_sorted_varied_and_reproducible() {
        for pan in ["8600010132441332", "9860190101578366"] {
            let made = operations(pan, i64::MAX);
            assert_eq!(made, operations(pan, i64::MAX));
            assert_eq!(made.len(), 5_000);
            assert!(made.is_sorted_by_key(CardOperation::key));
            let keys: HashSet<_> = made.iter().map(CardOperation::key).collect();
            assert_eq!(keys.len(), made.len());
            // 2024-02-27T19:00:00Z
            let first_day = 1_709_060_400_000;
            assert!(made.iter().all(|operation| {
                (first_day..first_day + 2 * DAY_MILLIS).contains(&operation.at)
                    && operation.at % 1_000 == 0
                    && operation.balance >= 0
                    && operation.amount > 0
            }));
            let days: HashSet<i64> = made
                .iter()
                .map(|operation| (operation.at - first_day) / DAY_MILLIS)
                .collect();
            assert_eq!(days.len(), 2);
            let cities: HashSet<&str> = made
                .iter()
                .map(|operation| operation.site.shop.city)
                .collect();
            assert!(cities.len() > 4, "{cities:?}");
            let kinds: HashSet<OperationKind> =
                made.iter().map(|operation| operation.kind).collect();
            let reversed = made.iter().any(|operation| operation.reversed);
            let is_humo = pan.starts_with("9860");
            assert_eq!(
                (kinds.contains(&OperationKind::DebitReversal), reversed),
                (is_humo, !is_humo)
            );
            assert!(kinds.len() >= 4);
        }
    }

    #[test]
    fn nothing_is_later_than_now_unless_everything_is() {
        let noon = 1_709_060_400_000 + DAY_MILLIS / 2;
        let latest = |now| operations("9860190101578366", now).last().unwrap().at;
        assert!(latest(noon) <= noon);
        assert!(latest(0) > noon);
    }

    #[test]
    fn refusals_name_what_is_allowed() {
        for (wrong, hint) in [
            (r"{}", "pan, count, from, to"),
            (
                r#"{"pan":"8600","count":1,"from":"2024-01-01","to":"2024-01-01"}"#,
                "pan must be",
            ),
            (
                r#"{"pan":"8600010132441332","count":0,"from":"2024-01-01","to":"2024-01-01"}"#,
                "count must be",
            ),
            (
                r#"{"pan":"8600010132441332","count":100001,"from":"2024-01-01","to":"2024-01-01"}"#,
                "count must be",
            ),
            (
                r#"{"pan":"8600010132441332","count":-1,"from":"2024-01-01","to":"2024-01-01"}"#,
                "1 to 100000",
            ),
            (
                r#"{"pan":"8600010132441332","count":1,"from":"2024-1-01","to":"2024-01-01"}"#,
                "from must be",
            ),
            (
                r#"{"pan":"8600010132441332","count":1,"from":"1999-12-31","to":"2024-01-01"}"#,
                "from must be",
            ),
            (
                r#"{"pan":"8600010132441332","count":1,"from":"2024-01-01","to":"2023-02-29"}"#,
                "to must be",
            ),
            (
                r#"{"pan":"8600010132441332","count":1,"from":"2024-01-02","to":"2024-01-01"}"#,
                "not be after",
            ),
            (
                r#"{"pan":"8600010132441332","count":1,"from":"2024-01-01","to":"2024-01-01","x":1}"#,
                "unknown field",
            ),
        ] {
            let refusal = request(wrong).unwrap_err();
            assert!(refusal.contains(hint), "{wrong}: {refusal}");
        }
    }
}
