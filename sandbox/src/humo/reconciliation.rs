//! `SOAP_RECO`: the totals of a terminal since its last reconciliation (docs/networks.md#humo-reconciliation). It is created
//! and confirmed; the confirmation closes the period and tells what was in it.

use std::collections::BTreeMap;

use super::{
    payments::{ACTION_CONFIRM, ACTION_FINISHED, refuse_used_ref, response},
    refusal::Refusal,
    request::NewReconciliation,
};
use crate::{
    network::Network,
    records::{Action, Biller, Payment, PaymentState},
    simulator::Simulator,
    state::{Change, State},
};

/// How many rows the ledger had at the confirmation.
const LEDGER_ROWS: &str = "sandbox_ledger_rows";

pub(super) fn create(simulator: &Simulator, new: NewReconciliation) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        refuse_used_ref(state, &new.payment_ref)?;
        let id = state.next_id();
        let items = [
            ("terminal_id", new.terminal_id),
            ("ttl", "10080".to_owned()),
            ("ttl_action", "0001".to_owned()),
        ];
        let payment = Payment {
            id,
            payment_ref: new.payment_ref,
            biller: Biller::Reconciliation,
            pan: String::new(),
            recipient: None,
            amount: 0,
            fee: 0,
            taken: None,
            items: items.map(|(name, value)| (name.to_owned(), value)).into(),
            at: now,
            state: PaymentState::Active,
        };
        let body = response(&payment, ACTION_CONFIRM);
        let change = Change {
            next_id: Some(id + 1),
            payments: vec![payment],
            ..Change::default()
        };
        Ok((change, body))
    })
}

/// Closes the period of a terminal.
pub(super) fn confirm(state: &State, payment: &Payment) -> (Payment, String) {
    let terminal = payment.items.get("terminal_id");
    let is_of_terminal = |payment: &Payment| payment.items.get("terminal_id") == terminal;
    let closed = state
        .payments()
        .filter(|payment| payment.biller == Biller::Reconciliation && is_of_terminal(payment))
        .filter_map(|payment| payment.items.get(LEDGER_ROWS)?.parse::<usize>().ok());
    let from = closed.max().unwrap_or_default();
    let (mut debits, mut reversals) = ((0_i64, 0_i64), (0_i64, 0_i64));
    let ledger = state.ledger();
    for row in ledger.iter().skip(from) {
        let of_terminal = row.network == Network::Humo
            && state
                .payment_by_ref(&row.reference)
                .is_some_and(is_of_terminal);
        let total = match row.action {
            Action::Pay | Action::Capture | Action::P2p => &mut debits,
            Action::Reverse => &mut reversals,
            Action::Hold | Action::Release | Action::Credit => continue,
        };
        if of_terminal {
            total.0 += 1;
            total.1 = total.1.saturating_add(row.amount);
        }
    }
    let told = [
        ("debits_number", debits.0.to_string()),
        ("debits_amount", debits.1.to_string()),
        ("credits_reversal_number", reversals.0.to_string()),
        ("credits_reversal_amount", reversals.1.to_string()),
        ("reconcile_info", "500".to_owned()),
        (LEDGER_ROWS, ledger.len().to_string()),
    ];
    let mut items: BTreeMap<String, String> = payment.items.clone();
    items.extend(told.map(|(name, value)| (name.to_owned(), value)));
    let payment = Payment {
        state: PaymentState::Finished,
        taken: Some(0),
        items,
        ..payment.clone()
    };
    let body = response(&payment, ACTION_FINISHED);
    (payment, body)
}
