//! What `contour check` asks SVGate, and what its answers mean.

use hyper::Method;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{CONTENT_TYPE, CallError, Client, envelope, read};
use super::hold_item::HoldState;
use super::wire::{self, WireHold};
use super::{holds, outcome};
use crate::config::Config;
use crate::domain::network::Prefix;
use crate::processing::bulkhead::Bulkhead;
use crate::processing::contour::{Finding, Harmless, Look, Verdict};
use crate::processing::exchange::{Question, Reply, SetupError};
use crate::processing::lenient::Scalar;
use rpc_schema::values::Network;

/// The codes by which SVGate denies a method to a login.
const DENIED: [i64; 6] = [-256, -291, -316, -318, -319, -383];
/// So many prefixes are named.
const NAMED: usize = 5;

/// Asks SVGate. `hold`: a hold of the operator's own, whose status is told; `terminal_key`: the setting of the transfers' terminal.
///
/// # Errors
/// The URL or the credentials cannot be used.
pub async fn look(
    config: &Config,
    url: &str,
    (hold, terminal_key): (Option<&str>, &str),
    bulkhead: &Bulkhead,
    look: &mut Look<'_>,
) -> Result<(), SetupError> {
    let client = Client::new(&config.uzcard, url, bulkhead)?;
    let terminal = &config.transfers.uzcard_terminal.terminal_id;
    ask(&client, look, Harmless::TerminalGet, json!({}), |result| {
        Some(terminals(&result, terminal, terminal_key))
    })
    .await;
    ask(&client, look, Harmless::GetBinList, json!({}), |result| {
        prefixes(&result, &config.prefixes)
    })
    .await;
    let fresh = json!({"extId": Uuid::new_v4().simple().to_string()});
    ask(&client, look, Harmless::TransExt, fresh, |result| {
        Some(nothing_there(&result))
    })
    .await;
    if let Some(hold) = hold {
        let params = json!({"id": wire::id(hold)});
        ask(&client, look, Harmless::HoldGetId, params, |result| {
            let found: Vec<WireHold> = outcome::items(result).ok()?;
            Some(match found.first() {
                None => Verdict::right("no such hold"),
                Some(hold) => {
                    let told = hold.status.int();
                    let item = holds::item(&config.uzcard.hold_statuses, hold);
                    hold_status(told, item.state)
                }
            })
        })
        .await;
    }
    Ok(())
}

/// Says which states of a hold the settings do not name.
pub fn look_at_hold_statuses(config: &Config, look: &mut Look<'_>) {
    let unset = config.uzcard.hold_statuses.unset();
    if !unset.is_empty() {
        look.findings.push(Finding::wrong(
            "hold statuses",
            format!("not set: {}", unset.join(", ")),
            "the number of each state",
            "ask the acquirer for uzcard.hold_statuses: until then a lost hold, charge or release stays open",
        ));
    }
}

async fn ask(
    client: &Client,
    look: &mut Look<'_>,
    harmless: Harmless,
    params: impl Serialize,
    judge: impl FnOnce(Value) -> Option<Verdict>,
) {
    let id = Uuid::new_v4().to_string();
    let Ok(body) = envelope(&id, harmless.operation(), params) else {
        return;
    };
    let question = Question {
        method: Method::POST,
        headers: client.headers.to_vec(),
        content_type: CONTENT_TYPE,
        body,
    };
    let judge = |reply: &Reply| match read(reply, &id) {
        // A login that is not taken is tried once, whatever the body says.
        _ if matches!(reply.status.as_u16(), 401 | 403) => None,
        Ok(result) => judge(result),
        Err(CallError::Code(code)) => Some(refused(harmless, code)),
        Err(CallError::Unreadable(_) | CallError::Failed(_)) => None,
    };
    look.ask(&client.endpoint, harmless, question, judge).await;
}

/// Whoever is refused by a code of SVGate's own was let in.
fn refused(harmless: Harmless, code: i64) -> Verdict {
    let method = harmless.operation();
    let is_needed = matches!(harmless, Harmless::TransExt);
    let found = format!("code {code}");
    match code {
        -208 | -267 if is_needed => Verdict::right(format!("{found}: nothing there")),
        _ if !is_needed && DENIED.contains(&code) => Verdict::right(format!("{found}: not for us")),
        -242 | -208 | -267 => Verdict::right(format!("{found}: nothing there")),
        _ if !is_needed => Verdict::right(format!("{found}: not answered here")),
        _ if DENIED.contains(&code) => Verdict::wrong(
            found,
            format!("ask the acquirer for the right to call {method}"),
        ),
        _ => Verdict::wrong(
            found,
            format!("ask the acquirer what it means: {method} finds out how lost calls ended"),
        ),
    }
}

