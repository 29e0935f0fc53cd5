//! How are schemas written, so that code generators make good types of them?
//!
//! schemars describes Rust's types in its own way. Here each component gets the form that all tools read: see
//! [`crate::components`] for the rules.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

/// Objects to which any version may add members. All others are closed, so that a variant can be told from another one.
const OPEN: &[&str] = &["ErrorData", "OpenrpcDocument"];

pub(super) fn generator() -> SchemaGenerator {
    SchemaSettings::draft07()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator()
}

/// All components that were referred to.
pub(super) fn components(mut generator: SchemaGenerator) -> Map<String, Json> {
    generator
        .take_definitions(true)
        .into_iter()
        .map(|(name, mut schema)| {
            if let Some(members) = schema.as_object_mut() {
                write_component(members, &name);
            }
            (name, schema)
        })
        .collect()
}

fn write_component(schema: &mut Map<String, Json>, name: &str) {
    schema.insert("title".to_owned(), name.into());
    if let Some(Json::Object(properties)) = schema.get_mut("properties") {
        let said: Map<String, Json> = properties
            .iter_mut()
            .filter_map(|(name, member)| Some((name.clone(), take_description(member)?)))
            .collect();
        schema.insert("x-member-descriptions".to_owned(), Json::Object(said));
    }
    if schema.get("type").is_some_and(|kind| kind == "object") && !OPEN.contains(&name) {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    let branches = schema.remove("anyOf").or_else(|| schema.remove("oneOf"));
    if let Some(Json::Array(branches)) = branches {
        write_branches(schema, branches);
    }
}

/// Words become an enum, and everything else a choice of references.
fn write_branches(schema: &mut Map<String, Json>, mut branches: Vec<Json>) {
    let words: Option<Vec<Vec<Json>>> = branches.iter().map(words).collect();
    let said: Vec<Json> = branches
        .iter_mut()
        .map(|one| take_description(one).unwrap_or_default())
        .collect();
    let Some(words) = words else {
        schema.insert("oneOf".to_owned(), Json::Array(branches));
        if said.iter().any(|said| !said.is_null()) {
            schema.insert("x-variant-descriptions".to_owned(), Json::Array(said));
        }
        return;
    };
    let each_said: Vec<Json> = words
        .iter()
        .zip(&said)
        .flat_map(|(words, said)| vec![said.clone(); words.len()])
        .collect();
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), Json::Array(words.concat()));
    schema.insert("x-enum-descriptions".to_owned(), Json::Array(each_said));
}

/// The words that a branch allows, if it allows only words.
fn words(branch: &Json) -> Option<Vec<Json>> {
    if branch.get("type")? != "string" {
        return None;
    }
    match (branch.get("const"), branch.get("enum")) {
        (Some(word), None) => Some(vec![word.clone()]),
        (None, Some(Json::Array(words))) => Some(words.clone()),
        (_, _) => None,
    }
}

/// Takes the description that stands beside a reference, so that the reference is bare.
fn take_description(schema: &mut Json) -> Option<Json> {
    let members = schema.as_object_mut()?;
    let said = members.remove("description");
    let wrapped = match members.get("allOf") {
        Some(Json::Array(all)) => match all.as_slice() {
            [one] => one.get("$ref").cloned(),
            [] | [_, ..] => None,
        },
        Some(_) | None => None,
    };
    if let Some(reference) = wrapped {
        *schema = json!({ "$ref": reference });
    }
    said
}
