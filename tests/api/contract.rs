//! The contract as a whole: what is registered is what is described, and what is described is true.

mod listed_errors;

use std::collections::BTreeSet;

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

use test_support::*;

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
    let here = format!("http://{}/", app.running.address);
    let served = Value::Object(openrpc::document_at(&here));
    assert_eq!(served["servers"][0]["url"], here.as_str());
    assert_eq!(app.result("rpc.discover", json!({})).await, served);
    let reply = send(app.running.address, HttpRequest::get("/openrpc.json")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, aloqa_gateway::docs::openrpc(&here));
    assert_eq!(reply.json(), served);
    let printed = aloqa_gateway::docs::openrpc(openrpc::DEFAULT_ADDRESS);
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/rpc-schema/openrpc.json");
    if let Ok(committed) = std::fs::read_to_string(committed) {
        // No `assert_eq`: it would print both.
        let same = committed == printed;
        assert!(
            same,
            "write it anew with `aloqa-gateway openrpc > rpc-schema/openrpc.json`"
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
            // What stands beside a reference is ignored by draft 7 and makes copies of types.
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
        for example in described["examples"].as_array().unwrap() {
            assert!(!example["name"].as_str().unwrap().is_empty());
            // In the method's order; what is refused as no param of it comes last.
            let shown = names(&example["params"]);
            let known = fields.iter().copied().filter(|name| shown.contains(name));
            let others = shown.iter().copied().filter(|name| !fields.contains(name));
            assert_eq!(shown, known.chain(others).collect::<Vec<_>>());
        }
    }
}

/// `M`'s examples are calls that it takes, with results that it answers.
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
    let errors = document["x-errors"].as_object().unwrap();
    assert_eq!(errors.len(), ErrorCode::ALL.len());
    let codes: BTreeSet<i64> = errors
        .values()
        .map(|error| error["code"].as_i64().unwrap())
        .collect();
    assert_eq!(codes.len(), errors.len());
    for error in ErrorCode::ALL {
        let described = &errors[error.name()];
        assert_eq!(described["code"], error.code());
        for (lang, name) in [(Lang::Uz, "uz"), (Lang::Ru, "ru"), (Lang::En, "en")] {
            assert_eq!(described["messages"][name], error.message(lang));
        }
        // OpenRPC's own list has those that are returned.
        let returned = described["returned"].as_bool().unwrap();
        let plain = json!({ "code": error.code(), "message": error.message(Lang::En) });
        assert_eq!(
            document["components"]["errors"].get(error.name()),
            returned.then_some(&plain),
            "{error}"
        );
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

/// Answers of a method that its definition does not list.
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

/// Each reason is published with its meaning, and nothing else can be one.
#[test]
fn the_list_of_reasons_is_closed_and_whole() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let member = schemas["ErrorData"]["properties"]["reason"].to_string();
    assert!(member.contains("#/components/schemas/Reason"), "{member}");
    let all = || {
        let words = Reason::WORDS.iter().copied();
        words.chain(Reason::codes().map(Reason::Code))
    };
    let words: Vec<&str> = all().map(Reason::as_str).collect();
    assert_eq!(schemas["Reason"]["enum"], json!(words));
    let meanings: Vec<&str> = all().map(Reason::meaning).collect();
    assert_eq!(schemas["Reason"]["x-enum-descriptions"], json!(meanings));
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