fn nothing_there(result: &Value) -> Verdict {
    let is_nothing = match result {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match is_nothing {
        true => Verdict::right("an empty result: nothing there"),
        false => Verdict::wrong(
            "a payment under a reference that nobody has used",
            "keep it by --record, and ask the acquirer: a look-up must not find another's payment",
        ),
    }
}

/// The rows of a list, bare or as a page; whether it is the whole list.
fn rows(result: &Value) -> Option<(&Vec<Value>, bool)> {
    match result {
        Value::Array(rows) => Some((rows, true)),
        Value::Object(page) => Some((page.get("content")?.as_array()?, false)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn terminals(result: &Value, ours: &str, key: &str) -> Verdict {
    let Some((rows, is_whole)) = rows(result) else {
        return Verdict::right("a list of another form");
    };
    let scalar = |value: &Value| serde_json::from_value::<Scalar>(value.clone()).ok();
    let has_ours = |row: &Value| {
        let members = row.as_object().into_iter().flatten();
        members
            .filter_map(|(_, value)| scalar(value))
            .any(|value| value.text() == ours)
    };
    let count = rows.len();
    match rows.iter().any(has_ours) {
        true => Verdict::right(format!("{count}, {key} among them")),
        false if !is_whole => Verdict::right(format!("{count} on the first page, not {key}")),
        false => Verdict::wrong(
            format!("{count}, not {key}"),
            format!("ask the acquirer whether the terminal of {key} is ours"),
        ),
    }
}

/// SVGate's prefixes beside ours: `[{instId, bin}]`.
fn prefixes(result: &Value, ours: &[Prefix]) -> Option<Verdict> {
    let (rows, _) = rows(result)?;
    let bin = |row: &Value| {
        let bin = row.get("bin").cloned().unwrap_or_default();
        let bin = serde_json::from_value::<Scalar>(bin).ok()?;
        let is_prefix = (1..=9).contains(&bin.text().len()) && bin.int().is_some();
        is_prefix.then(|| bin.text().to_owned())
    };
    let network = |bin: &str| {
        let fitting = ours.iter().filter(|entry| bin.starts_with(&entry.prefix));
        let longest = fitting.max_by_key(|entry| entry.prefix.len());
        longest.map(|entry| entry.network)
    };
    let told: Vec<String> = rows.iter().filter_map(bin).collect();
    let of = |wanted: Option<Network>| -> Vec<&str> {
        let bins = told.iter().map(String::as_str);
        bins.filter(|bin| network(bin) == wanted).collect()
    };
    let (lacking, of_humo) = (of(None), of(Some(Network::Humo)));
    // SVGate may list cards to which it only transfers.
    let found = match of_humo.len() {
        0 => format!("{} prefixes", told.len()),
        left => format!("{} prefixes, {left} of them HUMO's here", told.len()),
    };
    Some(match lacking.as_slice() {
        [] => Verdict::right(found),
        lacking => {
            let some: Vec<&str> = lacking.iter().copied().take(NAMED).collect();
            let more = match lacking.len() > NAMED {
                true => " …",
                false => "",
            };
            Verdict::wrong(
                format!(
                    "{found}, {} of no network here: {}{more}",
                    lacking.len(),
                    some.join(" ")
                ),
                "add them to prefixes, or set uzcard.bin_list, where the bank's cards have them",
            )
        }
    })
}

fn hold_status(told: Option<i64>, state: HoldState) -> Verdict {
    let Some(told) = told else {
        return Verdict::wrong(
            "a hold without a status",
            "keep it by --record, and ask the acquirer",
        );
    };
    let name = match state {
        HoldState::Active => "active",
        HoldState::Captured => "captured",
        HoldState::Dismissed => "dismissed",
        HoldState::Expired => "expired",
        HoldState::Other => {
            return Verdict::wrong(
                format!("status {told}, which the settings do not name"),
                "ask the acquirer what it means, and name it in uzcard.hold_statuses",
            );
        }
    };
    Verdict::right(format!("status {told}: {name}, by uzcard.hold_statuses"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::network::default_prefixes;

    #[test]
    fn lists_are_held_against_the_settings() {
        let found = |verdict: Verdict| (verdict.found, verdict.advice.is_some());
        for (list, told, is_wrong) in [
            (
                json!([{"terminalId": 92_400_001}]),
                "1, transfers.uzcard_terminal among them",
                false,
            ),
            (
                json!({"content": [{"tid": "1"}]}),
                "1 on the first page, not transfers.uzcard_terminal",
                false,
            ),
            (json!([]), "0, not transfers.uzcard_terminal", true),
            (json!("x"), "a list of another form", false),
        ] {
            let expected = (told.to_owned(), is_wrong);
            let key = "transfers.uzcard_terminal";
            assert_eq!(found(terminals(&list, "92400001", key)), expected, "{list}");
        }
        let bins = json!([{"bin": "860002"}, {"bin": 544_081}, {"bin": "626499"}, {"bin": "9860"}, {"bin": "x"}]);
        let verdict = prefixes(&bins, &default_prefixes()).unwrap();
        let told = "4 prefixes, 1 of them HUMO's here, 1 of no network here: 626499".to_owned();
        assert_eq!(found(verdict), (told, true));
    }

    #[test]
    fn a_code_says_that_we_were_let_in_and_only_look_ups_are_needed() {
        for (harmless, code, is_wrong) in [
            (Harmless::TransExt, -208, false),
            (Harmless::TransExt, -267, false),
            (Harmless::TransExt, -256, true),
            (Harmless::TransExt, -199, true),
            (Harmless::TerminalGet, -256, false),
            (Harmless::GetBinList, -32601, false),
            (Harmless::HoldGetId, -242, false),
        ] {
            let advice = refused(harmless, code).advice;
            assert_eq!(advice.is_some(), is_wrong, "{harmless:?} {code}");
        }
        assert_eq!(nothing_there(&json!([])).advice, None);
        assert!(nothing_there(&json!({"refNum": "1"})).advice.is_some());
        assert!(hold_status(Some(7), HoldState::Other).advice.is_some());
    }
}
