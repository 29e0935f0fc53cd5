//! What an operator says of an open call, held against what its network says, and the result that both make.
//!
//! "It succeeded" needs the network's own word about the payment or hold that the operator names: whatever is given back
//! or charged later goes by that name. "It failed" needs the network not to know the call, after the last moment at which
//! it could still arrive.

use rpc_schema::values::Network;

use crate::domain::call::{Call, CallResult, LookupReply, Receipt};

/// What an operator found out about the open call of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The network carried the call out, and knows what it is about under this name: SVGate's `refNum`, the id of a hold,
    /// HUMO's `paymentID`.
    Succeeded(String),
    /// It did not, and will not.
    Failed,
}

/// Why a verdict does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Objection {
    /// The network says otherwise.
    Denied(String),
    /// Nothing at the network proves it.
    Unproven(String),
    /// The network does not know the call, and it may still arrive.
    Early,
}

impl Verdict {
    /// The result of the call, from the network's own answer where there is one.
    pub(super) fn weighed(
        &self,
        network: Network,
        call: &Call,
        reply: LookupReply,
        may_still_arrive: bool,
        reason: &str,
    ) -> Result<CallResult, Objection> {
        let creates = matches!(call, Call::Pay(_) | Call::P2p(_));
        match (self, reply) {
            (Self::Failed, LookupReply::Executed(receipt)) => {
                let name = name_of(network, call, &receipt);
                let told = format!("was carried out, under {name}");
                Err(Objection::Denied(told))
            }
            // It has failed, and its money is blocked: it is cancelled.
            (Self::Failed, LookupReply::Blocked(receipt)) if creates => {
                Ok(CallResult::Blocked(receipt))
            }
            // The network itself says so.
            (Self::Failed, LookupReply::NotExecuted(_)) => Ok(failed(reason)),
            (Self::Failed, LookupReply::Overtaken(overtaken)) => {
                Ok(CallResult::Overtaken(overtaken))
            }
            (Self::Failed, LookupReply::Blocked(_) | LookupReply::NotFound) if may_still_arrive => {
                Err(Objection::Early)
            }
            (Self::Failed, LookupReply::Blocked(_) | LookupReply::NotFound) => Ok(failed(reason)),
            (Self::Succeeded(_), LookupReply::Blocked(_)) if matches!(call, Call::Confirm(_)) => {
                Err(Objection::Denied(
                    "has not arrived: the payment is created and not confirmed".to_owned(),
                ))
            }
            (Self::Succeeded(said), LookupReply::Executed(receipt)) => {
                check_name(network, call, &receipt, said)?;
                Ok(CallResult::Approved(receipt))
            }
            (Self::Succeeded(said), LookupReply::Blocked(receipt)) => {
                check_name(network, call, &receipt, said)?;
                Ok(CallResult::Blocked(receipt))
            }
            (Self::Succeeded(_), LookupReply::NotExecuted(_) | LookupReply::Overtaken(_)) => {
                Err(Objection::Denied("was not carried out".to_owned()))
            }
            (Self::Succeeded(_), LookupReply::NotFound) => Err(Objection::Unproven(
                "it does not know our reference, or the call has not arrived".to_owned(),
            )),
            (Self::Failed | Self::Succeeded(_), LookupReply::Unclear(doubt)) => {
                Err(Objection::Unproven(doubt.cause))
            }
        }
    }
}

fn failed(reason: &str) -> CallResult {
    CallResult::not_executed(format!("an operator found out: {reason}"))
}

fn check_name(
    network: Network,
    call: &Call,
    receipt: &Receipt,
    said: &str,
) -> Result<(), Objection> {
    let name = name_of(network, call, receipt);
    if is_same_name(name, said) {
        Ok(())
    } else {
        let told = format!("is known under {name}, not under {said}");
        Err(Objection::Denied(told))
    }
}

/// What the network calls the payment or hold that a call made, or is about.
pub(super) fn name_of<'a>(network: Network, call: &Call, receipt: &'a Receipt) -> &'a str {
    match (network, call) {
        (Network::Uzcard, Call::Hold(_) | Call::Release(_) | Call::Expire(_))
        | (Network::Humo, _) => &receipt.network_id,
        (
            Network::Uzcard,
            Call::Pay(_)
            | Call::Capture(_)
            | Call::P2p(_)
            | Call::Credit(_)
            | Call::Reverse(_)
            | Call::ReversePart(_)
            | Call::Confirm(_)
            | Call::Cancel(_),
        ) => &receipt.ref_num,
    }
}

/// People leave out the zeros in front, as programs do.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|name| name.trim_start_matches('0'));
    !one.is_empty() && one == other
}
