//! What goes wrong beside kills and faulty calls: networks that stand still, operators who are mistaken, and others who use
//! our access.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::gateway::Gateway;
use crate::load::Market;
use crate::operator::{Mistake, blunder};
use crate::others::{OthersDeed, interfere};
use test_support::chance::Chance;
use test_support::proxy::{Proxy, Side};

/// How long a network stands still, milliseconds: longer than a call may take; sometimes for several look-ups.
const FROSTS_MS: (u64, u64) = (5_000, 6_500);
const LONG_FROSTS_MS: (u64, u64) = (15_000, 27_000);
/// How many frosts in a hundred are long. The first one is not, so that a short run stays short.
const LONG_FROSTS_PERCENT: u64 = 40;
/// How long the networks are well before the first frost, and between two, milliseconds.
const BEFORE_FROST_MS: u64 = 700;
const BETWEEN_FROSTS_MS: (u64, u64) = (12_000, 25_000);
/// How many kills in a hundred see a mistaken operator, and how many others who interfere.
const MISTAKES_PERCENT: u64 = 30;
const OTHERS_PERCENT: u64 = 35;
/// The parts of the run that decide about them.
const PART_OF_PEOPLE: u64 = 998;
const PART_OF_FROSTS: u64 = 997;

/// What people did during a run.
#[derive(Debug)]
pub(crate) struct People {
    chance: Chance,
    pub(crate) others: Vec<OthersDeed>,
    /// What mistaken operators said, and whether it was taken: how often.
    pub(crate) said: BTreeMap<(Mistake, bool), u64>,
}

impl People {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::of(seed, PART_OF_PEOPLE),
            others: Vec::new(),
            said: BTreeMap::new(),
        }
    }

    /// What they do between two kills.
    pub(crate) async fn meddle(&mut self, gateway: &Gateway, networks: SocketAddr) {
        if self.chance.percent(MISTAKES_PERCENT)
            && let Some(said) = blunder(gateway, &mut self.chance).await
        {
            *self.said.entry(said).or_default() += 1;
        }
        if self.chance.percent(OTHERS_PERCENT) {
            let deed = interfere(&gateway.database_url, networks, &mut self.chance).await;
            self.others.extend(deed);
        }
    }

    /// Numbers that no network has as that call's, and that were taken for it.
    pub(crate) fn wrongly_believed(&self) -> u64 {
        let wrong =
            |((mistake, taken), _): &(&(Mistake, bool), &u64)| *taken && *mistake != Mistake::Hasty;
        self.said.iter().filter(wrong).map(|(_, count)| count).sum()
    }
}

/// Lets one network after the other stand still until the market closes; how often.
pub(crate) async fn frosts(proxy: Arc<Proxy>, market: Arc<Market>, seed: u64) -> u64 {
    let mut chance = Chance::of(seed, PART_OF_FROSTS);
    let mut frosts = 0;
    let mut pause = BEFORE_FROST_MS;
    let side = |frosts: u64| match (frosts + seed).is_multiple_of(2) {
        true => Side::Uzcard,
        false => Side::Humo,
    };
    while goes_on(&market, pause).await {
        let side = side(frosts);
        frosts += 1;
        let long = frosts > 1 && chance.percent(LONG_FROSTS_PERCENT);
        let (from, to) = if long { LONG_FROSTS_MS } else { FROSTS_MS };
        proxy.freeze(side);
        goes_on(&market, chance.between(from, to)).await;
        proxy.thaw(side);
        pause = chance.between(BETWEEN_FROSTS_MS.0, BETWEEN_FROSTS_MS.1);
    }
    frosts
}

/// Waits for so long, or until the market closes; whether it is open still.
async fn goes_on(market: &Market, ms: u64) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(ms) {
        if market.stopping.load(Ordering::Relaxed) {
            return false;
        }
        sleep(Duration::from_millis(50)).await;
    }
    true
}
