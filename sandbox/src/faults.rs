//! Scripted faults: which of the next calls fail, and how.
//!
//! Scripts are kept in memory only: a restart clears them.

use std::{collections::VecDeque, time::Duration};

use serde::Deserialize;

use crate::network::Network;

/// What a call does with money. Scripts select their calls by this word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    /// `trans.pay.purpose`; HUMO create of a `SOAP_SMS`.
    Pay,
    /// `hold.create`; HUMO create of a `SOAP_DMS`.
    Hold,
    /// `hold.dismiss.charge`; HUMO confirm of a `SOAP_DMS`.
    Capture,
    /// `hold.dismiss`; HUMO `CancelRequest`.
    Release,
    /// `trans.reverse`; HUMO `ReturnPayment`.
    Reverse,
    /// `p2p.universal.credit`; HUMO create of a `SOAP_TOCARD_2`.
    Credit,
    /// `p2p.universal`; HUMO `Request`.
    P2p,
    /// HUMO confirm of anything but a `SOAP_DMS`.
    Confirm,
    /// `trans.ext`, `hold.get.*`, `report.short`; HUMO `GetPayment`.
    Lookup,
    /// `cards.get`, `p2p.info`, `trans.history`; HUMO card information and history.
    Info,
    /// `cards.new.*`; the SMS provider's send.
    Code,
    /// HUMO create of a `SOAP_RECO`; its confirmation is a `confirm`.
    Reconcile,
    /// The fiscal service's only call. Scripts reach it with `any`.
    Receipt,
}

/// How a call fails. "Before" and "after" refer to its execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Succeeds, but late.
    Delay,
    /// The connection stays open and no reply comes.
    DropBefore,
    DropAfter,
    /// The connection is reset (TCP RST).
    ResetBefore,
    ResetAfter,
    /// HTTP 500 with a plain body, without a network error.
    Http500Before,
    Http500After,
    /// HTTP 200 with an unreadable body.
    GarbageBefore,
    GarbageAfter,
    /// Not executed; refused with this code of the network.
    Decline(i64),
    /// Executed, and answered with this code of the network all the same.
    CodeAfter(i64),
}

/// How one call fails, and after what delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// Waited before anything else happens.
    pub(crate) delay: Option<Duration>,
}

/// The body of `POST /sandbox/faults`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FaultBody {
    network: Network,
    operation: OperationOrAny,
    kind: KindName,
    times: u32,
    code: Option<Code>,
    delay_ms: Option<u64>,
}

/// A flat enum, so that serde's error lists every allowed word, `any` included.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OperationOrAny {
    Pay,
    Hold,
    Capture,
    Release,
    Reverse,
    Credit,
    P2p,
    Confirm,
    Lookup,
    Info,
    Code,
    Reconcile,
    Any,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum KindName {
    #[serde(rename = "delay")]
    Delay,
    #[serde(rename = "drop_before")]
    DropBefore,
    #[serde(rename = "drop_after")]
    DropAfter,
    #[serde(rename = "reset_before")]
    ResetBefore,
    #[serde(rename = "reset_after")]
    ResetAfter,
    #[serde(rename = "http_500_before")]
    Http500Before,
    #[serde(rename = "http_500_after")]
    Http500After,
    #[serde(rename = "garbage_before")]
    GarbageBefore,
    #[serde(rename = "garbage_after")]
    GarbageAfter,
    #[serde(rename = "decline")]
    Decline,
    #[serde(rename = "code_after")]
    CodeAfter,
}

/// HUMO's codes are often written as strings ("116"), SVGate's as numbers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Code {
    Number(i64),
    Text(String),
}

/// A fault for the next calls that match.
#[derive(Debug)]
pub(crate) struct ScriptedFault {
    network: Network,
    /// `None`: any operation.
    operation: Option<Operation>,
    fault: Fault,
    times: u32,
}

/// The longest delay that a script may set.
const DELAY_MS_MAX: u64 = 600_000;

