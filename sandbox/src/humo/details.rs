//! The `details` of a payment, which every reply about it carries: the request's items and what the network adds.

use super::soap::item;
use crate::{cards::masked, records::Payment, time::tashkent};

/// All items (section 2.2). Of the amounts, `amount` and `transaction_amount` are what was taken once that is known, and
/// `amount1a_original` what was blocked.
pub(super) fn details(payment: &Payment) -> String {
    let amount = payment.taken.unwrap_or(payment.amount).to_string();
    let blocked = payment.amount.to_string();
    let stan = format!("{:06}", payment.id % 1_000_000);
    let rrn = format!("{:012}", payment.id);
    let pan = masked(&payment.pan);
    let time = tashkent(payment.at, "%Y%m%d%H%M%S");
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
        ("auth_appr_code", &stan),
        ("auth_appr_code1a", &stan),
        ("auth_ref_number", &rrn),
        ("ret_ref_numb1a", &rrn),
        ("auth_stan", &stan),
        ("auth_stan1a", &stan),
        ("auth_time", &time),
        ("auth_row_numb1", &row),
        ("card_type", "HUMO"),
        ("merchant_name", "SANDBOX"),
        ("acq_inst", "SANDBOX"),
        ("amount1a", &amount),
        ("amount1a_original", &blocked),
        ("transaction_amount", &amount),
    ];
    let requested = payment.items.iter().map(|(name, value)| {
        let value = if name == "amount" { &amount } else { value };
        item(name, value)
    });
    let added = added.into_iter().map(|(name, value)| item(name, value));
    format!(
        "<details>{}</details>",
        requested.chain(added).collect::<String>()
    )
}
