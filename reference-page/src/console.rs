//! The console: a form that the script fills, and the data that it fills it from.

use maud::{Markup, PreEscaped, html};
use rpc_schema::errors::Lang;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::params::Field;
use serde_json::{Map, Value as Json, json};

use crate::facts::{Facts, Sandbox};
use crate::language::{LANGUAGES, code, name};
use crate::parts::copy_button;
use crate::text::prose;
use crate::{examples, lifecycle, schema, ui};

/// The section of the console.
pub(crate) fn section(facts: &Facts, sandbox: &Sandbox, lang: Lang) -> Markup {
    html! {
        section id="console" aria-labelledby="console-h" {
            h2 id="console-h" { a.anchor href="#console" { (ui::CONSOLE.of(lang)) } }
            p { (prose(ui::CONSOLE_LEAD.of(lang))) }
            p.warning id="c-off" { (ui::NEEDS_SCRIPT.of(lang)) }
            form.console id="c-form" hidden autocomplete="off" novalidate {
                div.ask {
                    div.grid {
                        div { label for="c-user" { (ui::USER.of(lang)) } input id="c-user" autocomplete="off" spellcheck="false"; }
                        div { label for="c-secret" { (ui::SECRET.of(lang)) } input id="c-secret" type="password" autocomplete="new-password"; }
                        div { label for="c-lang" { (ui::MESSAGES_IN.of(lang)) }
                            select id="c-lang" {
                                @for one in LANGUAGES { option value=(code(one)) selected[one == lang] { (name(one)) } }
                            } }
                    }
                    div.grid {
                        div { label for="c-method" { (ui::METHOD.of(lang)) } select id="c-method" {
                            @for method in METHODS { option { (method.name) } }
                        } }
                        div { label for="c-card" { (ui::TEST_CARD.of(lang)) } select id="c-card" {
                            @for (index, card) in sandbox.cards.iter().enumerate() {
                                option value=(index) { (card.network) " " (card.pan) " " (card.outcome) }
                            }
                        } }
                    }
                    fieldset.carried {
                        legend { (ui::CARRIED.of(lang)) }
                        p.muted id="c-empty" { (ui::CARRIED_EMPTY.of(lang)) }
                        div.chips id="c-chips" {}
                        button.plain id="c-forget" type="button" hidden { (ui::FORGET.of(lang)) }
                    }
                    fieldset { legend { (ui::PARAMS.of(lang)) } div id="c-fields" {} }
                    p { button.button id="c-send" type="submit" { (ui::SEND.of(lang)) } }
                }
                div.tell {
                    div.block { div.bar { span { (ui::REQUEST.of(lang)) } (copy_button("c-request", lang)) }
                        pre id="c-request" tabindex="0" role="region" aria-label={ (ui::CONSOLE.of(lang)) ": " (ui::REQUEST.of(lang)) } {} }
                    div.block { div.bar { span { (ui::REPLY.of(lang)) } " " span.muted id="c-meta" {} (copy_button("c-reply", lang)) }
                        pre id="c-reply" tabindex="0" role="region" aria-label={ (ui::CONSOLE.of(lang)) ": " (ui::REPLY.of(lang)) } { (ui::NOTHING_SENT.of(lang)) } }
                    p.next id="c-next" {}
                }
            }
            script id="c-data" type="application/json" { (PreEscaped(data(facts, sandbox, lang).to_string().replace("</", "<\\/"))) }
        }
    }
}

fn data(facts: &Facts, sandbox: &Sandbox, lang: Lang) -> Json {
    let methods: Vec<Json> = METHODS
        .iter()
        .map(|method| {
            let fields: Vec<Json> = method
                .fields
                .iter()
                .flat_map(|field| of_param(method, field, "", facts))
                .collect();
            let next = lifecycle::of(method.name).map(|life| life.next);
            json!({"name": method.name, "fields": fields, "next": next})
        })
        .collect();
    let cards: Vec<Json> = sandbox
        .cards
        .iter()
        .map(|card| json!({"network": card.network, "pan": card.pan, "phone": card.phone}))
        .collect();
    let terminals: Vec<Json> = sandbox
        .terminals
        .iter()
        .map(|one| json!({"network": one.network, "merchant": one.merchant, "terminal": one.terminal}))
        .collect();
    json!({
        "user": sandbox.user,
        "secret": sandbox.secret,
        "code": sandbox.code,
        "methods": methods,
        "cards": cards,
        "terminals": terminals,
        "words": {
            "must": ui::REQUIRED.of(lang),
            "required": ui::FAULT_REQUIRED.of(lang),
            "integer": ui::FAULT_INTEGER.of(lang),
            "pattern": ui::FAULT_PATTERN.of(lang),
            "range": ui::FAULT_RANGE.of(lang),
            "fix": ui::FIX_FIRST.of(lang),
            "sending": ui::SENDING.of(lang),
            "noReply": ui::NO_REPLY.of(lang),
            "next": ui::NEXT.of(lang),
            "notSet": ui::NOT_SET.of(lang),
            "reply": ui::REPLY.of(lang),
        },
    })
}

/// The fields of the form for a param; of an object, those of its members. Nothing in an object is required: it may be left out.
fn of_param(method: &MethodDef, field: &Field, path: &str, facts: &Facts) -> Vec<Json> {
    let (row, schema) = schema::param(field, path);
    if !field.members.is_empty() {
        let path = format!("{}.", row.name);
        let members = field.members.iter();
        return members
            .flat_map(|member| of_param(method, member, &path, facts))
            .collect();
    }
    let required = field.required && path.is_empty();
    // Only what is required is filled in.
    let example = required.then(|| examples::of_param(method, &row.name, &schema, facts));
    vec![json!({
        "name": row.name,
        "required": required,
        "kind": row.kind,
        "rule": row.rule,
        "example": example.flatten(),
        "schema": rules(&schema),
    })]
}

/// Of a schema, what the script checks.
fn rules(schema: &Json) -> Json {
    const CHECKED: [&str; 8] = [
        "enum",
        "pattern",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    ];
    let members = schema.as_object().into_iter().flatten();
    let mut rules: Map<String, Json> = members
        .filter(|(name, _)| CHECKED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let variants = schema.get("oneOf").and_then(Json::as_array);
    if let Some(variants) = variants {
        let constants = variants.iter().filter_map(|one| one.get("const")).cloned();
        rules.insert("enum".to_owned(), constants.collect());
    }
    rules.into()
}
