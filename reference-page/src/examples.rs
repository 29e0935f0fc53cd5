//! The examples of the methods, as this page may show them.

use rpc_schema::errors::Family;
use rpc_schema::method::{Example, MethodDef};
use rpc_schema::methods::METHODS;
use serde_json::Value as Json;

use crate::facts::Facts;
use crate::schema;

/// The examples of a method, one at least for each form of its result. A page without a sandbox shows no test card.
pub(crate) fn of(method: &MethodDef, facts: &Facts) -> Vec<Example> {
    let mut examples = (method.examples)();
    for form in schema::result_forms(method) {
        if !examples.iter().any(|example| has_form(example, &form)) {
            examples.extend(borrowed(&examples, &form));
        }
    }
    if facts.sandbox.is_none() {
        for example in &mut examples {
            blank(&mut example.params, "");
            blank(&mut example.result, "");
        }
    }
    examples
}

/// Whether the result of an example has the members of this form. Some members may be left out.
pub(crate) fn has_form(example: &Example, form: &[String]) -> bool {
    let Some(members) = example.result.as_object() else {
        return false;
    };
    !members.is_empty() && members.keys().all(|name| form.contains(name))
}

/// The same call with a result of this form, which another method's example has.
fn borrowed(examples: &[Example], form: &[String]) -> Option<Example> {
    let (lender, lent) = METHODS
        .iter()
        .flat_map(|method| {
            (method.examples)()
                .into_iter()
                .map(move |one| (method, one))
        })
        .find(|(_, example)| has_form(example, form))?;
    let mut example = examples.first()?.clone();
    // The transfers call their examples alike, so the method says which one it is.
    let of_transfer = lender.name.starts_with("p2p.");
    example.name = if of_transfer {
        lender.summary
    } else {
        lent.name
    };
    example.result = lent.result;
    Some(example)
}

/// An example of a param: that of the method's first example, or that of its schema.
pub(crate) fn of_param(
    method: &MethodDef,
    name: &str,
    schema: &Json,
    facts: &Facts,
) -> Option<Json> {
    let from_call = of(method, facts)
        .iter()
        .find_map(|example| example.params.get(name).cloned());
    let from_schema = || {
        let mut value = schema.get("examples")?.get(0)?.clone();
        if facts.sandbox.is_none() {
            blank(&mut value, name);
        }
        Some(value)
    };
    from_call.or_else(from_schema)
}

/// Replaces the numbers of test cards, their phones and their code.
fn blank(value: &mut Json, name: &str) {
    match value {
        Json::String(text) => match name {
            "pan" | "pan2" | "cardNumber" if !text.contains('*') => {
                *text = format!("{}000000000000", text.get(..4).unwrap_or_default());
            }
            "phone" | "phoneNumber" => "998000000000".clone_into(text),
            "confirmedCode" | "otpCode" => "123456".clone_into(text),
            _ => {}
        },
        Json::Array(items) => items.iter_mut().for_each(|item| blank(item, name)),
        Json::Object(members) => members
            .iter_mut()
            .for_each(|(name, value)| blank(value, name)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// A reply to an example, whole, in JSON-RPC 2.0.
pub(crate) fn reply(result: &Json) -> String {
    format!(
        "{{\n  \"jsonrpc\": \"2.0\",\n  \"id\": 1,\n  \"result\": {}\n}}",
        indented(result)
    )
}

/// The call of an example and its reply in the documented form. The A family's `id` is a UUID there.
pub(crate) fn documented(method: &MethodDef, params: &str, result: &Json) -> [String; 2] {
    let id = match method.family {
        Family::Attach => "\"5f0d2c7e-7a4b-4d0c-9f6e-3f1f8a1e2b3c\"",
        Family::Gateway => "1",
    };
    [
        format!(
            "{{\n  \"id\": {id},\n  \"method\": \"{}\",\n  \"params\": {params}\n}}",
            method.name
        ),
        format!(
            "{{\n  \"id\": {id},\n  \"result\": {},\n  \"error\": null\n}}",
            indented(result)
        ),
    ]
}

fn indented(value: &Json) -> String {
    serde_json::to_string_pretty(value)
        .unwrap_or_default()
        .replace('\n', "\n  ")
}
