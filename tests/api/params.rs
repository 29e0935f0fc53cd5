//! What is wrong with params, for every field of every method: one table of good params, one of bad values per kind of
//! value, and the order in which faults are told. A method or a kind of value without its row fails here.

mod members;
mod whole_params;

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
/// The second digit is not an ASCII digit.
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

/// What a value is refused with: the B family's code and `data.reason`, the A family's text.
#[derive(Clone, Copy)]
struct Refusal {
    code: ErrorCode,
    reason: Option<&'static str>,
    text: &'static str,
    /// `data.hint` in Russian.
    hint: Option<&'static str>,
}

impl Refusal {
    const fn wrong_type(text: &'static str) -> Self {
        Self {
            code: InvalidInput,
            reason: Some("wrong_type"),
            text,
            hint: None,
        }
    }

    const fn bad_format(text: &'static str) -> Self {
        Self {
            code: InvalidInput,
            reason: Some("bad_format"),
            text,
            hint: None,
        }
    }

    const fn of(code: ErrorCode, text: &'static str) -> Self {
        Self {
            code,
            reason: None,
            text,
            hint: None,
        }
    }
}

const MISSING: Refusal = Refusal::of(MissingParams, "Field must be not null");
const UNKNOWN: Refusal = Refusal {
    code: InvalidInput,
    reason: Some("unknown_member"),
    text: "Unknown field",
    hint: None,
};
const DUPLICATE: Refusal = Refusal {
    code: InvalidInput,
    reason: Some("duplicate_member"),
    text: "Duplicate field",
    hint: None,
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
        "CardId" => (
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
        "ConfirmationCode" => (
            NO_STRINGS,
            code,
            &[
                (r#""44512""#, Refusal::bad_format(code)),
                (r#""4451277""#, Refusal::bad_format(code)),
                (r#""44512x""#, Refusal::bad_format(code)),
                (r#"" 44512""#, Refusal::bad_format(code)),
            ],
        ),
        "Tiyin" => (
            NO_INTEGERS,
            none,
            &[
                ("0", Refusal::of(InvalidAmount, none)),
                ("-1", Refusal::of(InvalidAmount, none)),
                ("-9223372036854775808", Refusal::of(InvalidAmount, none)),
            ],
        ),
        "MerchantId" | "TerminalId" => (
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
        // A text that is not a UUID is an unknown token.
        "CardToken" => (NO_STRINGS, none, &[]),
        // Numbers below one are unknown ids.
        "TransactionId" => (NO_INTEGERS, none, &[]),
        "Flag" => (NO_BOOLEANS, none, &[]),
        "CalendarDate" => (
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
        "PeriodBound" => (
            &["1.0", "1e3", "9223372036854775808", "true", "[]", "{}"],
            none,
            &[
                ("-1", Refusal::bad_format(none)),
                ("253402300800000", Refusal::bad_format(none)),
                (r#""""#, Refusal::bad_format(none)),
                (r#""2026-11-1""#, Refusal::bad_format(none)),
                (r#""1795197600000""#, Refusal::bad_format(none)),
            ],
        ),
        "TransactionStatus" | "TransactionKind" | "Cursor" => (
            NO_STRINGS,
            none,
            &[
                (r#""""#, Refusal::bad_format(none)),
                (r#""canary word""#, Refusal::bad_format(none)),
            ],
        ),
        "PageNumber" => (
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
        // A text that is not an id is an unknown id.
        "OperationId" => (NO_STRINGS, none, &[]),
        _ => panic!("the kind of value {title} has no row of bad values"),
    };
    let mistyped = types.iter().map(|raw| (*raw, Refusal::wrong_type(text)));
    let hinted = |(raw, refusal): (&'static str, Refusal)| {
        let hint = Some(match title {
            // A text is read as a day.
            "PeriodBound" if raw.starts_with('"') => rule("CalendarDate"),
            _ => rule(title),
        });
        (raw, Refusal { hint, ..refusal })
    };
    let all = mistyped.chain(formats.iter().copied());
    all.map(hinted).collect()
}

/// The rule of a kind of value, as `data.hint` tells it in Russian.
fn rule(title: &str) -> &'static str {
    match title {
        "Pan" => "16 цифр, в строке.",
        "ExpiryYymm" => "YYMM: две цифры года, затем месяц; в строке.",
        "ExpiryMmyy" => "MMYY: месяц, затем две цифры года; в строке.",
        "Phone" | "PlusPhone" => "998 и ещё девять цифр, в строке.",
        "Tiyin" => "Целое число тийинов больше нуля; без кавычек, дробной части и порядка.",
        "CardId" => "UUID, в строке.",
        "ConfirmationCode" => "6 цифр, в строке.",
        "Network" => "UZCARD или HUMO.",
        "Flag" => "true или false, без кавычек.",
        "TransactionId" => "Целое число, без кавычек, дробной части и порядка.",
        "CardToken" | "OperationId" => "Строка.",
        "MerchantId" | "TerminalId" => "Строка без управляющих символов, от 1 до 64 знаков.",
        "ExtId" => "От 1 до 64 знаков из A-Za-z0-9._:-, в строке.",
        "CalendarDate" => "День календаря, YYYY-MM-DD, в строке.",
        "PeriodBound" => {
            "День календаря, YYYY-MM-DD, в строке; или миллисекунды UNIX до конца 9999 года, без кавычек."
        }
        "TransactionStatus" | "TransactionKind" => "Одно из слов списка в справочнике, в строке.",
        "Cursor" => "Значение next предыдущей страницы без изменений, в строке.",
        "PageNumber" => "Целое число от 0 до 4294967295, без кавычек.",
        "PageSize" => "Целое число от 1 до 200, без кавычек.",
        "TokenList" => "Список от 1 до 20 токенов, в строках.",
        _ => panic!("no rule of {title}"),
    }
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
