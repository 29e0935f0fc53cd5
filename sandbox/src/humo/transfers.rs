//! What of `PaymentServer` moves money to a card: transfers between two cards of HUMO, and credits from the merchants.
//!
//! What is wrong with a recipient stands in the table at [`Outcome`](crate::cards::Outcome).

use super::{
    details::details,
    fault::Fault,
    payment_server::{
        ACTION_CONFIRM, account_of, execution, find_card, find_payer, names, refuse_used_ref,
        response,
    },
    request::{Credit, Transfer},
    soap::tag,
};
use crate::{
    money::{self, Moved},
    network::HUMO_P2P_FEE_BP,
    records::{Action, Biller, Payment, PaymentState, credit_leg},
    state::{Card, Change, Data},
    world::World,
};

/// `Request`: blocks the amount and the fee on the sender's card until the confirmation.
pub(super) fn run_transfer(world: &World, transfer: Transfer) -> Result<String, Fault> {
    world.change(|data, now| {
        refuse_used_ref(data, &transfer.payment_ref)?;
        let sender = find_payer(data, &transfer.pan, &transfer.expiry)?;
        let recipient = find_recipient(data, &transfer.recipient)?;
        let fee = fee(transfer.amount).ok_or(Fault::InvalidAmount)?;
        let movement = money::Transfer {
            sender: sender.account,
            recipient: recipient.account,
            amount: transfer.amount,
            fee,
        };
        let account = movement.block()?;
        let id = data.next_id();
        let payment = Payment {
            id,
            payment_ref: transfer.payment_ref,
            biller: Biller::Transfer,
            pan: transfer.pan,
            recipient: Some(transfer.recipient),
            amount: transfer.amount,
            fee,
            taken: None,
            items: transfer.items,
            at: now,
            state: PaymentState::Active,
        };
        let body = request_response(&payment);
        Ok((
            Change {
                next_id: Some(credit_leg(id) + 1),
                accounts: vec![account],
                payments: vec![payment],
                ..Change::default()
            },
            body,
        ))
    })
}

/// Create of a `SOAP_TOCARD_2`: the card has the money at once.
pub(super) fn run_credit(world: &World, credit: Credit) -> Result<String, Fault> {
    world.change(|data, now| {
        refuse_used_ref(data, &credit.payment_ref)?;
        let recipient = find_recipient(data, &credit.recipient)?;
        let Moved { accounts, books } =
            money::credit(recipient.account, credit.amount, data.books())
                .map_err(|_| Fault::InvalidAmount)?;
        let id = data.next_id();
        let payment = Payment {
            id,
            payment_ref: credit.payment_ref,
            biller: Biller::Credit,
            pan: credit.recipient,
            recipient: None,
            amount: credit.amount,
            fee: 0,
            taken: None,
            items: credit.items,
            at: now,
            state: PaymentState::Active,
        };
        let body = response(&payment, ACTION_CONFIRM);
        Ok((
            Change {
                next_id: Some(id + 1),
                accounts,
                books,
                ledger: vec![execution(&payment, Action::Credit, payment.amount, now)],
                payments: vec![payment],
                ..Change::default()
            },
            body,
        ))
    })
}

/// The movement that a created transfer stands for.
pub(super) fn transfer_of<'a>(
    data: &'a Data,
    payment: &Payment,
) -> Result<money::Transfer<'a>, Fault> {
    let recipient = payment.recipient.as_deref().ok_or(Fault::Malfunction)?;
    Ok(money::Transfer {
        sender: account_of(data, &payment.pan)?,
        recipient: account_of(data, recipient)?,
        amount: payment.amount,
        fee: payment.fee,
    })
}

fn find_recipient<'a>(data: &'a Data, pan: &str) -> Result<Card<'a>, Fault> {
    let card = find_card(data, pan)?;
    match Fault::of_recipient(card.sheet.outcome) {
        Some(fault) => Err(fault),
        None => Ok(card),
    }
}

/// [`HUMO_P2P_FEE_BP`] of the amount, rounded half up.
fn fee(amount: i64) -> Option<i64> {
    let basis_points = i128::from(amount) * i128::from(HUMO_P2P_FEE_BP);
    i64::try_from((basis_points + 5_000) / 10_000).ok()
}

/// Of the members that the real one has (section 2.2), those that a client has a use for.
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
