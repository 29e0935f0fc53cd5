//! The contract as a whole: what is registered is what is described, and what is described is true.

use std::collections::{BTreeMap, BTreeSet};

use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::method::{COMMON_ERRORS, Method};
use rpc_schema::methods::METHODS;
use rpc_schema::methods::{cards, discover, monitoring, p2p, transactions};
use rpc_schema::openrpc;
use rpc_schema::params::Params as _;
use rpc_schema::reason::Reason;
use sandbox::{Outcome, TEST_CARDS};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::*;

fn document() -> Value {
    Value::Object(openrpc::document())
}

fn names(entries: &Value) -> Vec<&str> {
    entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap())
        .collect()
}

/// Calls `visit` with every object of a JSON text and the path to it.
fn walk(value: &Value, path: &str, visit: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(path, members);
            for (name, member) in members {
                walk(member, &format!("{path}/{name}"), visit);
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                walk(entry, &format!("{path}/{index}"), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// All schemas of the contract: of params, of results, and those that they refer to.
fn schemas(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for method in document["methods"].as_array().unwrap() {
        let name = method["name"].as_str().unwrap();
        for param in method["params"].as_array().unwrap() {
            found.push((format!("{name} {}", param["name"]), &param["schema"]));
        }
        found.push((format!("{name} result"), &method["result"]["schema"]));
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        found.push((name.clone(), schema));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_methods_that_are_defined_are_those_that_are_registered() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let defined: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    let discovered = app.result("rpc.discover", json!({})).await;
    assert_eq!(names(&discovered["methods"]), defined);
    for name in &defined {
        let reply = app.call(name, json!({"no_such_member": 1})).await;
        assert_ne!(
            reply["error"]["code"],
            ErrorCode::MethodNotFound.code(),
            "{name}"
        );
    }
    // Nothing else is registered: not under the documents' paths, nor under any other spelling.
    let module = aloqa_gateway::rpc::module(app.running.gateway.clone()).unwrap();
    let registered: BTreeSet<&str> = module.method_names().collect();
    assert_eq!(registered, defined.iter().copied().collect());
    for name in [
        "/cards/attach",
        "cards/attach",
        "cards.Attach",
        "cards.attach ",
        "cards",
        "rpc.describe",
        "",
    ] {
        assert_eq!(
            app.call(name, json!({})).await,
            refused(ErrorCode::MethodNotFound, Value::Null),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_document_is_served_printed_and_committed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let document = document();
    assert_eq!(app.result("rpc.discover", json!({})).await, document);
    let reply = send(app.running.address, HttpRequest::get("/openrpc.json")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, aloqa_gateway::docs::openrpc());
    assert_eq!(reply.json(), document);
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/rpc-schema/openrpc.json");
    if let Ok(committed) = std::fs::read_to_string(committed) {
        // No `assert_eq`: it would print both.
        let same = committed == reply.body;
        assert!(
            same,
            "regenerate it with `aloqa-gateway openrpc > rpc-schema/openrpc.json`"
        );
    }
}

#[test]
fn every_reference_resolves() {
    let document = document();
    let mut found = 0;
    walk(&document, "", &mut |path, object| {
        if let Some(reference) = object.get("$ref") {
            found += 1;
            let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{path}: {reference}");
            // Draft 7 ignores what stands beside a reference.
            assert_eq!(object.len(), 1, "{path}");
        }
    });
    assert!(found > METHODS.len());
}

#[test]
fn every_method_is_described() {
    let document = document();
    let methods = document["methods"].as_array().unwrap();
    for (method, described) in METHODS.iter().zip(methods) {
        assert_eq!(described["name"], method.name);
        assert_eq!(described["paramStructure"], "by-name");
        for text in ["summary", "description"] {
            let text = described[text].as_str().unwrap();
            assert!(
                !text.is_empty() && text == text.trim() && !text.contains("  "),
                "{}: {text}",
                method.name
            );
        }
        let fields: Vec<&str> = method.fields.iter().map(|field| field.name).collect();
        assert_eq!(names(&described["params"]), fields, "{}", method.name);
        for (field, param) in method
            .fields
            .iter()
            .zip(described["params"].as_array().unwrap())
        {
            assert_eq!(
                param["required"], field.required,
                "{} {}",
                method.name, field.name
            );
            let doc = param["description"].as_str().unwrap();
            assert!(
                !doc.is_empty() && doc == doc.trim(),
                "{} {}",
                method.name,
                field.name
            );
        }
        let listed: Vec<&str> = described["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["$ref"].as_str().unwrap())
            .collect();
        let defined = COMMON_ERRORS.iter().chain(method.errors);
        let expected: Vec<String> = defined
            .map(|error| format!("#/components/errors/{}", error.name()))
            .collect();
        assert_eq!(listed, expected);
        let once: BTreeSet<&&str> = listed.iter().collect();
        assert_eq!(
            once.len(),
            listed.len(),
            "{} lists an error twice",
            method.name
        );
        let examples = described["examples"].as_array().unwrap();
        assert_eq!(
            examples.is_empty(),
            method.name == "rpc.discover",
            "{}",
            method.name
        );
        for example in examples {
            assert!(!example["name"].as_str().unwrap().is_empty());
            // In the method's order.
            let shown = names(&example["params"]);
            assert_eq!(
                shown,
                fields
                    .iter()
                    .copied()
                    .filter(|name| shown.contains(name))
                    .collect::<Vec<_>>()
            );
        }
    }
}

/// `M`'s examples are calls that it accepts, with results that it returns.
fn check_examples<M: Method>() -> &'static str
where
    M::Result: DeserializeOwned,
{
    for example in M::examples() {
        let raw = RawValue::from_string(example.params.to_string()).unwrap();
        let params = M::Params::read(Some(&raw)).map(drop);
        assert_eq!(params, Ok(()), "{}: {}", M::NAME, example.name);
        let known = |name: &String| M::Params::FIELDS.iter().any(|field| field.name == name);
        assert!(
            example.params.as_object().unwrap().keys().all(known),
            "{}: {}",
            M::NAME,
            example.name
        );
        let result: M::Result = serde_json::from_value(example.result.clone()).unwrap();
        // Nothing is left out, nothing added.
        assert_eq!(
            serde_json::to_value(&result).unwrap(),
            example.result,
            "{}: {}",
            M::NAME,
            example.name
        );
    }
    M::NAME
}

#[test]
fn every_example_is_a_real_call_with_a_real_result() {
    let checked = [
        check_examples::<cards::Attach>(),
        check_examples::<cards::AttachConfirm>(),
        check_examples::<cards::Add>(),
        check_examples::<cards::AddConfirm>(),
        check_examples::<transactions::Debit>(),
        check_examples::<transactions::DebitConfirm>(),
        check_examples::<transactions::DebitReverse>(),
        check_examples::<transactions::HoldCharge>(),
        check_examples::<transactions::HoldCancel>(),
        check_examples::<p2p::RecipientInfo>(),
        check_examples::<p2p::FeeInfo>(),
        check_examples::<p2p::Humo2Humo>(),
        check_examples::<p2p::Humo2Uzcard>(),
        check_examples::<p2p::Uzcard2Humo>(),
        check_examples::<p2p::Uzcard2Uzcard>(),
        check_examples::<p2p::Confirm>(),
        check_examples::<monitoring::Monitoring>(),
        check_examples::<monitoring::GetEntry>(),
        check_examples::<transactions::Get>(),
        check_examples::<discover::Discover>(),
    ];
    let defined: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    assert_eq!(
        checked.to_vec(),
        defined,
        "a method whose examples nobody checks"
    );
}

#[test]
fn every_schema_has_a_title_and_a_title_means_one_schema() {
    let document = document();
    let mut titled: BTreeMap<&str, &Value> = BTreeMap::new();
    for (place, schema) in schemas(&document) {
        if schema.get("$ref").is_some() {
            continue;
        }
        let title = schema["title"]
            .as_str()
            .unwrap_or_else(|| panic!("{place} has no title"));
        assert!(
            title.chars().all(|letter| letter.is_ascii_alphanumeric()),
            "{place}: {title}"
        );
        let known = titled.insert(title, schema);
        assert!(
            known.is_none_or(|known| known == schema),
            "{title} means two schemas"
        );
    }
}

#[test]
fn no_schema_has_a_list_of_types() {
    walk(&document(), "", &mut |path, object| {
        if let Some(kind) = object.get("type") {
            // Params and members may be called `type` too; there it is an object.
            assert!(!kind.is_array(), "{path}: {kind}");
        }
    });
}

#[test]
fn members_of_error_data_are_left_out_rather_than_null() {
    let schema = &document()["components"]["schemas"]["ErrorData"];
    assert!(schema.get("required").is_none());
    for (name, member) in schema["properties"].as_object().unwrap() {
        let text = member.to_string();
        assert!(!text.contains("null"), "{name}: {text}");
    }
}

#[test]
fn the_catalogue_of_errors_is_unique_and_whole() {
    let document = document();
    let errors = document["components"]["errors"].as_object().unwrap();
    assert_eq!(errors.len(), ErrorCode::ALL.len());
    let codes: BTreeSet<i64> = errors
        .values()
        .map(|error| error["code"].as_i64().unwrap())
        .collect();
    assert_eq!(codes.len(), errors.len());
    for error in ErrorCode::ALL {
        let described = &errors[error.name()];
        assert_eq!(described["code"], error.code());
        assert_eq!(described["message"], error.message(Lang::En));
        for (lang, name) in [(Lang::Uz, "uz"), (Lang::Ru, "ru"), (Lang::En, "en")] {
            assert_eq!(described["x-messages"][name], error.message(lang));
        }
    }
}

/// Each reason is published with its meaning, and nothing else can be one.
#[test]
fn the_list_of_reasons_is_closed_and_whole() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let member = schemas["ErrorData"]["properties"]["reason"].to_string();
    assert!(member.contains("#/components/schemas/Reason"), "{member}");
    let branches = schemas["Reason"]["oneOf"].as_array().unwrap();
    let (codes, words) = branches.split_last().unwrap();
    assert_eq!(words.len(), Reason::WORDS.len());
    for (reason, branch) in Reason::WORDS.iter().zip(words) {
        assert_eq!(branch["const"], reason.as_str());
        assert_eq!(branch["description"], reason.meaning());
    }
    let names: Vec<&str> = Reason::codes().map(ErrorCode::name).collect();
    assert_eq!(codes["enum"], json!(names));
}

/// Debits, holds, transfers, confirmations and attachments with every test card: whatever goes wrong is in the method's
/// list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_that_a_test_card_forces_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut seen = BTreeSet::new();
    let mut look = |method: &'static str, reply: &Value| {
        assert_listed(method, reply);
        if let Some(code) = reply["error"]["code"].as_i64() {
            seen.insert((method, code));
        }
        reply["result"]["transactionId"].clone()
    };
    for card in TEST_CARDS {
        // The tests of debits cover those that take long.
        if matches!(
            card.outcome,
            Outcome::Slow | Outcome::ReplyLost | Outcome::RequestLost
        ) {
            continue;
        }
        let test_card = TestCard {
            pan: card.pan,
            phone: card.phone,
        };
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let id = look("cards.add", &app.call("cards.add", params).await);
        let params = json!({"transactionId": id, "confirmedCode": CODE});
        let added = app.call("cards.add-confirm", params).await;
        look("cards.add-confirm", &added);
        let Some(token) = added["result"]["token"].as_str() else {
            continue;
        };
        for hold in [false, true] {
            let more = |code: bool| json!({"is_hold": hold, "force_sms_confirmation": code});
            let debit = debit_params(test_card, token, 5_000);
            look(
                "transactions.debit",
                &app.call("transactions.debit", with(debit.clone(), more(false)))
                    .await,
            );
            let id = look(
                "transactions.debit",
                &app.call("transactions.debit", with(debit, more(true)))
                    .await,
            );
            let params = json!({"transactionId": id, "confirmedCode": CODE});
            let reply = app.call("transactions.debit.confirm", params).await;
            look("transactions.debit.confirm", &reply);
            for method in [
                "transactions.debit.hold.charge",
                "transactions.debit.hold.cancel",
                "transactions.debit.reverse",
                "transactions.debit.reverse",
                "transactions.get",
            ] {
                look(
                    method,
                    &app.call(method, json!({"transactionId": id})).await,
                );
            }
        }
    }
    // As senders and as recipients of transfers.
    for direction in DIRECTIONS {
        for card in TEST_CARDS {
            if matches!(
                card.outcome,
                Outcome::Slow | Outcome::ReplyLost | Outcome::RequestLost
            ) {
                continue;
            }
            let test_card = TestCard {
                pan: card.pan,
                phone: card.phone,
            };
            let mut sides = Vec::new();
            if test_card.network() == direction.to.network() {
                sides.push(direction.to(test_card));
                let params = json!({"pan": card.pan});
                look(
                    "p2p.recipient-info",
                    &app.call("p2p.recipient-info", params).await,
                );
            }
            if test_card.network() == direction.from.network() {
                sides.push(direction.from(test_card));
            }
            for side in sides {
                let params =
                    json!({"pan": side.from.pan, "expiry": "1230", "phone": side.from.phone});
                let id = look("cards.add", &app.call("cards.add", params).await);
                let params = json!({"transactionId": id, "confirmedCode": CODE});
                let added = app.call("cards.add-confirm", params).await;
                let Some(token) = added["result"]["token"].as_str() else {
                    continue;
                };
                for code in [false, true] {
                    let params = with(
                        side.params(token, 5_000),
                        json!({"force_sms_confirmation": code}),
                    );
                    let id = look(side.method, &app.call(side.method, params).await);
                    let params = json!({"transactionId": id, "confirmedCode": CODE});
                    look("p2p.confirm", &app.call("p2p.confirm", params).await);
                }
                app.clock.advance_ms(60 * 60 * 1_000);
            }
        }
    }
    // The test cards force the errors that they are there for.
    for code in [
        ErrorCode::InsufficientFunds,
        ErrorCode::CardBlocked,
        ErrorCode::CardExpired,
        ErrorCode::PinTriesExceeded,
        ErrorCode::OutcomeUnknown,
    ] {
        for method in ["transactions.debit", "transactions.debit.confirm"] {
            assert!(
                seen.contains(&(method, i64::from(code.code()))),
                "{method} {code}"
            );
        }
    }
    for code in [
        ErrorCode::InsufficientFunds,
        ErrorCode::CardBlocked,
        ErrorCode::CardExpired,
        ErrorCode::PinTriesExceeded,
        ErrorCode::RecipientRefuses,
        ErrorCode::RecipientCardBlocked,
        ErrorCode::RecipientCardExpired,
        ErrorCode::RecipientPinTriesExceeded,
        ErrorCode::OutcomeUnknown,
    ] {
        for method in ["p2p.uzcard2humo", "p2p.humo2uzcard"] {
            assert!(
                seen.contains(&(method, i64::from(code.code()))),
                "{method} {code}"
            );
        }
    }
}

/// Codes of the networks, one for each of our own that they are mapped to.
const SVGATE: &[i64] = &[
    -100, -103, -199, -200, -201, -202, -203, -204, -205, -206, -209, -235, -236, -238, -239, -243,
    -244, -245, -246, -256, -258, -262, -267, -272, -280, -293, -299, -300, -323, -382, -398, -777,
];
const HUMO_ACTIONS: &[i64] = &[
    100, 101, 104, 106, 109, 110, 111, 114, 116, 119, 121, 125, 208, 281, 500, 906, 914, 999,
];

/// Errors of a method that its definition does not list.
#[derive(Default)]
struct Unlisted(Vec<String>);

impl Unlisted {
    fn look(&mut self, method: &str, said: i64, reply: &Value) {
        let answered = reply["error"]["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("{method} {said}: {reply}"));
        let definition = METHODS
            .iter()
            .find(|definition| definition.name == method)
            .unwrap();
        let mut listed = COMMON_ERRORS.iter().chain(definition.errors);
        if !listed.any(|error| i64::from(error.code()) == answered) {
            self.0.push(format!("{method}: {said} → {answered}"));
        }
    }
}

/// The next call of this operation is refused with the network's own code.
async fn decline(app: &TestApp, card: TestCard, operation: &str, code: i64) {
    let network = if card.pan.starts_with("8600") {
        "UZCARD"
    } else {
        "HUMO"
    };
    app.fault(json!({"network": network, "operation": operation, "kind": "decline", "code": code, "times": 1})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_debit_and_of_a_charge_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut unlisted = Unlisted::default();
    for (card, codes) in [(UZCARD, SVGATE), (HUMO, HUMO_ACTIONS)] {
        let token = app.add_card(card).await;
        for code in codes {
            decline(&app, card, "pay", *code).await;
            let reply = app
                .call("transactions.debit", debit_params(card, &token, 500))
                .await;
            unlisted.look("transactions.debit", *code, &reply);
            let hold = with(debit_params(card, &token, 500), json!({"is_hold": true}));
            let id = app.result("transactions.debit", hold).await["transactionId"].take();
            decline(&app, card, "capture", *code).await;
            let reply = app
                .call(
                    "transactions.debit.hold.charge",
                    json!({"transactionId": id}),
                )
                .await;
            unlisted.look("transactions.debit.hold.charge", *code, &reply);
        }
    }
    assert_eq!(unlisted.0, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_card_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut unlisted = Unlisted::default();
    let svgate = [
        -103, -199, -200, -201, -202, -203, -204, -205, -206, -212, -215, -216, -217, -218, -235,
        -256, -257, -258, -271, -292, -320, -321, -378, -777,
    ];
    let middleware = [
        400, 401, 403, 404, 101, 104, 106, 111, 118, 119, 125, 208, 280, 281, 777,
    ];
    // For an attached card, SVGate returns fewer codes.
    let described = [-103, -199, -200, -204, -205, -256, -257, -777];
    for (card, operation, begun, asked) in [
        (UZCARD, "code", &svgate[..], &described[..]),
        (HUMO, "info", &middleware[..], &middleware[..]),
    ] {
        let token = app.add_card(card).await;
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        for code in begun {
            decline(&app, card, operation, *code).await;
            let reply = app.call("cards.add", params.clone()).await;
            unlisted.look("cards.add", *code, &reply);
        }
        for code in asked {
            // Before the code of a debit is sent, the card is asked about.
            decline(&app, card, "info", *code).await;
            let debit = with(
                debit_params(card, &token, 500),
                json!({"force_sms_confirmation": true}),
            );
            let reply = app.call("transactions.debit", debit).await;
            unlisted.look("transactions.debit", *code, &reply);
        }
    }
    assert_eq!(unlisted.0, [""; 0]);
}

/// What can be refused in a transfer: the look-up of the recipient, and each call that moves money.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_transfer_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut unlisted = Unlisted::default();
    let described = |card: TestCard| match card.network() {
        "HUMO" => &[
            400, 401, 403, 404, 101, 104, 106, 111, 118, 119, 125, 208, 280, 281, 777,
        ][..],
        _ => &[
            -103, -199, -200, -202, -204, -205, -256, -257, -258, -300, -382, -777,
        ][..],
    };
    let moved = |card: TestCard| match card.network() {
        "HUMO" => HUMO_ACTIONS,
        _ => SVGATE,
    };
    for direction in DIRECTIONS {
        let Direction { method, from, to } = direction;
        let token = app.add_card(from).await;
        let params = direction.params(&token, 500);
        let legs: &[(TestCard, &str)] = match method {
            "p2p.humo2humo" => &[(from, "p2p"), (from, "confirm")],
            "p2p.humo2uzcard" => &[(from, "pay"), (from, "confirm"), (to, "credit")],
            "p2p.uzcard2humo" => &[(from, "pay"), (to, "credit")],
            _ => &[(from, "p2p")],
        };
        for code in described(to) {
            decline(&app, to, "info", *code).await;
            unlisted.look(method, *code, &app.call(method, params.clone()).await);
            decline(&app, to, "info", *code).await;
            let asked = app.call("p2p.recipient-info", json!({"pan": to.pan})).await;
            unlisted.look("p2p.recipient-info", *code, &asked);
        }
        let with_code = with(params.clone(), json!({"force_sms_confirmation": true}));
        for code in described(from) {
            // Before the code is sent, the sender's card is asked about.
            decline(&app, from, "info", *code).await;
            unlisted.look(method, *code, &app.call(method, with_code.clone()).await);
        }
        for (card, operation) in legs {
            for code in moved(*card) {
                decline(&app, *card, operation, *code).await;
                unlisted.look(method, *code, &app.call(method, params.clone()).await);
            }
            // Each confirmation needs an SMS, and their number per day is limited.
            for code in moved(*card) {
                let id = app.result(method, with_code.clone()).await["transactionId"].take();
                decline(&app, *card, operation, *code).await;
                let params = json!({"transactionId": id, "confirmedCode": CODE});
                unlisted.look("p2p.confirm", *code, &app.call("p2p.confirm", params).await);
                app.clock.advance_ms(24 * 60 * 60 * 1_000 / 32);
            }
        }
    }
    unlisted.0.sort();
    unlisted.0.dedup();
    assert_eq!(unlisted.0, [""; 0]);
}

/// The reference page shows what the list of methods has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_page_has_every_method_every_error_and_every_reason() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let page = send(app.running.address, HttpRequest::get("/docs")).await;
    assert_eq!(page.status, 200);
    for method in METHODS {
        assert!(
            page.body.contains(&format!("<h2 id=\"{}\">", method.name)),
            "{}",
            method.name
        );
        for field in method.fields {
            assert!(
                page.body.contains(&format!("<code>{}</code>", field.name)),
                "{}",
                field.name
            );
        }
    }
    for error in ErrorCode::ALL {
        assert!(
            page.body
                .contains(&format!("<tr id=\"e{}\">", error.code())),
            "{error}"
        );
    }
    for reason in Reason::WORDS {
        let row = format!("<tr id=\"r-{}\">", reason.as_str());
        assert!(page.body.contains(&row), "{reason:?}");
    }
}
