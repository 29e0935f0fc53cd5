//! I13: a call that was refused because nothing of it had reached a network has moved no money.

use std::collections::BTreeMap;

use entity::processing_request::{Action, State};
use entity::transaction::Kind;

use super::answers::{fits, orders};
use super::claims::{claim, is_busy};
use super::index::{Index, shown};
use super::money::CarriedOut;
use super::{Findings, Invariant};
use crate::journal::Exchange;

/// What a partner has to call for, and the requests that this leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Movement {
    /// What was ordered: by the order, or by the confirmation of its code.
    Forward,
    Charge,
    Cancel,
    Reverse,
}

impl Movement {
    fn of(action: Action, kind: Kind) -> Option<Self> {
        match action {
            Action::Pay | Action::Confirm | Action::Hold | Action::P2p | Action::Credit => {
                Some(Self::Forward)
            }
            Action::Capture => Some(Self::Charge),
            Action::Release => Some(Self::Cancel),
            // The gateway itself gives a transfer back.
            Action::Reverse | Action::ReversePart => {
                (kind != Kind::Transfer).then_some(Self::Reverse)
            }
            Action::Cancel | Action::Expire => None,
        }
    }
}

/// The calls that can have led to each movement of a transaction.
type Callers<'a> = BTreeMap<(i64, Movement), Vec<&'a Exchange>>;

pub(super) fn check(index: &Index<'_>, carried_out: &CarriedOut<'_>, found: &mut Findings) {
    for ((transaction_id, movement), exchanges) in callers(index) {
        if !exchanges.iter().all(|exchange| left_nothing(exchange)) {
            continue;
        }
        let Some(transaction) = index.transaction(transaction_id) else {
            continue;
        };
        let is_of = |action| Movement::of(action, transaction.kind) == Some(movement);
        let executions: Vec<_> = carried_out
            .get(&transaction_id)
            .into_iter()
            .flatten()
            .filter(|row| row.action.is_some_and(is_of))
            .map(|row| row.execution)
            .collect();
        // A payment of HUMO that is created and cancelled leaves no execution, and has reached the network.
        let approved = index
            .requests(transaction_id)
            .iter()
            .any(|request| is_of(request.action) && request.state == State::Approved);
        if approved || !executions.is_empty() {
            let answers: Vec<_> = exchanges.iter().map(|exchange| exchange.shown()).collect();
            found.add(
                Invariant::I13,
                shown(transaction),
                format!(
                    "nothing had reached a network, by all answers, and {executions:?} was executed: {answers:?}"
                ),
            );
        }
    }
}

/// Whether an answer says that this call, whatever became of others, has sent nothing.
fn left_nothing(exchange: &Exchange) -> bool {
    is_busy(exchange)
        || claim(exchange).is_some()
        || matches!(exchange.error_code(), Some(-32364 | -32365))
}

fn callers<'a>(index: &Index<'a>) -> Callers<'a> {
    let orders = orders(index);
    let mut callers = Callers::new();
    for transaction in index.transactions() {
        let Some(ext_id) = transaction.ext_id.as_deref() else {
            continue;
        };
        let makers = orders.get(&(transaction.partner_id, ext_id));
        for exchange in makers.into_iter().flatten() {
            if !index.had_code(transaction.id.0) && fits(index, transaction, exchange) {
                let key = (transaction.id.0, Movement::Forward);
                callers.entry(key).or_default().push(exchange);
            }
        }
    }
    for exchange in index.journal() {
        let movement = match exchange.asked.method.as_str() {
            "transactions.debit.confirm" | "p2p.confirm" => Movement::Forward,
            "transactions.debit.hold.charge" => Movement::Charge,
            "transactions.debit.hold.cancel" => Movement::Cancel,
            "transactions.debit.reverse" => Movement::Reverse,
            _ => continue,
        };
        let id = exchange.number("transactionId");
        let own = id
            .and_then(|id| index.transaction(id))
            .filter(|transaction| {
                let by_code = movement != Movement::Forward || index.had_code(transaction.id.0);
                by_code && Some(transaction.partner_id) == index.partner(exchange)
            });
        if let Some(transaction) = own {
            let key = (transaction.id.0, movement);
            callers.entry(key).or_default().push(exchange);
        }
    }
    callers
}
