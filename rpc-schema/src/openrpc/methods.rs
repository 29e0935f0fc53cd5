//! How is a method described?

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use crate::method::{COMMON_ERRORS, Link, Method as _, MethodDef};
use crate::methods::discover::Discover;
use crate::params::Field;

pub(super) fn describe(method: &MethodDef, generator: &mut SchemaGenerator) -> Json {
    let params: Vec<Json> = method
        .fields
        .iter()
        .map(|field| describe_param(field, generator))
        .collect();
    let result: Schema = (method.result_schema)(generator);
    let errors: Vec<Json> = COMMON_ERRORS
        .iter()
        .chain(method.errors)
        .map(|error| json!({ "$ref": format!("#/components/errors/{}", error.name()) }))
        .collect();
    let tags: Vec<Json> = method
        .tags
        .iter()
        .map(|tag| json!({ "$ref": format!("#/components/tags/{}", tag.name()) }))
        .collect();
    let links: Vec<Json> = method.links.iter().map(describe_link).collect();
    let mut described = json!({
        "name": method.name,
        "summary": method.summary,
        "description": method.description,
        "tags": tags,
        "paramStructure": "by-name",
        "params": params,
        "result": { "name": "result", "description": method.returns, "schema": result },
        "errors": errors,
        "links": links,
        "examples": examples(method),
    });
    if method.name == Discover::NAME
        && let Some(members) = described.as_object_mut()
    {
        members.insert("x-security".to_owned(), json!([]));
    }
    described
}

fn describe_param(field: &Field, generator: &mut SchemaGenerator) -> Json {
    let schema: Schema = (field.schema)(generator);
    json!({
        "name": field.name,
        "description": field.doc.trim(),
        "required": field.required,
        "schema": schema,
    })
}

fn describe_link(link: &Link) -> Json {
    let params: Map<String, Json> = link
        .params
        .iter()
        .map(|(name, source)| ((*name).to_owned(), json!(source)))
        .collect();
    json!({
        "name": link.name,
        "description": link.description,
        "method": link.method,
        "params": params,
    })
}

/// Pairs of a call and its result, then of a call and its error. Tools take a pair without either for a notification.
fn examples(method: &MethodDef) -> Vec<Json> {
    let results = (method.examples)().into_iter().map(|example| {
        json!({
            "name": example.name,
            "params": example_params(method, &example.params),
            "result": { "name": "result", "value": example.result },
        })
    });
    let errors = (method.error_examples)().into_iter().map(|example| {
        json!({
            "name": example.name,
            "params": example_params(method, &example.params),
            "error": { "name": "error", "value": example.error() },
        })
    });
    results.chain(errors).collect()
}

/// In the method's order; params that are none come last.
fn example_params(method: &MethodDef, params: &Json) -> Vec<Json> {
    let Some(params) = params.as_object() else {
        return Vec::new();
    };
    let place = |name: &str| method.fields.iter().position(|field| field.name == name);
    let mut members: Vec<(&String, &Json)> = params.iter().collect();
    members.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    members
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}
