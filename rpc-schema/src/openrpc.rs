//! How is the contract published for programs? As an OpenRPC document generated from the list of methods, served by
//! `rpc.discover` and `GET /openrpc.json`.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Lang, Retry};
use crate::method::{COMMON_ERRORS, Example, MethodDef};
use crate::methods::METHODS;
use crate::params::Field;

/// The version of the OpenRPC specification that most tools read. 1.4 is only stricter about versions.
const OPENRPC: &str = "1.3.2";

/// The document of this version of the gateway.
#[must_use]
pub fn document() -> Map<String, Json> {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .with_transform(spell_nullable)
        .into_generator();
    let error_data = generator.subschema_for::<ErrorData>();
    let methods: Vec<Json> = METHODS
        .iter()
        .map(|method| describe(method, &mut generator))
        .collect();
    let mut schemas: Map<String, Json> = generator.take_definitions(true).into_iter().collect();
    for (name, schema) in &mut schemas {
        title(schema, name);
    }
    let document = json!({
        "openrpc": OPENRPC,
        "info": {
            "title": "AloqaGateway",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One endpoint for the card networks UZCARD and HUMO: attach a card by SMS code, debit it, \
                hold and charge, cancel, reverse, transfer from card to card, read its history. HTTP POST, Basic \
                authentication, params by name. Amounts are whole numbers of tiyin. The header `lang` (`uz`, `ru`, \
                `en`) chooses the language of messages.",
        },
        "servers": [{ "name": "sandbox", "url": "http://127.0.0.1:8080/" }],
        "methods": methods,
        "components": { "schemas": schemas, "errors": errors(&error_data) },
    });
    match document {
        Json::Object(document) => document,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            Map::new()
        }
    }
}

fn describe(method: &MethodDef, generator: &mut SchemaGenerator) -> Json {
    let params: Vec<Json> = method
        .fields
        .iter()
        .map(|field| describe_param(field, generator))
        .collect();
    let errors: Vec<Json> = COMMON_ERRORS
        .iter()
        .chain(method.errors)
        .map(|error| json!({ "$ref": format!("#/components/errors/{}", error.name()) }))
        .collect();
    let examples: Vec<Json> = (method.examples)()
        .iter()
        .map(|example| describe_example(method, example))
        .collect();
    let mut result = (method.result_schema)(generator).to_value();
    title(&mut result, &format!("{}Result", words_joined(method.name)));
    json!({
        "name": method.name,
        "summary": method.summary,
        "description": method.description,
        "tags": [{ "name": method.name.split('.').next() }],
        "paramStructure": "by-name",
        "params": params,
        "result": { "name": "result", "schema": result },
        "errors": errors,
        "examples": examples,
    })
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

/// An example lists its params in the method's order.
fn describe_example(method: &MethodDef, example: &Example) -> Json {
    let params: Vec<Json> = method
        .fields
        .iter()
        .filter_map(|field| Some((field.name, example.params.get(field.name)?)))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "name": example.name,
        "params": params,
        "result": { "name": "result", "value": example.result },
    })
}

/// Writes `"type": ["string", "null"]` as `anyOf`, because many tools read only one type per schema.
fn spell_nullable(schema: &mut Schema) {
    transform_subschemas(&mut spell_nullable, schema);
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let Some(Json::Array(types)) = object.get("type") else {
        return;
    };
    let branches: Vec<Json> = types.iter().map(|one| json!({ "type": one })).collect();
    object.remove("type");
    // The format belongs to the number; null has none.
    object.remove("format");
    object.insert("anyOf".to_owned(), Json::Array(branches));
}

/// Code generators name their types after titles. A reference has the title of its target.
fn title(schema: &mut Json, name: &str) {
    if let Some(object) = schema.as_object_mut()
        && !object.contains_key("$ref")
    {
        object.entry("title").or_insert_with(|| name.into());
    }
}

/// `cards.add-confirm` as `CardsAddConfirm`.
fn words_joined(name: &str) -> String {
    name.split(['.', '-', '_'])
        .flat_map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            [first.to_ascii_uppercase(), rest.to_owned()]
        })
        .collect()
}

fn errors(data: &Schema) -> Map<String, Json> {
    let describe = |error: &ErrorCode| {
        json!({
            "code": error.code(),
            "message": error.message(Lang::En),
            "data": data,
            "x-name": error.name(),
            "x-meaning": error.meaning(),
            "x-messages": {
                "uz": error.message(Lang::Uz),
                "ru": error.message(Lang::Ru),
                "en": error.message(Lang::En),
            },
            "x-repeat-can-help": error.retry() == Retry::Later,
        })
    };
    ErrorCode::ALL
        .iter()
        .map(|error| (error.name().to_owned(), describe(error)))
        .collect()
}
