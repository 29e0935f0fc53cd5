//! What is wrong with params, for every field of every method: one table of good params, one of bad values per kind of
//! value, and the order in which faults are told. A method or a kind of value without its row fails here.

use std::collections::HashMap;

use rpc_schema::errors::ErrorCode::{
    self, AttachCardNotFound, AttachFailed, CardInfoUnavailable, CardNotFound, CardNotRegistered,
    DataNotFound, InvalidAmount, InvalidExpiry, InvalidInput, InvalidPan, InvalidPhone,
    MissingParams, TransactionNotFound, ValidationError,
};
use rpc_schema::errors::{Family, Lang};
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::params::Field;
use serde_json::{Value, json};

use test_support::*;

/// Members of params: name and JSON text.
type Members = Vec<(&'static str, String)>;

const LONG: &str = r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#;
/// The second digit is not of the ASCII alphabet.
const FOREIGN_DIGIT: &str = r#""8٦00010132441332""#;

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
        "transactions.debit.reverse"
        | "transactions.debit.hold.charge"
        | "transactions.debit.hold.cancel" => (
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

/// What a value is refused with: the B family's code and `data.reason`, the A family's text.
#[derive(Clone, Copy)]
struct Refusal {
    code: ErrorCode,
    reason: Option<&'static str>,
    text: &'static str,
}

impl Refusal {
    const fn wrong_type(text: &'static str) -> Self {
        Self {
            code: InvalidInput,
            reason: Some("wrong_type"),
            text,
        }
    }

    const fn bad_format(text: &'static str) -> Self {
        Self {
            code: InvalidInput,
            reason: Some("bad_format"),
            text,
        }
    }

    const fn of(code: ErrorCode, text: &'static str) -> Self {
        Self {
            code,
            reason: None,
            text,
        }
    }
}

const MISSING: Refusal = Refusal::of(MissingParams, "Field must be not null");
const UNKNOWN: Refusal = Refusal {
    code: InvalidInput,
    reason: Some("unknown_member"),
    text: "Unknown field",
};
const DUPLICATE: Refusal = Refusal {
    code: InvalidInput,
    reason: Some("duplicate_member"),
    text: "Duplicate field",
};

/// Values that no string member can have; texts of numbers are no numbers either.
const NO_STRINGS: &[&str] = &[
    "7777777",
    "-1",
    "1.5",
    "true",
    "false",
    "[]",
    "{}",
    r#"["canary"]"#,
    r#"{"canary":1}"#,
];
const NO_INTEGERS: &[&str] = &[
    r#""500000""#,
    r#""""#,
    "1.0",
    "1e3",
    "1E3",
    "0.5",
    "-1.0",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "1e999",
    "true",
    "[]",
    "[500000]",
    "{}",
];
const NO_BOOLEANS: &[&str] = &["0", "1", r#""true""#, r#""false""#, r#""""#, "[]", "{}"];

const NO_LISTS: &[&str] = &[
    r#""""#,
    r#""canary-token""#,
    "1",
    "true",
    "{}",
    r#"{"canary":1}"#,
    "[7777777]",
    r#"["canary-token",null]"#,
    r#"[["canary-token"]]"#,
];
/// One token more than there may be.
const MANY: &str = r#"["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","canary"]"#;

/// JSON texts that a value of this kind cannot be, by the title of its schema.
fn bad(title: &str) -> Vec<(&'static str, Refusal)> {
    let pan = "Must contain only digits. Allowed length 16 characters";
    let date = "Only valid dates (yyMM)";
    let phone = "Must contain only digits. Allowed length 12 characters";
    let prefix = "Number must start with 998";
    let network = "Accepts only constants (UZCARD, HUMO)";
    let code = "Must contain only digits. Allowed length 6 characters";
    let uuid = "Accepts only uuid";
    // No method of the A family has fields of the other kinds.
    let none = "-";
    let (types, text, formats): (_, _, &[(&str, Refusal)]) = match title {
        "Pan" => (
            NO_STRINGS,
            pan,
            &[
                (r#"" ""#, Refusal::of(InvalidPan, pan)),
                (r#""860099999999999""#, Refusal::of(InvalidPan, pan)),
                (r#""86009999999999999""#, Refusal::of(InvalidPan, pan)),
                (r#""860099999999999x""#, Refusal::of(InvalidPan, pan)),
                (r#""8600 9999 9999 9999""#, Refusal::of(InvalidPan, pan)),
                (FOREIGN_DIGIT, Refusal::of(InvalidPan, pan)),
            ],
        ),
        "ExpiryYymm" => (
            NO_STRINGS,
            date,
            &[
                (r#""3013""#, Refusal::of(InvalidExpiry, date)),
                (r#""3000""#, Refusal::of(InvalidExpiry, date)),
                (r#""1230""#, Refusal::of(InvalidExpiry, date)),
                (r#""301""#, Refusal::of(InvalidExpiry, date)),
                (r#""30123""#, Refusal::of(InvalidExpiry, date)),
                (r#""30-12""#, Refusal::of(InvalidExpiry, date)),
            ],
        ),
        "ExpiryMmyy" => (
            NO_STRINGS,
            date,
            &[
                (r#""1330""#, Refusal::of(InvalidExpiry, date)),
                (r#""0030""#, Refusal::of(InvalidExpiry, date)),
                (r#""3012""#, Refusal::of(InvalidExpiry, date)),
                (r#""123""#, Refusal::of(InvalidExpiry, date)),
                (r#""12301""#, Refusal::of(InvalidExpiry, date)),
                (r#""12/30""#, Refusal::of(InvalidExpiry, date)),
            ],
        ),
        "Phone" => (
            NO_STRINGS,
            phone,
            &[
                (r#""99890123456""#, Refusal::of(InvalidPhone, phone)),
                (r#""9989012345678""#, Refusal::of(InvalidPhone, phone)),
                (r#""+998901234567""#, Refusal::of(InvalidPhone, phone)),
                (r#""997901234567""#, Refusal::of(InvalidPhone, prefix)),
            ],
        ),
        "PlusPhone" => (
            NO_STRINGS,
            phone,
            &[
                (r#""99890123456""#, Refusal::of(InvalidPhone, phone)),
                (r#""+9989012345678""#, Refusal::of(InvalidPhone, phone)),
                (r#""++998901234567""#, Refusal::of(InvalidPhone, phone)),
                (r#""998901234567+""#, Refusal::of(InvalidPhone, phone)),
                (r#""+""#, Refusal::of(InvalidPhone, phone)),
                (r#""+997901234567""#, Refusal::of(InvalidPhone, prefix)),
            ],
        ),
        "Network" => (
            NO_STRINGS,
            network,
            &[
                (r#""uzcard""#, Refusal::bad_format(network)),
                (r#""CANARY""#, Refusal::bad_format(network)),
            ],
        ),
        "Uuid" => (
            NO_STRINGS,
            uuid,
            &[
                (
                    r#""b17d442d-19ad-4cce-babf-64f7cf6f554""#,
                    Refusal::bad_format(uuid),
                ),
                (
                    r#""b17d442d-19ad-4cce-babf-64f7cf6f554g""#,
                    Refusal::bad_format(uuid),
                ),
            ],
        ),
        "Code" => (
            NO_STRINGS,
            code,
            &[
                (r#""44512""#, Refusal::bad_format(code)),
                (r#""4451277""#, Refusal::bad_format(code)),
                (r#""44512x""#, Refusal::bad_format(code)),
                (r#"" 44512""#, Refusal::bad_format(code)),
            ],
        ),
        "Amount" => (
            NO_INTEGERS,
            none,
            &[
                ("0", Refusal::of(InvalidAmount, none)),
                ("-1", Refusal::of(InvalidAmount, none)),
                ("-9223372036854775808", Refusal::of(InvalidAmount, none)),
            ],
        ),
        "TerminalText" => (
            NO_STRINGS,
            none,
            &[
                (LONG, Refusal::bad_format(none)),
                (r#""canary\u0000terminal""#, Refusal::bad_format(none)),
                (r#""canary\n""#, Refusal::bad_format(none)),
            ],
        ),
        "ExtId" => (
            NO_STRINGS,
            none,
            &[
                (r#""""#, Refusal::bad_format(none)),
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""canary order""#, Refusal::bad_format(none)),
                (r#""canary/1""#, Refusal::bad_format(none)),
                (r#""заказ""#, Refusal::bad_format(none)),
                (LONG, Refusal::bad_format(none)),
            ],
        ),
        // A text that is no UUID is a token that nobody has.
        "CardToken" => (NO_STRINGS, none, &[]),
        // Numbers below one are ids that nobody has.
        "TransactionId" => (NO_INTEGERS, none, &[]),
        "Boolean" => (NO_BOOLEANS, none, &[]),
        "Date" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""2026-11-1""#, Refusal::bad_format(none)),
                (r#""20261121""#, Refusal::bad_format(none)),
                (r#""21.11.2026""#, Refusal::bad_format(none)),
                (r#""2026-02-29""#, Refusal::bad_format(none)),
                (r#""2026-13-01""#, Refusal::bad_format(none)),
                (r#""2026-11-21T00:00:00""#, Refusal::bad_format(none)),
            ],
        ),
        "Page" => (
            NO_INTEGERS,
            none,
            &[
                ("-1", Refusal::bad_format(none)),
                ("4294967296", Refusal::bad_format(none)),
            ],
        ),
        "PageSize" => (
            NO_INTEGERS,
            none,
            &[
                ("0", Refusal::bad_format(none)),
                ("201", Refusal::bad_format(none)),
                ("-50", Refusal::bad_format(none)),
            ],
        ),
        "TokenList" => (NO_LISTS, none, &[(MANY, Refusal::bad_format(none))]),
        // A text that is no id is one that nobody has.
        "OperationId" => (NO_STRINGS, none, &[]),
        _ => panic!("the kind of value {title} has no row of bad values"),
    };
    let mistyped = types.iter().map(|raw| (*raw, Refusal::wrong_type(text)));
    mistyped.chain(formats.iter().copied()).collect()
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
            refused(refusal.code, data)
        }
    }
}

/// No value that was sent stands in an error. Values that say nothing, and the two networks' names, may.
fn assert_repeats_nothing(reply: &Value, members: &Members) {
    let text = reply.to_string();
    for (_, raw) in members {
        let value = raw.trim_matches('"');
        let telling =
            value.len() >= 4 && !["true", "false", "null", "UZCARD", "HUMO"].contains(&value);
        assert!(!telling || !text.contains(value), "{raw} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_has_its_row_and_good_params_are_accepted() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        let known: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        let fields: Vec<&str> = method.fields.iter().map(|field| field.name).collect();
        if method.name != "transactions.get" {
            assert_eq!(known, fields, "{}", method.name);
        }
        for field in method.fields {
            table.bad(method, field);
        }
        table.accepts(method, &members).await;
        let reversed: Members = members.into_iter().rev().collect();
        table.accepts(method, &reversed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_required_member_that_is_absent_null_or_empty_is_missing() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields.iter().filter(|field| field.required) {
            table
                .refuses(method, &without(&members, field.name), field.name, MISSING)
                .await;
            table
                .refuses(
                    method,
                    &set(method.name, &members, field.name, "null"),
                    field.name,
                    MISSING,
                )
                .await;
            if table
                .bad(method, field)
                .iter()
                .all(|(raw, _)| *raw != r#""""#)
            {
                table
                    .refuses(
                        method,
                        &set(method.name, &members, field.name, r#""""#),
                        field.name,
                        MISSING,
                    )
                    .await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_optional_member_may_be_absent_or_null() {
    let table = Table::new().await;
    for method in METHODS
        .iter()
        .filter(|method| method.name != "transactions.get")
    {
        let (members, _) = good(method.name);
        for field in method.fields.iter().filter(|field| !field.required) {
            table.accepts(method, &without(&members, field.name)).await;
            table
                .accepts(method, &set(method.name, &members, field.name, "null"))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_value_is_refused_by_its_rule() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields {
            for (raw, refusal) in table.bad(method, field) {
                table
                    .refuses(
                        method,
                        &set(method.name, &members, field.name, raw),
                        field.name,
                        refusal,
                    )
                    .await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_member_is_refused_before_everything_else() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        let canary = || ("canary_member", r#""canary value""#.to_owned());
        let mut more = members.clone();
        more.push(canary());
        table.refuses(method, &more, "canary_member", UNKNOWN).await;
        // Before what is missing, and before formats; wherever it stands.
        table
            .refuses(method, &vec![canary()], "canary_member", UNKNOWN)
            .await;
        let mut wrong: Members = method
            .fields
            .iter()
            .map(|field| (field.name, "[]".to_owned()))
            .collect();
        wrong.insert(0, canary());
        table
            .refuses(method, &wrong, "canary_member", UNKNOWN)
            .await;
        wrong.rotate_left(1);
        table
            .refuses(method, &wrong, "canary_member", UNKNOWN)
            .await;
        // Names are compared letter by letter.
        if let Some((name, raw)) = members.first() {
            let capital = name.to_uppercase();
            let reply = table
                .ask(method, &format!(r#"{{"{capital}":{raw}}}"#))
                .await;
            assert_eq!(reply, expected(method, Some(&capital), UNKNOWN));
        }
    }
}

/// A name is repeated in the reply only if it can't be a secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_could_be_a_value_is_not_repeated() {
    let table = Table::new().await;
    let long = "x".repeat(41);
    for method in METHODS {
        for name in [
            "8600010132441332",
            "8600-0101-3244-1332",
            "pan8600.0101",
            "111111",
            "<b>",
            "карта",
            "a b",
            "",
            &long,
        ] {
            let reply = table
                .ask(method, &json!({name: "canary"}).to_string())
                .await;
            assert_eq!(reply, expected(method, Some("?"), UNKNOWN), "{name}");
        }
        // No text at all: half of a pair.
        let reply = table.ask(method, r#"{"\ud800":1}"#).await;
        assert_eq!(reply, expected(method, None, UNKNOWN));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_stands_twice_is_refused_whatever_its_values() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields {
            let raw = members
                .iter()
                .find(|(name, _)| *name == field.name)
                .map_or("1", |(_, raw)| raw.as_str());
            for first in [raw, "null", r#""""#, "[]", "0"] {
                let mut twice = members.clone();
                twice.retain(|(name, _)| *name != field.name);
                twice.insert(0, (field.name, first.to_owned()));
                twice.push((field.name, raw.to_owned()));
                table.refuses(method, &twice, field.name, DUPLICATE).await;
            }
            // The same name, spelled with an escape; nothing else is there, yet nothing is missing.
            let escaped = format!(
                "\\u{:04x}{}",
                u32::from(field.name.as_bytes()[0]),
                &field.name[1..]
            );
            let reply = table
                .ask(
                    method,
                    &format!(r#"{{"{}":{raw},"{escaped}":{raw}}}"#, field.name),
                )
                .await;
            assert_eq!(reply, expected(method, Some(field.name), DUPLICATE));
            if let Some(alias) = field.alias {
                for (one, other) in [(field.name, alias), (alias, field.name)] {
                    table
                        .refuses(
                            method,
                            &vec![(one, raw.to_owned()), (other, raw.to_owned())],
                            other,
                            DUPLICATE,
                        )
                        .await;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_name_of_a_member_has_the_same_rules() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields {
            let Some(alias) = field.alias else { continue };
            let renamed = |raw: Option<&str>| -> Members {
                let rename = |(name, good): &(&'static str, String)| match *name == field.name {
                    true => (alias, raw.map_or_else(|| good.clone(), str::to_owned)),
                    false => (*name, good.clone()),
                };
                members.iter().map(rename).collect()
            };
            table.accepts(method, &renamed(None)).await;
            table
                .refuses(method, &renamed(Some("null")), field.name, MISSING)
                .await;
            for (raw, refusal) in table.bad(method, field) {
                table
                    .refuses(method, &renamed(Some(raw)), field.name, refusal)
                    .await;
            }
        }
    }
}

/// Missing members are told before bad values, both in the document's order, whatever the caller's order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_told_in_the_documents_order() {
    let table = Table::new().await;
    for method in METHODS
        .iter()
        .filter(|method| method.name != "transactions.get")
    {
        let (members, _) = good(method.name);
        let bad_value = |field: &Field| *table.bad(method, field).last().unwrap();
        let bad_members = || -> Members {
            method
                .fields
                .iter()
                .map(|field| (field.name, bad_value(field).0.to_owned()))
                .collect()
        };
        for (index, field) in method.fields.iter().enumerate() {
            // Good up to here, bad from here on.
            let mut faulty = members[..index].to_vec();
            faulty.extend_from_slice(&bad_members()[index..]);
            let refusal = bad_value(field).1;
            for turn in 0..faulty.len() {
                let mut turned = faulty.clone();
                turned.rotate_left(turn);
                table.refuses(method, &turned, field.name, refusal).await;
                turned.reverse();
                table.refuses(method, &turned, field.name, refusal).await;
            }
            // Bad up to here, and nothing that is required from here on.
            if field.required {
                let mut short = bad_members()[..index].to_vec();
                if !short.is_empty() {
                    table.refuses(method, &short, field.name, MISSING).await;
                    short.reverse();
                    table.refuses(method, &short, field.name, MISSING).await;
                }
                // Only this one is missing, and everything else is bad.
                let lacking = without(&bad_members(), field.name);
                if !lacking.is_empty() {
                    table.refuses(method, &lacking, field.name, MISSING).await;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn params_are_by_name() {
    let table = Table::new().await;
    let by_name = Refusal {
        code: InvalidInput,
        reason: Some("params_by_name_only"),
        text: "Accepts only object",
    };
    for method in METHODS {
        for array in [
            "[]",
            r#"["8600010132441332"]"#,
            r#"[{"pan":"8600010132441332"}]"#,
        ] {
            let reply = table.ask(method, array).await;
            assert_eq!(
                reply,
                expected(method, None, by_name),
                "{} {array}",
                method.name
            );
        }
        for scalar in ["1", r#""canary""#, "true"] {
            assert_eq!(
                table.ask(method, scalar).await,
                refused(ErrorCode::InvalidRequest, Value::Null)
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn params_that_are_absent_null_or_empty_lack_the_first_required_member() {
    let table = Table::new().await;
    for method in METHODS {
        let absent = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#, method.name);
        let replies = [
            table.app.post(absent).await.json(),
            table.ask(method, "null").await,
            table.ask(method, "{}").await,
        ];
        let first = match method.fields.iter().find(|field| field.required) {
            Some(field) => field.name,
            None if method.name == "transactions.get" => "transactionId",
            None => {
                for reply in replies {
                    assert!(reply.get("result").is_some(), "{}: {reply}", method.name);
                }
                continue;
            }
        };
        let [absent, null, empty] = replies;
        match method.family {
            // The document's own sample: the params themselves are what is null.
            Family::Attach => assert_eq!([&absent, &null], [&expected(method, None, MISSING); 2]),
            Family::Gateway => assert_eq!(
                [&absent, &null],
                [&expected(method, Some(first), MISSING); 2]
            ),
        }
        assert_eq!(empty, expected(method, Some(first), MISSING));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_get_takes_exactly_one_member() {
    let table = Table::new().await;
    let method = METHODS
        .iter()
        .find(|method| method.name == "transactions.get")
        .unwrap();
    let both = Refusal {
        code: InvalidInput,
        reason: Some("exactly_one_of"),
        text: "-",
    };
    let neither: &[&str] = &[
        "{}",
        r#"{"extId":null}"#,
        r#"{"transactionId":null,"extId":null}"#,
    ];
    for params in neither {
        assert_eq!(
            table.ask(method, params).await,
            expected(method, Some("transactionId"), MISSING),
            "{params}"
        );
    }
    for params in [
        r#"{"transactionId":1,"extId":"order-1042"}"#,
        r#"{"extId":"order-1042","transactionId":0}"#,
    ] {
        assert_eq!(
            table.ask(method, params).await,
            expected(method, Some("transactionId"), both),
            "{params}"
        );
    }
    // Formats come first.
    let bad_ext_id = Refusal::bad_format("-");
    let reply = table.ask(method, r#"{"transactionId":1,"extId":""}"#).await;
    assert_eq!(reply, expected(method, Some("extId"), bad_ext_id));
    let one: &[&str] = &[
        r#"{"extId":"order-1042"}"#,
        r#"{"transactionId":7,"extId":null}"#,
        r#"{"transactionId":0}"#,
    ];
    for params in one {
        assert_eq!(
            table.ask(method, params).await,
            refused(TransactionNotFound, Value::Null),
            "{params}"
        );
    }
}

/// A B-family token that is no UUID is one that nobody has, whatever it looks like.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_no_uuid_is_an_unknown_token() {
    let table = Table::new().await;
    let method = METHODS
        .iter()
        .find(|method| method.name == "transactions.debit")
        .unwrap();
    let (members, _) = good(method.name);
    for token in [
        r#"" ""#,
        r#""canary""#,
        r#""8600010132441332""#,
        r#""a1807840-4577-11ee-bec9-ddd6006913ab""#,
    ] {
        let reply = table
            .ask_members(method, &set(method.name, &members, "token", token))
            .await;
        assert_eq!(reply, refused(CardNotRegistered, Value::Null), "{token}");
    }
}

/// `data` and code are the same in every language; only the message differs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_told_in_the_callers_language() {
    let table = Table::new().await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"cards.add","params":{"pan":"canary"}}"#;
    for (header, lang) in [
        ("", Lang::Ru),
        ("ru", Lang::Ru),
        ("uz", Lang::Uz),
        ("en", Lang::En),
        ("EN", Lang::Ru),
    ] {
        let request = HttpRequest::post(body)
            .header("lang", header)
            .credentials(&Credentials::demo());
        let reply = send(table.app.running.address, request).await.json();
        assert_eq!(
            reply,
            refused_in(lang, MissingParams, json!({"field": "expiry"}))
        );
    }
}
