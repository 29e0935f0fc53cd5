//! Invariant I9: no money came from nowhere, none is gone.

use super::*;

/// I9: the sum of all money is what it was, and on every card is what the executions left there.
pub(super) fn check_conservation(index: &Index<'_>, matched: &[Matched<'_>], found: &mut Findings) {
    let Totals {
        available,
        blocked,
        takings,
        fees,
        total,
    } = index.records.networks.totals;
    let initial: i64 = TEST_CARDS.iter().map(|card| card.balance).sum();
    if total != initial || available + blocked + takings + fees != total {
        found.add(
            Invariant::I9,
            "totals of the networks",
            format!(
                "{:?}, and there were {initial}",
                index.records.networks.totals
            ),
        );
    }
    let Some(expected) = Ledgered::of(index, matched) else {
        return;
    };
    let in_doubt = blocked_in_doubt(index);
    for card in &index.records.networks.cards {
        if card.balance < 0 {
            found.add(Invariant::I9, format!("card {}", card.pan), "below zero");
        }
        let expected = expected.balances.get(card.pan.as_str()).copied();
        let missing = expected.unwrap_or_default() - card.balance;
        let may_be_blocked = in_doubt.get(card.pan.as_str()).copied().unwrap_or_default();
        if !(0..=may_be_blocked).contains(&missing) {
            found.add(
                Invariant::I9,
                format!("card {}", card.pan),
                format!(
                    "has {}, and the ledger leaves {expected:?}, of which {may_be_blocked} may be blocked by calls in doubt",
                    card.balance
                ),
            );
        }
    }
    let may_be_blocked: i64 = in_doubt.values().sum();
    let blocked_too_much = blocked - expected.held;
    if takings != expected.takings
        || fees != expected.fees
        || !(0..=may_be_blocked).contains(&blocked_too_much)
    {
        found.add(
            Invariant::I9,
            "totals of the networks",
            format!(
                "blocked {blocked}, takings {takings}, fees {fees}; the ledger means {}, {}, {}",
                expected.held, expected.takings, expected.fees
            ),
        );
    }
}

/// Where the ledger says that the money is.
#[derive(Default)]
struct Ledgered {
    balances: HashMap<&'static str, i64>,
    held: i64,
    takings: i64,
    fees: i64,
}

impl Ledgered {
    /// `None` where the recipient of a transfer is not known, because nobody asked for it: that is already reported.
    fn of(index: &Index<'_>, matched: &[Matched<'_>]) -> Option<Self> {
        let mut money = Self {
            balances: TEST_CARDS
                .iter()
                .map(|card| (card.pan, card.balance))
                .collect(),
            ..Self::default()
        };
        let holder: HashMap<Key, Option<i64>> = matched
            .iter()
            .map(|matched| {
                let row = matched.execution;
                let key = (row.network, row.reference.clone(), row.movement);
                (key, matched.transaction_id)
            })
            .collect();
        for row in &index.records.networks.ledger {
            let key = (row.network, row.reference.clone(), row.movement);
            let transaction_id = holder.get(&key).copied().flatten();
            let mut move_by = |pan: &str, by: i64| {
                if let Some(balance) = money.balances.get_mut(pan) {
                    *balance += by;
                }
            };
            match row.movement {
                Movement::Pay => {
                    move_by(&row.pan, -row.amount);
                    money.takings += row.amount;
                }
                Movement::Hold => {
                    move_by(&row.pan, -row.amount);
                    money.held += row.amount;
                }
                // What is not taken of a hold is free again.
                Movement::Capture => {
                    let hold = transaction_id.and_then(|id| index.transaction(id));
                    let held = hold.map_or(row.amount, |hold| hold.amount);
                    move_by(&row.pan, held - row.amount);
                    money.held -= held;
                    money.takings += row.amount;
                }
                Movement::Release => {
                    move_by(&row.pan, row.amount);
                    money.held -= row.amount;
                }
                Movement::Reverse => {
                    move_by(&row.pan, row.amount);
                    money.takings -= row.amount;
                }
                Movement::Credit => {
                    move_by(&row.pan, row.amount);
                    money.takings -= row.amount;
                }
                Movement::P2p => {
                    let transaction = index.transaction(transaction_id?)?;
                    let recipient = index.recipient(transaction.id.0)?;
                    move_by(&row.pan, -(row.amount + transaction.fee));
                    move_by(recipient, row.amount);
                    money.fees += transaction.fee;
                }
            }
        }
        Some(money)
    }
}

/// What HUMO may have blocked without a row in its ledger: the money of sales and transfers that are still open.
fn blocked_in_doubt(index: &Index<'_>) -> HashMap<&'static str, i64> {
    let mut in_doubt = HashMap::new();
    let open = index
        .transactions()
        .iter()
        .filter(|transaction| moves_money(transaction) && is_open(transaction.status));
    for transaction in open {
        for request in index.requests(transaction.id.0) {
            let blocks = request.network == Network::Humo
                && matches!(request.action, Action::Pay | Action::P2p)
                && (is_unsettled(request) || request.state == State::Approved);
            if let Some(payer) = index.payer(transaction).filter(|_| blocks) {
                let fee = if request.action == Action::P2p {
                    transaction.fee
                } else {
                    0
                };
                *in_doubt.entry(payer).or_default() += request.amount + fee;
            }
        }
    }
    in_doubt
}
