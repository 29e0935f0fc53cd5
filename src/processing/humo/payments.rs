//! The calls of `PaymentServer` that move money: creates, confirmations, cancels, returns.

use std::sync::Arc;

use async_trait::async_trait;
use rpc_schema::values::Amount;

use super::client::Client;
use super::outcome::{self, CallKind, Certain, Moved};
use super::requests::{Biller, Requests};
use crate::config::{self, FeeFrom};
use crate::domain::call::{
    Call, CallResult, Capture, CreatedPayment, Credit, Debit, LookupReply, P2p, Receipt, Reversal,
    Traces,
};
use crate::processing::payment_network::PaymentNetwork;

/// The client of HUMO that moves money.
#[derive(Debug)]
pub(crate) struct HumoPayments {
    client: Arc<Client>,
    requests: Arc<Requests>,
    certain: Certain,
    fee_from: FeeFrom,
}

impl HumoPayments {
    pub(super) fn new(client: Arc<Client>, requests: Arc<Requests>, config: &config::Humo) -> Self {
        Self {
            client,
            requests,
            certain: Certain(config.certain_refusals.clone()),
            fee_from: config.fee_from,
        }
    }

    async fn create(&self, biller: Biller, debit: &Debit) -> CallResult {
        let content = self.requests.create(biller, debit);
        match self.client.call("Payment", &content).await {
            Ok(response) => outcome::created(
                biller.call_kind(),
                &response,
                Receipt::of(&debit.reference),
                debit.amount,
            ),
            Err(error) => outcome::failed(biller.call_kind(), &self.certain, error),
        }
    }

    /// Only creates the transfer, which blocks the money and brings the fee.
    async fn transfer(&self, p2p: &P2p) -> CallResult {
        let content = self.requests.transfer(p2p);
        match self.client.call("Request", &content).await {
            Ok(response) => {
                outcome::created(CallKind::P2p, &response, self.unnamed(p2p), p2p.amount)
            }
            Err(error) => outcome::failed(CallKind::P2p, &self.certain, error),
        }
    }

    /// What is known of a transfer before HUMO has answered. Where it names no fee, the settings say whether the quoted one
    /// holds.
    fn unnamed(&self, p2p: &P2p) -> Receipt {
        Receipt {
            fee: match self.fee_from {
                FeeFrom::Tariff => Some(p2p.fee),
                FeeFrom::Network => None,
            },
            ..Receipt::of(&p2p.reference)
        }
    }

    async fn credit(&self, credit: &Credit) -> CallResult {
        let content = self.requests.credit(credit);
        match self.client.call_settling("Payment", &content).await {
            Ok(response) => outcome::created(
                CallKind::Credit,
                &response,
                Receipt::of(&credit.reference),
                credit.amount,
            ),
            Err(error) => outcome::failed(CallKind::Credit, &self.certain, error),
        }
    }

    /// `capture` is the amount to be taken of a hold; a sale or a transfer is always confirmed as it was created.
    async fn confirm(
        &self,
        kind: CallKind,
        payment: &Receipt,
        moved: Moved,
        capture: Option<Amount>,
    ) -> CallResult {
        let content = self.requests.confirm(payment, capture);
        match self.client.call_settling("Payment", &content).await {
            Ok(response) => outcome::confirmed(kind, &response, payment, moved),
            Err(error) => outcome::failed(kind, &self.certain, error),
        }
    }

    /// Frees what a create has blocked.
    async fn cancel(&self, kind: CallKind, payment: &Receipt) -> CallResult {
        let content = self.requests.cancel(payment);
        match self.client.call_settling("CancelRequest", &content).await {
            Ok(response) => outcome::undone(&response, payment),
            Err(error) => outcome::failed(kind, &self.certain, error),
        }
    }

