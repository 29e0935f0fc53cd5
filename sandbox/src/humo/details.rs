//! The `details` that every reply about a payment carries: the items of the request and those that the network adds.

use super::soap::item;
use crate::{
    cards::masked,
    random::mix,
    records::{Biller, Payment, PaymentState, credit_leg_id},
    time::format_tashkent,
};

/// The system trace audit number (STAN): six digits, so it repeats after a while.
pub(super) fn stan(id: u64) -> String {
    format!("{:06}", id % 1_000_000)
}

/// The retrieval reference number (RRN): twelve digits that end in the STAN, as in the partners' document.
pub(super) fn rrn(id: u64) -> String {
    format!("{id:012}")
}

/// The issuer's approval code: six digits, unrelated to the STAN.
pub(super) fn approval_code(id: u64) -> String {
    format!("{:06}", mix(id) % 1_000_000)
}

/// All items (docs/networks.md#paymentserver). Once money was taken, `amount` and `transaction_amount` are what was
/// taken; `amount1a_original` is what was blocked; `refunded_amount` and `remaining_amount` are what of it was returned,
/// and was not. A transfer has its fee in `amount_fee` and the items of its second
/// leg, whose names end in 2. Which of those the real network sends is known from one client only
/// (docs/networks.md#paymentserver).
pub(super) fn details(payment: &Payment) -> String {
    let amount = payment.taken.unwrap_or(payment.amount).to_string();
    let blocked = payment.amount.to_string();
    let stan1 = stan(payment.id);
    let rrn1 = rrn(payment.id);
    let approval1 = approval_code(payment.id);
    let pan = masked(&payment.pan);
    let time = format_tashkent(payment.at, "%Y%m%d%H%M%S");
    let row = payment.id.to_string();
    let added = [
        ("internal_pan_masked", pan.as_str()),
        ("netsw_proccode", "000000"),
        ("sli", ""),
        ("cardholder_amount1a", &amount),
        ("cardholder_ccy_code", "860"),
        ("conversion_rate", "1"),
        ("auth_action_code", "000"),
        ("auth_action_code_final", "000"),
        ("auth_appr_code", &approval1),
        ("auth_appr_code1a", &approval1),
        ("auth_ref_number", &rrn1),
        ("ret_ref_numb1a", &rrn1),
        ("auth_stan", &stan1),
        ("auth_stan1a", &stan1),
        ("auth_time", &time),
        ("auth_row_numb1", &row),
        ("card_type", "HUMO"),
        ("merchant_name", "SANDBOX"),
        ("acq_inst", "SANDBOX"),
        ("amount1a", &amount),
        ("amount1a_original", &blocked),
        ("transaction_amount", &amount),
    ];
    let fee = payment.fee.to_string();
    let rrn2 = rrn(credit_leg_id(payment.id));
    let stan2 = stan(credit_leg_id(payment.id));
    let approval2 = approval_code(credit_leg_id(payment.id));
    let added_to_transfers = [
        ("amount_fee", fee.as_str()),
        ("fld_126_P2PR", ""),
        ("auth_action_code2", "000"),
        ("auth_appr_code2", &approval2),
        ("auth_ref_number2", &rrn2),
        ("auth_stan2", &stan2),
        ("auth_time2", &time),
    ];
    let refunded = match payment.state {
        PaymentState::Returned => payment.taken.unwrap_or(payment.amount),
        PaymentState::Active | PaymentState::Finished | PaymentState::Cancelled => 0,
    };
    let remaining = payment.taken.unwrap_or(payment.amount) - refunded;
    let (refunded, remaining) = (refunded.to_string(), remaining.to_string());
    let added_to_taken = [
        ("refunded_amount", refunded.as_str()),
        ("remaining_amount", remaining.as_str()),
    ];
    let added_to_taken = added_to_taken
        .into_iter()
        .filter(|_| payment.taken.is_some());
    let requested = payment.items.iter().map(|(name, value)| {
        let value = if name == "amount" { &amount } else { value };
        item(name, value)
    });
    let added_to_transfers = added_to_transfers
        .into_iter()
        .filter(|_| payment.biller == Biller::Transfer);
    let added = added
        .into_iter()
        .chain(added_to_transfers)
        .chain(added_to_taken)
        .map(|(name, value)| item(name, value));
    format!(
        "<details>{}</details>",
        requested.chain(added).collect::<String>()
    )
}
