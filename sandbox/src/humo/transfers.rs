//! The operations of `PaymentServer` that move money to a card: transfers between HUMO cards, credits from the
//! merchants.
//!
//! The table at [`Outcome`](crate::cards::Outcome) lists the refusals of recipients.

use super::{
    details::details,
    payments::{
        ACTION_CONFIRM, account_of, find_card, find_payer, ledger_entry, names, refuse_used_ref,
        response,
    },
    refusal::Refusal,
    request::{NewCredit, NewTransfer},
    soap::tag,
};
use crate::{
    money::{self, Posting},
    network::HUMO_P2P_FEE_BP,
    records::{Action, Biller, Payment, PaymentState, credit_leg_id},
    simulator::Simulator,
    state::{Card, Change, State},
};

/// `Request`: blocks the amount and the fee on the sender's card until the confirmation.
pub(super) fn create_transfer(simulator: &Simulator, new: NewTransfer) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        refuse_used_ref(state, &new.payment_ref)?;
        let sender = find_payer(state, &new.pan, &new.expiry)?;
        let recipient = find_recipient(state, &new.recipient)?;
        let fee = fee(new.amount).ok_or(Refusal::InvalidAmount)?;
        let movement = money::Transfer {
            sender: sender.account,
            recipient: recipient.account,
            amount: new.amount,
            fee,
        };
        let account = movement.block()?;
        let id = state.next_id();
        let payment = Payment {
            id,
            payment_ref: new.payment_ref,
            biller: Biller::Transfer,
            pan: new.pan,
            recipient: Some(new.recipient),
            amount: new.amount,
            fee,
            taken: None,
            items: new.items,
            at: now,
            state: PaymentState::Active,
        };
        let body = request_response(&payment);
        Ok((
            Change {
                next_id: Some(credit_leg_id(id) + 1),
                accounts: vec![account],
                payments: vec![payment],
                ..Change::default()
            },
            body,
        ))
    })
}

/// The create of a `SOAP_TOCARD_2`: the card has the money immediately.
pub(super) fn create_credit(simulator: &Simulator, new: NewCredit) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        refuse_used_ref(state, &new.payment_ref)?;
        let recipient = find_recipient(state, &new.recipient)?;
        let Posting { accounts, books } =
            money::credit(recipient.account, new.amount, state.books())
                .map_err(|_| Refusal::InvalidAmount)?;
        let id = state.next_id();
        let payment = Payment {
            id,
            payment_ref: new.payment_ref,
            biller: Biller::Credit,
            pan: new.recipient,
            recipient: None,
            amount: new.amount,
            fee: 0,
            taken: None,
            items: new.items,
            at: now,
            state: PaymentState::Active,
        };
        let body = response(&payment, ACTION_CONFIRM);
        Ok((
            Change {
                next_id: Some(id + 1),
                accounts,
                books,
                ledger: vec![ledger_entry(&payment, Action::Credit, payment.amount, now)],
                payments: vec![payment],
                ..Change::default()
            },
            body,
        ))
    })
}

/// The movement of money that a created transfer stands for.
pub(super) fn transfer_of<'a>(
    state: &'a State,
    payment: &Payment,
) -> Result<money::Transfer<'a>, Refusal> {
    let recipient = payment.recipient.as_deref().ok_or(Refusal::Malfunction)?;
    Ok(money::Transfer {
        sender: account_of(state, &payment.pan)?,
        recipient: account_of(state, recipient)?,
        amount: payment.amount,
        fee: payment.fee,
    })
}

fn find_recipient<'a>(state: &'a State, pan: &str) -> Result<Card<'a>, Refusal> {
    let card = find_card(state, pan)?;
    match Refusal::for_recipient(card.profile.outcome) {
        Some(refusal) => Err(refusal),
        None => Ok(card),
    }
}

/// [`HUMO_P2P_FEE_BP`] of the amount, rounded half up.
fn fee(amount: i64) -> Option<i64> {
    let basis_points = i128::from(amount) * i128::from(HUMO_P2P_FEE_BP);
    i64::try_from((basis_points + 5_000) / 10_000).ok()
}

/// Has only those fields of the real reply (docs/networks.md#humo-transfers-and-credits) that a client uses.
fn request_response(payment: &Payment) -> String {
    let content = [
        tag("sessionID", &payment.id.to_string()),
        names(payment),
        details(payment),
        tag("action", ACTION_CONFIRM),
    ]
    .concat();
    format!("<ebppif1:RequestResponse>{content}</ebppif1:RequestResponse>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_rounded_half_up() {
        assert_eq!([1, 99, 100, 299, 300].map(fee), [0, 0, 1, 1, 2].map(Some));
        assert_eq!(fee(100_000), Some(500));
        assert_eq!(fee(i64::MAX), Some(46_116_860_184_273_879));
    }
}
