//! The calls of SVGate that move money: debits, holds and their ends, reversals.

use async_trait::async_trait;
use serde_json::json;

use super::clients::UzcardPayments;
use super::codes::CallKind;
use super::outcome::{self, no_token};
use super::pay_form::stan;
use super::wire::{self, HoldParams, Params};
use crate::domain::call::{
    Call, CallResult, Capture, Debit, Ended, LookupReply, Release, Reversal, Traces,
};
use crate::processing::payment_network::PaymentNetwork;

impl UzcardPayments {
    /// `trans.pay.purpose` or `trans.pay`.
    async fn pay(&self, debit: &Debit) -> CallResult {
        let Some(token) = debit.card.network_token.as_deref() else {
            return no_token();
        };
        let (method, params) = self.pay_form.of(debit, token);
        match self.client.call(method, params).await {
            Ok(result) => outcome::payment(
                CallKind::Pay,
                &self.refusals,
                result,
                &debit.reference,
                debit.amount,
            ),
            Err(error) => outcome::failed(CallKind::Pay, &self.refusals, error),
        }
    }

    /// `hold.create`
    async fn hold(&self, debit: &Debit) -> CallResult {
        let Some(token) = debit.card.network_token.as_deref() else {
            return no_token();
        };
        let params = Params::Hold(HoldParams::Create {
            card_id: token,
            merchant_id: &debit.terminal.merchant_id,
            terminal_id: &debit.terminal.terminal_id,
            amount: debit.amount.tiyin(),
            time: self.hold_minutes,
        });
        match self.client.call("hold.create", params).await {
            Ok(result) => outcome::hold_created(&self.refusals, result, &debit.reference),
            Err(error) => outcome::failed(CallKind::Hold, &self.refusals, error),
        }
    }

    /// `hold.dismiss.charge`
    async fn capture(&self, capture: &Capture) -> CallResult {
        let params = Params::Hold(HoldParams::Charge {
            hold_id: wire::id(&capture.hold.network_id),
            ext: &capture.reference.0,
            merchant_id: &capture.terminal.merchant_id,
            terminal_id: &capture.terminal.terminal_id,
            port: &self.port,
            stan: stan(&capture.reference),
            amount: capture.amount.tiyin(),
        });
        match self
            .client
            .call_settling("hold.dismiss.charge", params)
            .await
        {
            Ok(result) => outcome::payment(
                CallKind::Capture,
                &self.refusals,
                result,
                &capture.reference,
                capture.amount,
            ),
            Err(error) => outcome::failed(CallKind::Capture, &self.refusals, error),
        }
    }

    /// `hold.dismiss`
    async fn release(&self, release: &Release) -> CallResult {
        let params = Params::Hold(HoldParams::Dismiss {
            hold_id: wire::id(&release.hold.network_id),
            merchant_id: &release.terminal.merchant_id,
            terminal_id: &release.terminal.terminal_id,
            amount: release.amount.tiyin(),
        });
        match self.client.call_settling("hold.dismiss", params).await {
            Ok(result) => outcome::hold_dismissed(&self.refusals, result, &release.hold),
            Err(error) => outcome::failed(CallKind::Undoing, &self.refusals, error),
        }
    }

    /// `trans.reverse`
    async fn reverse(&self, reversal: &Reversal) -> CallResult {
        if reversal.payment.ref_num.is_empty() {
            return CallResult::not_executed("the number of the payment is not known");
        }
        let params = json!({"tranId": reversal.payment.ref_num});
        match self.client.call_settling("trans.reverse", params).await {
            Ok(result) => outcome::reversal(result, &reversal.payment, reversal.amount),
            Err(error) => outcome::failed(CallKind::Undoing, &self.refusals, error),
        }
    }

    /// `trans.ext` of the charge. Where SVGate does not know it, the hold tells whether it still stands; where that was
    /// charged, the charge may have become known in between.
    async fn find_capture(&self, capture: &Capture) -> LookupReply {
        let charge = || async {
            let result = self.client.by_reference(&capture.reference).await;
            outcome::found_payment(
                CallKind::Capture,
                result,
                &capture.reference,
                capture.amount,
            )
        };
        let first = charge().await;
        if first != LookupReply::NotFound {
            return first;
        }
        let hold = match self.hold_by_id(&capture.hold).await {
            Ok(hold) => outcome::found_charged(hold.as_ref(), &capture.hold),
            Err(error) => LookupReply::Unclear(outcome::look_up_doubt(error)),
        };
        let charged = matches!(&hold, LookupReply::Overtaken(hold) if hold.ended == Ended::Taken);
        if !charged {
            return hold;
        }
        let again = charge().await;
        if again == LookupReply::NotFound {
            hold
        } else {
            again
        }
    }
}

#[async_trait]
impl PaymentNetwork for UzcardPayments {
    async fn execute(&self, call: &Call) -> CallResult {
        match call {
            Call::Pay(debit) => self.pay(debit).await,
            Call::Hold(debit) => self.hold(debit).await,
            Call::Capture(capture) => self.capture(capture).await,
            Call::Release(release) | Call::Expire(release) => self.release(release).await,
            Call::Reverse(reversal) => self.reverse(reversal).await,
            Call::ReversePart(part) => self.reverse_part(part).await,
            Call::P2p(p2p) => self.transfer(p2p).await,
            Call::Credit(credit) => self.credit(credit).await,
            Call::Confirm(_) | Call::Cancel(_) => CallResult::not_executed(
                "a payment of UZCARD is one call, with nothing to confirm or cancel",
            ),
        }
    }

    async fn look_up(&self, call: &Call, traces: &Traces) -> LookupReply {
        match call {
            Call::Pay(debit) => {
                let result = self.client.by_reference(&debit.reference).await;
                outcome::found_payment(CallKind::Pay, result, &debit.reference, debit.amount)
            }
            Call::Capture(capture) => self.find_capture(capture).await,
            Call::Reverse(reversal) => {
                let result = self.client.by_reference(&reversal.payment.reference).await;
                outcome::found_reversal(result, &reversal.payment, reversal.amount)
            }
            Call::ReversePart(part) => self.find_part_reversal(part).await,
            Call::P2p(p2p) => {
                let result = self.client.by_reference(&p2p.reference).await;
                outcome::found_payment(CallKind::P2p, result, &p2p.reference, p2p.amount)
            }
            Call::Credit(credit) => {
                let result = self.client.by_reference(&credit.reference).await;
                outcome::found_payment(CallKind::Credit, result, &credit.reference, credit.amount)
            }
            Call::Hold(debit) => self.find_hold(debit, traces).await,
            Call::Release(release) | Call::Expire(release) => self.find_release(release).await,
            // Never sent, see `execute`.
            Call::Confirm(_) | Call::Cancel(_) => LookupReply::NotFound,
        }
    }

    async fn find_named(&self, call: &Call, name: &str, traces: &Traces) -> LookupReply {
        match call {
            Call::Hold(debit) => self.find_named_hold(debit, name, traces).await,
            Call::Pay(_)
            | Call::Capture(_)
            | Call::P2p(_)
            | Call::Credit(_)
            | Call::ReversePart(_) => self.find_named_payment(call, name, traces).await,
            Call::Reverse(_)
            | Call::Release(_)
            | Call::Expire(_)
            | Call::Confirm(_)
            | Call::Cancel(_) => self.look_up(call, traces).await,
        }
    }
}
