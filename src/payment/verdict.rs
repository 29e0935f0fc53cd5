//! What an operator says about an open call, compared with what its network says, and the result of both.

use rpc_schema::values::Network;

use crate::domain::call::{Call, CallResult, LookupReply, Receipt, Reference};

/// What an operator found out about the open call of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The network carried the call out, and knows it under this reference.
    Succeeded(String),
    /// It did not, and will not.
    Failed,
}

impl Verdict {
    /// How the network contradicts it, if the network is certain.
    pub(super) fn denied_by(
        &self,
        network: Network,
        call: &Call,
        reply: &LookupReply,
    ) -> Option<String> {
        match (self, reply) {
            (Self::Failed, LookupReply::Executed(receipt)) => Some(format!(
                "was carried out{}",
                name_of(network, call, receipt)
                    .map(|name| format!(", under {name}"))
                    .unwrap_or_default()
            )),
            (Self::Succeeded(_), LookupReply::Blocked(_)) if matches!(call, Call::Confirm(_)) => {
                Some("has not arrived: the payment is created and not confirmed".to_owned())
            }
            (
                Self::Succeeded(reference),
                LookupReply::Executed(receipt) | LookupReply::Blocked(receipt),
            ) => name_of(network, call, receipt)
                .filter(|name| name != reference)
                .map(|name| format!("is known under {name}, not under {reference}")),
            (Self::Succeeded(_), LookupReply::NotExecuted(_)) => {
                Some("was not carried out".to_owned())
            }
            // A payment that is created and not confirmed has neither failed nor been carried out.
            (Self::Failed, LookupReply::NotExecuted(_) | LookupReply::Blocked(_))
            | (_, LookupReply::NotFound | LookupReply::Unclear(_)) => None,
        }
    }

    /// The result of the call. If the network knows the call, its answer says more than an operator can.
    pub(super) fn result(
        self,
        network: Network,
        call: &Call,
        reply: LookupReply,
        reason: &str,
    ) -> CallResult {
        let creates = matches!(call, Call::Pay(_) | Call::P2p(_));
        match (self, reply) {
            (Self::Succeeded(_), LookupReply::Executed(receipt)) => CallResult::Approved(receipt),
            (Self::Succeeded(_), LookupReply::Blocked(receipt)) => CallResult::Blocked(receipt),
            (
                Self::Succeeded(reference),
                LookupReply::NotFound | LookupReply::NotExecuted(_) | LookupReply::Unclear(_),
            ) => {
                let receipt = receipt_under(network, call, reference);
                match network {
                    // The cancel will show whether the payment was confirmed, too: it is refused then.
                    Network::Humo if creates => CallResult::Blocked(receipt),
                    Network::Humo | Network::Uzcard => CallResult::Approved(receipt),
                }
            }
            // The call has failed, but its money is blocked, so it is cancelled.
            (Self::Failed, LookupReply::Blocked(receipt)) if creates => {
                CallResult::Blocked(receipt)
            }
            (
                Self::Failed,
                LookupReply::Executed(_)
                | LookupReply::Blocked(_)
                | LookupReply::NotFound
                | LookupReply::NotExecuted(_)
                | LookupReply::Unclear(_),
            ) => CallResult::NotExecuted(format!("an operator found out: {reason}")),
        }
    }
}

/// The network's own name for a call that it knows; `None` for a call about something that already has its name.
fn name_of<'a>(network: Network, call: &Call, receipt: &'a Receipt) -> Option<&'a str> {
    let created = match network {
        Network::Uzcard => &receipt.ref_num,
        Network::Humo => &receipt.network_id,
    };
    match (call, network) {
        (Call::Pay(_) | Call::P2p(_) | Call::Credit(_), _)
        | (Call::Capture(_), Network::Uzcard) => Some(created),
        (Call::Hold(_), _) => Some(&receipt.network_id),
        (
            Call::Confirm(_)
            | Call::Cancel(_)
            | Call::Reverse(_)
            | Call::Release(_)
            | Call::Expire(_),
            _,
        )
        | (Call::Capture(_), Network::Humo) => None,
    }
}

/// The receipt of a call that was carried out, with the network's own reference: `refNum` of SVGate, the id of a hold,
/// HUMO's `paymentID`. A later call about a payment keeps the payment's receipt.
fn receipt_under(network: Network, call: &Call, reference: String) -> Receipt {
    let created = |ours: &Reference, reference: String| match network {
        Network::Uzcard => Receipt {
            ref_num: reference,
            ..Receipt::of(ours)
        },
        Network::Humo => Receipt {
            network_id: reference,
            ..Receipt::of(ours)
        },
    };
    match call {
        Call::Pay(debit) => created(&debit.reference, reference),
        Call::P2p(p2p) => created(&p2p.reference, reference),
        Call::Credit(credit) => created(&credit.reference, reference),
        Call::Hold(debit) => Receipt {
            network_id: reference,
            ..Receipt::of(&debit.reference)
        },
        // At HUMO the hold is a payment, which the capture confirms; at SVGate the capture is a payment of its own.
        Call::Capture(capture) => match network {
            Network::Uzcard => created(&capture.reference, reference),
            Network::Humo => capture.hold.clone(),
        },
        Call::Confirm(created) | Call::Cancel(created) => created.payment.clone(),
        Call::Reverse(reversal) => reversal.payment.clone(),
        Call::Release(release) | Call::Expire(release) => release.hold.clone(),
    }
}