    async fn reverse(&self, reversal: &Reversal) -> CallResult {
        let content = self.requests.reverse(reversal);
        match self.client.call_settling("ReturnPayment", &content).await {
            Ok(response) => outcome::undone(&response, &reversal.payment),
            Err(error) => outcome::failed(CallKind::Reverse, &self.certain, error),
        }
    }

    /// `GetPayment`; `moved` where the call took or blocked it.
    async fn find(&self, kind: CallKind, before: Receipt, moved: Option<Moved>) -> LookupReply {
        let content = self.requests.get(&before.reference);
        let result = self.client.look_up("GetPayment", &content).await;
        outcome::found(kind, result, before, moved)
    }
}

#[async_trait]
impl PaymentNetwork for HumoPayments {
    async fn execute(&self, call: &Call) -> CallResult {
        match call {
            Call::Pay(debit) => self.create(Biller::Sale, debit).await,
            Call::Hold(debit) => self.create(Biller::Hold, debit).await,
            Call::Confirm(CreatedPayment { payment, amount }) => {
                self.confirm(CallKind::Confirm, payment, Moved::from(*amount), None)
                    .await
            }
            Call::Cancel(created) => self.cancel(CallKind::Cancel, &created.payment).await,
            // Both calls about a hold go by the reference of its creation, which is the payment's name here.
            Call::Capture(capture) => {
                let (moved, amount) = (moved_of(capture), Some(capture.amount));
                self.confirm(CallKind::Capture, &capture.hold, moved, amount)
                    .await
            }
            Call::Release(release) | Call::Expire(release) => {
                self.cancel(CallKind::Release, &release.hold).await
            }
            Call::Reverse(reversal) => self.reverse(reversal).await,
            Call::ReversePart(_) => {
                CallResult::not_executed("HUMO gives a payment back only as a whole")
            }
            // HUMO has a tariff of its own: the fee is not sent.
            Call::P2p(p2p) => self.transfer(p2p).await,
            // HUMO asks for the sender's person, not for the card or its debit.
            Call::Credit(credit) => self.credit(credit).await,
        }
    }

    async fn look_up(&self, call: &Call, _: &Traces) -> LookupReply {
        let (kind, before, moved) = match call {
            Call::Pay(debit) => (
                CallKind::Pay,
                Receipt::of(&debit.reference),
                Some(Moved::from(debit.amount)),
            ),
            Call::Hold(debit) => (
                CallKind::Hold,
                Receipt::of(&debit.reference),
                Some(Moved::from(debit.amount)),
            ),
            Call::Confirm(CreatedPayment { payment, amount }) => (
                CallKind::Confirm,
                payment.clone(),
                Some(Moved::from(*amount)),
            ),
            Call::Cancel(created) => (CallKind::Cancel, created.payment.clone(), None),
            Call::Capture(capture) => (
                CallKind::Capture,
                capture.hold.clone(),
                Some(moved_of(capture)),
            ),
            Call::Release(release) | Call::Expire(release) => {
                (CallKind::Release, release.hold.clone(), None)
            }
            Call::Reverse(reversal) => (CallKind::Reverse, reversal.payment.clone(), None),
            // Never sent, see `execute`.
            Call::ReversePart(_) => return LookupReply::NotFound,
            Call::P2p(p2p) => (
                CallKind::P2p,
                self.unnamed(p2p),
                Some(Moved::from(p2p.amount)),
            ),
            Call::Credit(credit) => (
                CallKind::Credit,
                Receipt::of(&credit.reference),
                Some(Moved::from(credit.amount)),
            ),
        };
        self.find(kind, before, moved).await
    }

    /// `GetPayment` answers by our reference, with HUMO's own name in the reply: there is nothing else to read.
    async fn find_named(&self, call: &Call, _: &str, traces: &Traces) -> LookupReply {
        self.look_up(call, traces).await
    }
}

fn moved_of(capture: &Capture) -> Moved {
    Moved {
        amount: capture.amount,
        part_of: (capture.amount < capture.held).then_some(capture.held),
    }
}
