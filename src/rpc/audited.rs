//! Which calls leave a row in the audit log, and what they are about.

use std::collections::HashMap;
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use rpc_schema::errors::ErrorCode;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::reason::Reason;
use rpc_schema::values::Pan;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::authentication::claimed_name;
use super::envelope::RequestObject;
use crate::audit::{Audit, AuditedCall, Kind, Record, Ticket};
use crate::caller::{Arrival, Caller};
use crate::domain::source::Source;

/// The namespaces of methods that read or change cards, and the methods of others that do.
const CARDS: [&str; 3] = ["cards.", "monitoring.", "p2p.recipient-info"];

/// What the endpoint hands to the audit log.
pub(super) struct Audited {
    audit: Arc<Audit>,
    kinds: HashMap<&'static str, Kind>,
}

/// There is no place for the rows of a call.
pub(super) struct Full;

impl Audited {
    pub(super) fn new(audit: Arc<Audit>) -> Self {
        let kinds = METHODS
            .iter()
            .filter_map(|method| Some((method.name, kind(method)?)));
        Self {
            kinds: kinds.collect(),
            audit,
        }
    }

    /// Records that a request was refused before anything of it ran, for this reason.
    /// `headers`: where the name may be that somebody claims to have.
    pub(super) fn login_refused(
        &self,
        headers: Option<&HeaderMap>,
        source: Source,
        reason: Reason,
    ) {
        let authorization = headers.and_then(|headers| headers.get(AUTHORIZATION));
        let who = claimed_name(authorization).unwrap_or_default();
        let record = Record {
            who,
            source: source.address().to_string(),
            outcome: reason.as_str().to_owned(),
            detail: String::new(),
            ..self.audit.own("login")
        };
        self.audit.refused(source.key().to_string(), record);
    }

    /// Records that a call, or a whole request, was refused before it ran, or failed where only failures are recorded.
    pub(super) fn refused(
        &self,
        (who, arrival, request_id): (&str, Arrival, Uuid),
        action: &'static str,
        outcome: &str,
    ) {
        let record = Record {
            who: who.to_owned(),
            source: arrival.source.address().to_string(),
            outcome: outcome.to_owned(),
            detail: request_id.to_string(),
            ..Record::of(arrival.at, action)
        };
        self.audit.refused(arrival.source.key().to_string(), record);
    }

    /// The caller with the places for the rows of this call, if it leaves any.
    ///
    /// # Errors
    /// Too many rows wait to be written.
    pub(super) fn ticket(
        &self,
        method: &'static str,
        object: &RequestObject<'_>,
        caller: Caller,
    ) -> Result<(Caller, Option<Ticket>), Full> {
        let Some(kind) = self.kinds.get(method) else {
            return Ok((caller, None));
        };
        let call = AuditedCall {
            kind: *kind,
            who: caller.partner.name.clone(),
            arrival: caller.arrival,
            method,
            object: object_of(object.params),
            request_id: caller.request_id,
        };
        let ticket = Ticket::take(&self.audit, call).ok_or(Full)?;
        Ok((caller.witnessed_by(ticket.witness()), Some(ticket)))
    }
}

/// What the audit log has of each call of a method; `None`: only refusals.
fn kind(method: &MethodDef) -> Option<Kind> {
    if method.errors.contains(&ErrorCode::OutcomeUnknown) {
        return Some(Kind::Money);
    }
    let is_about_cards = CARDS.iter().any(|prefix| method.name.starts_with(prefix));
    is_about_cards.then_some(Kind::Card)
}

/// What a call is about, by its params: never text that could be anything.
fn object_of(params: Option<&RawValue>) -> String {
    let members: HashMap<String, &RawValue> = params
        .and_then(|params| serde_json::from_str(params.get()).ok())
        .unwrap_or_default();
    let text = |name: &str| -> Option<String> {
        let value = members.get(name)?;
        serde_json::from_str(value.get()).ok()
    };
    let number = |name: &str| -> Option<i64> {
        let value = members.get(name)?;
        serde_json::from_str(value.get()).ok()
    };
    let uuid = |text: &String| Uuid::try_parse(text).ok();
    let mut about = Vec::new();
    if let Some(id) = number("transactionId") {
        about.push(format!("transaction {id}"));
    }
    for name in ["token", "cardId"] {
        about.extend(
            text(name)
                .as_ref()
                .and_then(uuid)
                .map(|id| format!("card {id}")),
        );
    }
    if let Some(tokens) = members.get("tokens") {
        let tokens: Vec<String> = serde_json::from_str(tokens.get()).unwrap_or_default();
        about.extend(
            tokens
                .iter()
                .filter_map(uuid)
                .map(|id| format!("card {id}")),
        );
    }
    for name in ["pan", "pan2"] {
        let pan = text(name).and_then(|text| Pan::parse(&text));
        about.extend(pan.map(|pan| format!("card {}", pan.mask())));
    }
    let is_id = |id: &String| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = text("id").filter(is_id);
    about.extend(id.map(|id| format!("operation {id}")));
    about.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_is_recorded_for_what_it_does() {
        let names = |wanted| {
            let found = METHODS.iter().filter(|method| kind(method) == wanted);
            found.map(|method| method.name).collect::<Vec<_>>()
        };
        assert_eq!(
            names(Some(Kind::Money)),
            [
                "transactions.debit",
                "transactions.debit.confirm",
                "transactions.debit.reverse",
                "transactions.debit.hold.charge",
                "transactions.debit.hold.cancel",
                "p2p.humo2humo",
                "p2p.humo2uzcard",
                "p2p.uzcard2humo",
                "p2p.uzcard2uzcard",
                "p2p.confirm",
            ]
        );
        assert_eq!(
            names(Some(Kind::Card)),
            [
                "cards.attach",
                "cards.attach.confirm",
                "cards.add",
                "cards.add-confirm",
                "p2p.recipient-info",
                "cards.monitoring",
                "monitoring.get.entry",
                "cards.list",
                "cards.info",
                "cards.remove",
            ]
        );
        assert_eq!(
            names(None),
            [
                "p2p.fee-info",
                "transactions.get",
                "transactions.list",
                "rpc.discover"
            ]
        );
    }

    #[test]
    fn an_object_is_what_the_params_name_and_nothing_else_of_them() {
        let card = "0197c0de-1234-7abc-8def-1234567890ab";
        for (params, expected) in [
            (
                format!(r#"{{"token": "{card}", "amount": 5, "extId": "mine"}}"#),
                format!("card {card}"),
            ),
            (
                r#"{"transactionId": 7, "confirmedCode": "111111"}"#.to_owned(),
                "transaction 7".to_owned(),
            ),
            (
                format!(r#"{{"token": "{card}", "pan": "9860190101578366"}}"#),
                format!("card {card}, card 986019*****8366"),
            ),
            (
                format!(r#"{{"tokens": ["{card}", "x"]}}"#),
                format!("card {card}"),
            ),
            (
                r#"{"id": "64ec7acc25b4c526e83d0720"}"#.to_owned(),
                "operation 64ec7acc25b4c526e83d0720".to_owned(),
            ),
            (
                r#"{"id": "8600010132441332x", "token": "8600010132441332", "pan": 5, "cardId": [], "transactionId": "7"}"#
                    .to_owned(),
                String::new(),
            ),
            ("[1]".to_owned(), String::new()),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(&params).unwrap();
            assert_eq!(object_of(Some(&raw)), expected, "{params}");
        }
        assert_eq!(object_of(None), "");
    }
}
