//! Scripted misbehaviour: which of the next calls goes wrong, and how.
//!
//! Scripts live in memory only: a restarted sandbox behaves well again.

use std::{collections::VecDeque, time::Duration};

use serde::Deserialize;

use crate::network::Network;

/// What a call does, seen from the money: the word by which a script picks its calls.
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
    /// The fiscal service's one call. Scripts have no word for it but `any`.
    Receipt,
}

/// How a call goes wrong. Before and after mean the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing but late.
    Delay,
    /// The connection stays open and the reply never comes.
    DropBefore,
    DropAfter,
    /// The connection is reset (TCP RST).
    ResetBefore,
    ResetAfter,
    /// HTTP 500 with a plain body, not the network's own fault.
    Http500Before,
    Http500After,
    /// HTTP 200 with a body that nobody can read.
    GarbageBefore,
    GarbageAfter,
    /// Not executed, refused with this code of the network.
    Decline(i64),
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) kind: Kind,
    /// Waited before anything else happens.
    pub(crate) delay: Option<Duration>,
}

/// The body of `POST /sandbox/faults`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FaultBody {
    network: Network,
    operation: OperationOrAny,
    kind: KindWord,
    times: u32,
    code: Option<Code>,
    delay_ms: Option<u64>,
}

/// Serde lists the allowed words when it meets another one, hence one flat enum.
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
    Any,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum KindWord {
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
}

/// HUMO's codes are often written as strings ("116"), SVGate's as numbers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Code {
    Number(i64),
    Text(String),
}

/// A script for the next calls.
#[derive(Debug)]
pub(crate) struct Fault {
    network: Network,
    /// `None`: any operation.
    operation: Option<Operation>,
    script: Script,
    times: u32,
}

/// The longest delay that a script may ask for.
const DELAY_MS_MAX: u64 = 600_000;

impl Fault {
    /// Reads the body of `POST /sandbox/faults`; the error is meant for whoever wrote the script.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        let body: FaultBody = serde_json::from_slice(body).map_err(|error| {
            format!(
                "{error}. A fault is {{network, operation, kind, times, code?, delayMs?}} with network UZCARD, HUMO, SMS \
                 or FISCAL; operation pay, hold, capture, release, reverse, credit, p2p, confirm, lookup, info, code or \
                 any; kind delay, drop_before, drop_after, reset_before, reset_after, http_500_before, http_500_after, \
                 garbage_before, garbage_after or decline"
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
            (KindWord::Delay, _) if body.delay_ms.is_none() => {
                return Err("kind delay needs delayMs".to_owned());
            }
            (KindWord::Delay, _) => Kind::Delay,
            (KindWord::DropBefore, _) => Kind::DropBefore,
            (KindWord::DropAfter, _) => Kind::DropAfter,
            (KindWord::ResetBefore, _) => Kind::ResetBefore,
            (KindWord::ResetAfter, _) => Kind::ResetAfter,
            (KindWord::Http500Before, _) => Kind::Http500Before,
            (KindWord::Http500After, _) => Kind::Http500After,
            (KindWord::GarbageBefore, _) => Kind::GarbageBefore,
            (KindWord::GarbageAfter, _) => Kind::GarbageAfter,
            (KindWord::Decline, Some(code)) => Kind::Decline(code),
            (KindWord::Decline, None) => {
                return Err("kind decline needs code, the network's own".to_owned());
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
            OperationOrAny::Any => None,
        };
        let script = Script {
            kind,
            delay: body.delay_ms.map(Duration::from_millis),
        };
        Ok(Self {
            network: body.network,
            operation,
            script,
            times: body.times,
        })
    }
}

/// The scripts that wait for their calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<Fault>);

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push_back(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many calls are still scripted.
    pub(crate) fn pending(&self) -> u64 {
        self.0.iter().map(|fault| u64::from(fault.times)).sum()
    }

    /// The script for this call, which is spent by asking: the oldest that fits.
    pub(crate) fn take(&mut self, network: Network, operation: Operation) -> Option<Script> {
        let at = self.0.iter().position(|fault| {
            fault.network == network && fault.operation.is_none_or(|scripted| scripted == operation)
        })?;
        let fault = self.0.get_mut(at)?;
        let script = fault.script;
        fault.times -= 1;
        if fault.times == 0 {
            self.0.remove(at);
        }
        Some(script)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &str) -> Result<Fault, String> {
        Fault::parse(body.as_bytes())
    }

    #[test]
    fn scripts_are_taken_in_order_and_run_out() {
        let mut faults = Faults::default();
        faults.push(
            fault(r#"{"network":"UZCARD","operation":"pay","kind":"drop_after","times":2}"#)
                .unwrap(),
        );
        faults.push(fault(r#"{"network":"UZCARD","operation":"any","kind":"decline","code":"-240","times":1}"#).unwrap());
        assert_eq!(faults.pending(), 3);
        assert_eq!(faults.take(Network::Humo, Operation::Pay), None);
        assert_eq!(
            faults.take(Network::Uzcard, Operation::Pay).unwrap().kind,
            Kind::DropAfter
        );
        assert_eq!(
            faults
                .take(Network::Uzcard, Operation::Lookup)
                .unwrap()
                .kind,
            Kind::Decline(-240)
        );
        assert_eq!(faults.take(Network::Uzcard, Operation::Lookup), None);
        assert_eq!(
            faults.take(Network::Uzcard, Operation::Pay).unwrap().kind,
            Kind::DropAfter
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
            r#"{"network":"HUMO","operation":"pay","kind":"drop_after","times":0}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"drop_after"}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"drop_after","times":1,"delay":5}"#,
            r#"{"network":"HUMO","operation":"pay","kind":"delay","times":1,"delayMs":600001}"#,
        ] {
            assert!(fault(wrong).is_err(), "{wrong}");
        }
    }
}