impl ScriptedFault {
    /// Reads the body of `POST /sandbox/faults`. The error text is for the author of the script.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        let body: FaultBody = serde_json::from_slice(body).map_err(|error| {
            format!(
                "{error}. A fault is {{network, operation, kind, times, code?, delayMs?}} with network UZCARD, HUMO, SMS \
                 or FISCAL; operation pay, hold, capture, release, reverse, credit, p2p, confirm, lookup, info, code, reconcile or \
                 any; kind delay, drop_before, drop_after, reset_before, reset_after, http_500_before, http_500_after, \
                 garbage_before, garbage_after, decline or code_after"
            )
        })?;
        if body.times == 0 {
            return Err("times must be 1 or more".to_owned());
        }
        if body.delay_ms.is_some_and(|delay| delay > DELAY_MS_MAX) {
            return Err(format!("delayMs must be {DELAY_MS_MAX} or less"));
        }
        let code = match body.code {
            None => None,
            Some(Code::Number(code)) => Some(code),
            Some(Code::Text(text)) => Some(text.parse().map_err(|_| {
                format!("code must be an integer, as every network's codes are: {text}")
            })?),
        };
        let kind = match (body.kind, code) {
            (KindName::Delay, _) if body.delay_ms.is_none() => {
                return Err("kind delay needs delayMs".to_owned());
            }
            (KindName::Delay, _) => FaultKind::Delay,
            (KindName::DropBefore, _) => FaultKind::DropBefore,
            (KindName::DropAfter, _) => FaultKind::DropAfter,
            (KindName::ResetBefore, _) => FaultKind::ResetBefore,
            (KindName::ResetAfter, _) => FaultKind::ResetAfter,
            (KindName::Http500Before, _) => FaultKind::Http500Before,
            (KindName::Http500After, _) => FaultKind::Http500After,
            (KindName::GarbageBefore, _) => FaultKind::GarbageBefore,
            (KindName::GarbageAfter, _) => FaultKind::GarbageAfter,
            (KindName::Decline, Some(code)) => FaultKind::Decline(code),
            (KindName::CodeAfter, Some(code)) => FaultKind::CodeAfter(code),
            (KindName::Decline | KindName::CodeAfter, None) => {
                return Err("kinds decline and code_after need code, the network's own".to_owned());
            }
        };
        let operation = match body.operation {
            OperationOrAny::Pay => Some(Operation::Pay),
            OperationOrAny::Hold => Some(Operation::Hold),
            OperationOrAny::Capture => Some(Operation::Capture),
            OperationOrAny::Release => Some(Operation::Release),
            OperationOrAny::Reverse => Some(Operation::Reverse),
            OperationOrAny::Credit => Some(Operation::Credit),
            OperationOrAny::P2p => Some(Operation::P2p),
            OperationOrAny::Confirm => Some(Operation::Confirm),
            OperationOrAny::Lookup => Some(Operation::Lookup),
            OperationOrAny::Info => Some(Operation::Info),
            OperationOrAny::Code => Some(Operation::Code),
            OperationOrAny::Reconcile => Some(Operation::Reconcile),
            OperationOrAny::Any => None,
        };
        let fault = Fault {
            kind,
            delay: body.delay_ms.map(Duration::from_millis),
        };
        Ok(Self {
            network: body.network,
            operation,
            fault,
            times: body.times,
        })
    }
}

/// The scripts whose calls have not come yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(VecDeque<ScriptedFault>);

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: ScriptedFault) {
        self.0.push_back(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many calls will still fail.
    pub(crate) fn pending(&self) -> u64 {
        self.0
            .iter()
            .map(|scripted| u64::from(scripted.times))
            .sum()
    }

    /// Takes the fault for this call from the oldest matching script and counts it as used.
    pub(crate) fn take(&mut self, network: Network, operation: Operation) -> Option<Fault> {
        let at = self.0.iter().position(|scripted| {
            scripted.network == network && scripted.operation.is_none_or(|own| own == operation)
        })?;
        let scripted = self.0.get_mut(at)?;
        let fault = scripted.fault;
        scripted.times -= 1;
        if scripted.times == 0 {
            self.0.remove(at);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &str) -> Result<ScriptedFault, String> {
        ScriptedFault::parse(body.as_bytes())
    }

    #[test]
    fn scripts_are_taken_in_order_and_run_out() {
        let mut faults = FaultQueue::default();
        faults.push(
            fault(r#"{"network":"UZCARD","operation":"pay","kind":"drop_after","times":2}"#)
                .unwrap(),
        );
        faults.push(fault(r#"{"network":"UZCARD","operation":"any","kind":"decline","code":"-240","times":1}"#).unwrap());
        assert_eq!(faults.pending(), 3);
        assert_eq!(faults.take(Network::Humo, Operation::Pay), None);
        assert_eq!(
            faults.take(Network::Uzcard, Operation::Pay).unwrap().kind,
            FaultKind::DropAfter
        );
        assert_eq!(
            faults
                .take(Network::Uzcard, Operation::Lookup)
                .unwrap()
                .kind,
            FaultKind::Decline(-240)
        );
        assert_eq!(faults.take(Network::Uzcard, Operation::Lookup), None);
        assert_eq!(
            faults.take(Network::Uzcard, Operation::Pay).unwrap().kind,
            FaultKind::DropAfter
        );
        assert_eq!(faults.take(Network::Uzcard, Operation::Pay), None);
    }

    #[test]
    fn refusals_name_what_is_allowed() {
        let unknown =
            fault(r#"{"network":"VISA","operation":"pay","kind":"delay","times":1}"#).unwrap_err();
        assert!(
            unknown.contains("UZCARD") && unknown.contains("drop_before"),
            "{unknown}"
        );
        for wrong in [
            r#"{"network":"HUMO","operation":"pay","kind":"delay","times":1}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"decline","times":1}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"decline","code":"x","times":1}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"code_after","times":1}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"drop_after","times":0}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"drop_after"}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"drop_after","times":1,"delay":5}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"delay","times":1,"delayMs":600001}"#,
        ] {
            assert!(fault(wrong).is_err(), "{wrong}");
        }
    }
}
