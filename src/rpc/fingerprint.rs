//! A fingerprint of an order, by which a repeat is told from another order with the same `extId`
//! (docs/contract.md#repeats-with-extid).

use std::collections::BTreeMap;

use rpc_schema::values::ExtId;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::gateway::Gateway;
use crate::service::OrderId;

/// How an order of this method is recognised, by the params that were `sent`.
///
/// `formerly` are the params that version 0.1 knew, in its order: it stored fingerprints of all of them, with their
/// defaults, and an upgrade must not make other orders of these.
pub(super) fn order_id(
    gateway: &Gateway,
    method: &str,
    ext_id: Option<ExtId>,
    params: &impl Serialize,
    sent: &[&str],
    formerly: &[&str],
) -> Result<OrderId, Error> {
    if ext_id.is_none() {
        return Ok(OrderId::default());
    }
    let all = match serde_json::to_value(params) {
        Ok(Value::Object(all)) => all,
        Ok(_) | Err(_) => return Err(Error::Corrupt("params are no object".to_owned())),
    };
    let mac = |parts: &[&[u8]]| gateway.vault.fingerprint(parts).to_vec();
    let method = method.as_bytes();
    let former = all_members(&all, sent, formerly);
    Ok(OrderId {
        ext_id,
        fingerprint: mac(&[b"sent", method, sent_members(&all, sent).as_bytes()]),
        former_fingerprint: former.map(|text| mac(&[method, text.as_bytes()])),
    })
}

/// The members that were sent, with their values in one spelling, sorted by name: later versions may know more params,
/// and in another order.
fn sent_members(all: &Map<String, Value>, sent: &[&str]) -> String {
    let sent: BTreeMap<&str, &Value> = sent
        .iter()
        .filter_map(|name| Some((*name, all.get(*name)?)))
        .collect();
    object(sent)
}

/// All params of version 0.1; `None` if others were sent, which no order of that version can have had.
fn all_members(all: &Map<String, Value>, sent: &[&str], formerly: &[&str]) -> Option<String> {
    if !sent.iter().all(|name| formerly.contains(name)) {
        return None;
    }
    let null = &Value::Null;
    let members = formerly
        .iter()
        .map(|name| (*name, all.get(*name).unwrap_or(null)));
    Some(object(members))
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, &'a Value)>) -> String {
    let members: Vec<String> = members
        .into_iter()
        // The names are ours, and need no escapes.
        .map(|(name, value)| format!("\"{name}\":{}", one_spelling(value)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// An object inside without what was not sent, sorted by name, too.
fn one_spelling(value: &Value) -> String {
    let Value::Object(members) = value else {
        return value.to_string();
    };
    let sent: BTreeMap<&str, &Value> = members
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    object(sent)
}

/// A fingerprint names its method, so a repeat is answered as the order was.
pub(super) fn other_answer(method: &str) -> Error {
    Error::Corrupt(format!("{method} was answered as another method"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMERLY: [&str; 4] = ["token", "amount", "is_hold", "extId"];

    fn params(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_param_that_a_later_version_adds_changes_nothing_until_it_is_sent() {
        let now = params(r#"{"token":"t","amount":5,"is_hold":false,"extId":"a"}"#);
        let later =
            params(r#"{"note":null,"amount":5,"token":"t","is_hold":false,"extId":"a","x":0}"#);
        let sent = ["token", "amount", "extId"];
        let expected = r#"{"amount":5,"extId":"a","token":"t"}"#;
        assert_eq!(sent_members(&now, &sent), expected);
        assert_eq!(
            sent_members(&later, &["extId", "token", "amount"]),
            expected
        );
        let former = r#"{"token":"t","amount":5,"is_hold":false,"extId":"a"}"#;
        for all in [&now, &later] {
            assert_eq!(all_members(all, &sent, &FORMERLY).as_deref(), Some(former));
        }
        let sent = ["token", "amount", "extId", "x"];
        assert_eq!(
            sent_members(&later, &sent),
            r#"{"amount":5,"extId":"a","token":"t","x":0}"#
        );
        assert_eq!(all_members(&later, &sent, &FORMERLY), None);
    }

    #[test]
    fn an_object_inside_has_one_spelling() {
        let now = params(r#"{"sender":{"b":"1","a":{"d":1,"c":null}},"x":null}"#);
        let later = params(r#"{"sender":{"new":null,"a":{"d":1},"b":"1"},"x":null}"#);
        for all in [&now, &later] {
            let expected = r#"{"sender":{"a":{"d":1},"b":"1"}}"#;
            assert_eq!(sent_members(all, &["sender"]), expected);
        }
    }

    #[test]
    fn what_is_sent_is_told_from_a_default() {
        let all = params(r#"{"token":"t","amount":5,"is_hold":false,"extId":null}"#);
        assert_eq!(
            sent_members(&all, &["token", "is_hold"]),
            r#"{"is_hold":false,"token":"t"}"#
        );
        assert_eq!(sent_members(&all, &["token"]), r#"{"token":"t"}"#);
        assert_eq!(
            all_members(&all, &["token"], &FORMERLY).as_deref(),
            Some(r#"{"token":"t","amount":5,"is_hold":false,"extId":null}"#)
        );
    }
}
