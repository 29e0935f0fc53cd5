//! What is wrong with params, for every field of every method: one table of good params, one of bad values per kind of
//! value, and the order in which faults are told. A method or a kind of value without its row fails here.

mod members;
mod refusals;
mod sender;
mod whole_params;

use std::collections::HashMap;

use rpc_schema::errors::ErrorCode::{
    self, AttachCardNotFound, AttachFailed, CardInfoUnavailable, CardNotFound, CardNotRegistered,
    DataNotFound, InvalidInput, MissingParams, TransactionNotFound, ValidationError,
};
use rpc_schema::errors::{Family, Lang};
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::params::Field;
use serde_json::{Value, json};

use refusals::{DUPLICATE, MISSING, Refusal, UNKNOWN, bad, rule};
use test_support::*;

/// Members of params: name and JSON text.
type Members = Vec<(&'static str, String)>;

/// Params without fault that move nothing, and the error of a call with them; `None`: a result.
fn good(method: &str) -> (Members, Option<ErrorCode>) {
    let (members, outcome): (&[(&str, &str)], _) = match method {
        "cards.attach" => (
            &[
                ("pan", r#""8600999999999999""#),
                ("expiry", r#""3012""#),
                ("processingType", r#""UZCARD""#),
                ("phoneNumber", r#""998901234567""#),
            ],
            Some(AttachFailed),
        ),
        "cards.attach.confirm" => (
            &[
                ("cardId", r#""b17d442d-19ad-4cce-babf-64f7cf6f5548""#),
                ("otpCode", r#""445127""#),
            ],
            Some(AttachCardNotFound),
        ),
        "cards.add" => (
            &[
                ("pan", r#""8600999999999999""#),
                ("expiry", r#""1230""#),
                ("phone", r#""998901234567""#),
            ],
            Some(CardNotFound),
        ),
        "cards.add-confirm" => (
            &[
                ("transactionId", "9007199254740993"),
                ("confirmedCode", r#""445127""#),
            ],
            Some(TransactionNotFound),
        ),
        "transactions.debit" => (
            &[
                ("token", r#""b17d442d-19ad-4cce-babf-64f7cf6f5548""#),
                ("amount", "9223372036854775807"),
                ("merchantId", r#""canary merchant""#),
                ("terminalId", r#""canary terminal""#),
                ("is_hold", "false"),
                ("force_sms_confirmation", "true"),
                ("extId", r#""canary-order:1""#),
            ],
            Some(CardNotRegistered),
        ),
        "transactions.debit.confirm" => (
            &[
                ("transactionId", "9007199254740993"),
                ("confirmedCode", r#""445127""#),
                ("is_hold", "true"),
            ],
            Some(TransactionNotFound),
        ),
        "transactions.debit.reverse" => (
            &[
                ("transactionId", "9007199254740993"),
                ("amount", "9223372036854775807"),
                ("extId", r#""canary-refund:1""#),
            ],
            Some(TransactionNotFound),
        ),
        "transactions.debit.hold.charge" => (
            &[
                ("transactionId", "9007199254740993"),
                ("amount", "9223372036854775807"),
            ],
            Some(TransactionNotFound),
        ),
        "transactions.debit.hold.cancel" => (
            &[("transactionId", "9007199254740993")],
            Some(TransactionNotFound),
        ),
        "p2p.recipient-info" => (
            &[("pan", r#""8600999999999999""#)],
            Some(CardInfoUnavailable),
        ),
        "p2p.fee-info" => (
            &[
                ("pan", r#""8600999999999999""#),
                ("pan2", r#""9860999999999999""#),
                ("phone", r#""998901234567""#),
                ("amount", "5000"),
            ],
            None,
        ),
        "p2p.humo2humo" | "p2p.humo2uzcard" | "p2p.uzcard2humo" | "p2p.uzcard2uzcard" => (
            &[
                ("token", r#""b17d442d-19ad-4cce-babf-64f7cf6f5548""#),
                ("pan", r#""8600999999999999""#),
                ("expiry", r#""3012""#),
                ("amount", "9223372036854775807"),
                ("force_sms_confirmation", "true"),
                ("extId", r#""canary-order:1""#),
                (
                    "sender",
                    r#"{"firstName":"Canary","lastName":"Canary","middleName":"Canary","birthDate":"1990-02-01","pinfl":"30102901234567","documentType":"006","documentNumber":"AA1234567","documentValidTo":"2099-12-31","nationality":"860"}"#,
                ),
            ],
            Some(CardNotRegistered),
        ),
        "p2p.confirm" => (
            &[
                ("transactionId", "9007199254740993"),
                ("confirmedCode", r#""445127""#),
            ],
            Some(TransactionNotFound),
        ),
        "cards.monitoring" => (
            &[
                ("tokens", r#"["b17d442d-19ad-4cce-babf-64f7cf6f5548"]"#),
                ("from", r#""2026-10-22""#),
                ("to", r#""2026-11-21""#),
                ("page", "4294967295"),
                ("size", "200"),
            ],
            Some(CardNotRegistered),
        ),
        "monitoring.get.entry" => (
            &[("id", r#""64ec7acc25b4c526e83d0720""#)],
            Some(DataNotFound),
        ),
        // Exactly one of its two members: see `set`.
        "transactions.get" => (
            &[("transactionId", "9007199254740993")],
            Some(TransactionNotFound),
        ),
        // A cursor of another list.
        "transactions.list" => (
            &[
                ("from", "1795197600000"),
                ("to", r#""2026-11-21""#),
                ("status", r#""reversed""#),
                ("kind", r#""transfer""#),
                ("token", r#""b17d442d-19ad-4cce-babf-64f7cf6f5548""#),
                ("cursor", r#""canary-cursor""#),
                ("size", "200"),
            ],
            Some(InvalidInput),
        ),
        // The cursor of a card that is not there any more leads on all the same.
        "cards.list" => (
            &[
                (
                    "cursor",
                    r#""ASH0_UnXEhVrAAABofx5wIAAAAAAAAAAAAAAAAAAAAAA""#,
                ),
                ("size", "200"),
            ],
            None,
        ),
        "cards.info" | "cards.remove" => (
            &[("token", r#""b17d442d-19ad-4cce-babf-64f7cf6f5548""#)],
            Some(CardNotRegistered),
        ),
        "rpc.discover" => (&[], None),
        _ => panic!("{method} has no row of good params"),
    };
    let members = members
        .iter()
        .map(|(name, raw)| (*name, (*raw).to_owned()))
        .collect();
    (members, outcome)
}

/// `members` with another value of one.
fn set(method: &str, members: &Members, name: &'static str, raw: &str) -> Members {
    if method == "transactions.get" {
        return vec![(name, raw.to_owned())];
    }
    let mut members = members.clone();
    let member = members.iter_mut().find(|(known, _)| *known == name);
    member
        .unwrap_or_else(|| panic!("{method} has no good {name}"))
        .1 = raw.to_owned();
    members
}

fn without(members: &Members, name: &str) -> Members {
    members
        .iter()
        .filter(|(known, _)| *known != name)
        .cloned()
        .collect()
}

/// A gateway, and what kind of value each param is.
struct Table {
    app: TestApp,
    titles: HashMap<(String, String), String>,
}

impl Table {
    async fn new() -> Self {
        let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
        let document = app.result("rpc.discover", json!({})).await;
        let mut titles = HashMap::new();
        for method in document["methods"].as_array().unwrap() {
            for param in method["params"].as_array().unwrap() {
                let schema = &param["schema"];
                let title = schema["title"]
                    .as_str()
                    .or_else(|| schema["$ref"].as_str()?.rsplit('/').next());
                let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
                titles.insert((name(method), name(param)), title.unwrap().to_owned());
            }
        }
        Self { app, titles }
    }

    fn bad(&self, method: &MethodDef, field: &Field) -> Vec<(&'static str, Refusal)> {
        bad(&self.titles[&(method.name.to_owned(), field.name.to_owned())])
    }

    async fn ask(&self, method: &MethodDef, params: &str) -> Value {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{}","params":{params}}}"#,
            method.name
        );
        let reply = self.app.post(body).await.json();
        assert_listed(method.name, &reply);
        reply
    }

    async fn ask_members(&self, method: &MethodDef, members: &Members) -> Value {
        let reply = self.ask(method, &object(members)).await;
        if reply.get("error").is_some() {
            assert_repeats_nothing(&reply, members);
        }
        reply
    }

    /// The call must be refused like this, for this member.
    async fn refuses(&self, method: &MethodDef, members: &Members, field: &str, refusal: Refusal) {
        let reply = self.ask_members(method, members).await;
        assert_eq!(
            reply,
            expected(method, Some(field), refusal),
            "{} {}",
            method.name,
            object(members)
        );
    }

    /// The params are without fault.
    async fn accepts(&self, method: &MethodDef, members: &Members) {
        let (_, outcome) = good(method.name);
        let reply = self.ask_members(method, members).await;
        let code = outcome.map(|code| i64::from(code.code()));
        assert_eq!(
            reply["error"]["code"].as_i64(),
            code,
            "{} {}: {reply}",
            method.name,
            object(members)
        );
    }
}

fn object(members: &Members) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, raw)| format!(r#""{name}":{raw}"#))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// The whole reply: in the B family field and reason are data, in the A family they are the message.
fn expected(method: &MethodDef, field: Option<&str>, refusal: Refusal) -> Value {
    match method.family {
        Family::Attach => {
            let path = field.map_or("params".to_owned(), |field| format!("params.{field}"));
            let message = format!("Validation Error. Field: {path}, message: {}", refusal.text);
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": ValidationError.code(), "message": message}})
        }
        Family::Gateway => {
            let mut data = json!({});
            if let Some(field) = field {
                data["field"] = json!(field);
            }
            if let Some(reason) = refusal.reason {
                data["reason"] = json!(reason);
            }
            if let Some(hint) = refusal.hint {
                data["hint"] = json!(hint);
            }
            refused(refusal.code, data)
        }
    }
}

/// No value that was sent appears in an error, except values that say nothing, and the two networks' names.
fn assert_repeats_nothing(reply: &Value, members: &Members) {
    let text = reply.to_string();
    for (_, raw) in members {
        let value = raw.trim_matches('"');
        let telling =
            value.len() >= 4 && !["true", "false", "null", "UZCARD", "HUMO"].contains(&value);
        assert!(!telling || !text.contains(value), "{raw} in {text}");
    }
}
