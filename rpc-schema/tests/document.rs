//! Does the document keep to the rules by which code generators make good types of it? They stand in `components.rs`.
//!
//! `tests/openrpc` checks it with OpenRPC's own tools and real generators. What is here needs none of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure is a failed test, and a panic shows where"
)]

use std::collections::BTreeSet;

use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use serde_json::{Map, Value as Json};

/// Objects that are open on purpose.
const OPEN: [&str; 2] = ["ErrorData", "OpenrpcDocument"];
/// Methods after which nothing usually follows.
const LAST: [&str; 2] = ["monitoring.get.entry", "rpc.discover"];

fn document() -> Json {
    Json::Object(rpc_schema::openrpc::document())
}

fn components(document: &Json) -> &Map<String, Json> {
    document["components"]["schemas"].as_object().unwrap()
}

fn is_bare(schema: &Json) -> bool {
    schema["$ref"].is_string() && schema.as_object().is_some_and(|members| members.len() == 1)
}

/// Each method with what the document says of it.
fn described(document: &Json) -> impl Iterator<Item = (&'static MethodDef, &Json)> {
    METHODS.iter().zip(document["methods"].as_array().unwrap())
}

#[test]
fn whatever_has_a_type_names_a_component() {
    let document = document();
    let mut inline = Vec::new();
    let mut look = |schema: &Json, place: String| {
        if !is_bare(schema) {
            inline.push(format!("{place}: {schema}"));
        }
    };
    for method in document["methods"].as_array().unwrap() {
        for param in method["params"].as_array().unwrap() {
            look(
                &param["schema"],
                format!("{} {}", method["name"], param["name"]),
            );
        }
        look(
            &method["result"]["schema"],
            format!("{} result", method["name"]),
        );
    }
    for (name, schema) in components(&document) {
        for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
            look(inner, format!("{name}.{member}"));
        }
        for branch in schema["oneOf"].as_array().into_iter().flatten() {
            look(branch, format!("a variant of {name}"));
        }
        if let Some(items) = schema.get("items") {
            look(items, format!("an entry of {name}"));
        }
    }
    assert!(
        inline.is_empty(),
        "name a component, `#[schemars(with = \"components::…\")]`:\n{}",
        inline.join("\n")
    );
}

#[test]
fn components_have_a_name_a_type_and_words() {
    let document = document();
    for (name, schema) in components(&document) {
        assert_eq!(schema["title"], name.as_str());
        assert!(
            name.chars().all(|letter| letter.is_ascii_alphabetic()),
            "{name}: two types of this name?"
        );
        let said = schema["description"].as_str().unwrap_or_default();
        assert!(said.ends_with('.'), "{name}: {said}");
        assert!(
            schema["type"].is_string() != schema["oneOf"].is_array(),
            "{name}: one type, or a choice"
        );
        let members = schema["properties"].as_object();
        if members.is_some() {
            let is_open = schema.get("additionalProperties").is_none();
            assert_eq!(is_open, OPEN.contains(&name.as_str()), "{name}");
        }
        for member in members.into_iter().flatten().map(|(name, _)| name) {
            let said = schema["x-member-descriptions"][member].as_str();
            assert!(
                said.is_some_and(|said| said.ends_with('.')),
                "{name}.{member}: {said:?}"
            );
        }
    }
}

#[test]
fn methods_and_links_are_described() {
    let document = document();
    for (method, _) in described(&document) {
        let name = method.name;
        assert!(method.returns.ends_with('.'), "{name}");
        assert!(!method.tags.is_empty(), "{name}");
        assert_eq!(method.links.is_empty(), LAST.contains(&name), "{name}");
        let needed: Vec<bool> = method.fields.iter().map(|field| field.required).collect();
        assert!(
            needed.is_sorted_by_key(|needed| !needed),
            "{name}: required params come first"
        );
        for link in method.links {
            let target = METHODS.iter().find(|target| target.name == link.method);
            let target = target.unwrap_or_else(|| panic!("{name}: {}", link.method));
            for (param, source) in link.params {
                assert!(
                    target.fields.iter().any(|field| field.name == *param),
                    "{name}: {} has no {param}",
                    link.method
                );
                assert!(
                    source.contains("${params.") || source.contains("${result."),
                    "{name}: {source}"
                );
            }
        }
    }
}

#[test]
fn every_method_has_an_example_of_a_result_and_of_an_error_that_it_lists() {
    let document = document();
    for (method, described) in described(&document) {
        let name = method.name;
        let pairs = described["examples"].as_array().unwrap();
        let names: BTreeSet<&str> = pairs
            .iter()
            .filter_map(|pair| pair["name"].as_str())
            .collect();
        assert_eq!(names.len(), pairs.len(), "{name}: two examples of one name");
        assert!(
            pairs.iter().any(|pair| pair.get("result").is_some()),
            "{name}"
        );
        assert!(
            pairs.iter().any(|pair| pair.get("error").is_some()),
            "{name}"
        );
        for example in (method.error_examples)() {
            assert!(
                method.errors.contains(&example.error),
                "{name}: {}",
                example.name
            );
        }
    }
}

#[test]
fn a_served_document_names_the_address_under_which_it_is_served() {
    let served = rpc_schema::openrpc::document_at("https://pay.example/");
    assert_eq!(served["servers"][0]["url"], "https://pay.example/");
    assert_eq!(served["externalDocs"]["url"], "https://pay.example/docs");
    let mut committed = rpc_schema::openrpc::document();
    for member in ["servers", "externalDocs"] {
        committed.remove(member).unwrap();
    }
    let mut served = served;
    for member in ["servers", "externalDocs"] {
        served.remove(member).unwrap();
    }
    assert_eq!(served, committed);
}
