//! The section of one method.

use maud::{Markup, html};
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::method::{Example, MethodDef};
use rpc_schema::methods::METHODS;
use rpc_schema::methods::transactions::TransactionStatus;
use rpc_schema::params::Field;

use crate::facts::Facts;
use crate::lifecycle;
use crate::parts::{block, scrolled_table};
use crate::samples::{self, Language};
use crate::schema::{self, one_line};
use crate::text::{breakable, code, prose};
use crate::translations::translated;
use crate::{examples, highlight, ui};

/// The section of `method`.
pub(crate) fn section(method: &MethodDef, facts: &Facts, lang: Lang) -> Markup {
    html! {
        section.method.pair id=(method.name) aria-labelledby={ (method.name) "-h" } {
            div.text {
                h3 id={ (method.name) "-h" } {
                    a.anchor href={ "#" (method.name) } { (breakable(method.name, '.')) }
                }
                p.summary { (translated(&one_line(method.summary), lang)) }
                p { (translated(&one_line(method.description), lang)) }
                (life(method, lang))
                (params(method, facts, lang))
                (members(method, lang))
                (errors(method, lang))
            }
            div.samples { (calls(method, facts, lang)) }
        }
    }
}

fn life(method: &MethodDef, lang: Lang) -> Markup {
    let Some(life) = lifecycle::of(method.name) else {
        return html! {};
    };
    let words = |statuses: &[TransactionStatus]| {
        html! {
            @for (index, status) in statuses.iter().enumerate() {
                @if index > 0 { " " }
                code { (lifecycle::word(*status)) }
            }
        }
    };
    let next: Vec<&str> = life
        .next
        .iter()
        .copied()
        .filter(|next| METHODS.iter().any(|method| method.name == *next))
        .collect();
    html! {
        dl.life {
            div { dt { (ui::BEFORE.of(lang)) }
                dd { @if life.before.is_empty() { (ui::ANY.of(lang)) } @else { (words(life.before)) } } }
            div { dt { (ui::AFTER.of(lang)) }
                dd { @if life.after.is_empty() { (ui::UNCHANGED.of(lang)) } @else { (words(life.after)) } } }
            div { dt { (ui::EFFECTS.of(lang)) } dd { (prose(life.effects.of(lang))) } }
            @if !next.is_empty() {
                div { dt { (ui::NEXT.of(lang)) }
                    dd { @for (index, next) in next.iter().enumerate() { @if index > 0 { ", " } (code(next)) } } }
            }
        }
    }
}

fn params(method: &MethodDef, facts: &Facts, lang: Lang) -> Markup {
    html! {
        h4 { (ui::PARAMS.of(lang)) }
        @if method.fields.is_empty() {
            p { (prose(ui::NO_PARAMS.of(lang))) }
        } @else {
            dl.params {
                @for field in method.fields { (param(method, field, "", facts, lang)) }
            }
        }
    }
}

/// The first method with this object among its params: the members stand there, once for the page.
pub(crate) fn first_with<'m>(method: &'m MethodDef, field: &Field) -> &'m MethodDef {
    let has = |other: &&MethodDef| {
        let fields = other.fields.iter();
        fields
            .filter(|other| !other.members.is_empty())
            .any(|other| other.name == field.name)
    };
    METHODS.iter().find(has).unwrap_or(method)
}

/// A param, and the members of one that is an object inside it.
fn param(method: &MethodDef, field: &Field, path: &str, facts: &Facts, lang: Lang) -> Markup {
    let (row, schema) = schema::param(field, path);
    let anchor = format!("{}--{}", method.name, row.name);
    // Of an object, each member shows its own.
    let example = (field.members.is_empty())
        .then(|| examples::of_param(method, &row.name, &schema, facts))
        .flatten();
    html! {
        div id=(anchor) {
            dt {
                a.anchor href={ "#" (anchor) } { code { (breakable(&row.name, '.')) } }
                " " span.kind { (row.kind) }
                " " @if field.required { span.tag.must { (ui::REQUIRED.of(lang)) } }
                @else { span.tag { (ui::OPTIONAL.of(lang)) } }
                // An object is sensitive as a whole.
                @if path.is_empty() && lifecycle::sensitive(field.name) { " " span.tag.secret { (ui::SENSITIVE.of(lang)) } }
            }
            dd {
                (translated(&row.meaning, lang))
                @if let Some(alias) = field.alias { " (" (ui::OR_NAMED.of(lang)) " " code { (alias) } ")" }
                @if !row.rule.is_empty() { " " code.rule { (row.rule) } }
                @if let Some(example) = example {
                    " " span.example { (ui::EXAMPLE.of(lang)) " " code { (example.to_string()) } }
                }
                @if !field.members.is_empty() {
                    @let first = first_with(method, field);
                    @if first.name == method.name {
                        @let path = format!("{}.", row.name);
                        dl.params.inner {
                            @for member in field.members { (param(method, member, &path, facts, lang)) }
                        }
                    } @else {
                        " " (ui::MEMBERS_AT.of(lang)) " "
                        a href={ "#" (first.name) "--" (field.name) } { code { (first.name) } } "."
                    }
                }
            }
        }
    }
}

fn members(method: &MethodDef, lang: Lang) -> Markup {
    let rows = schema::result(method);
    if rows.is_empty() {
        return html! {};
    }
    let heads = [ui::MEMBER, ui::TYPE, ui::MEANING];
    html! {
        details {
            summary { (ui::RESULT_MEMBERS.of(lang)) " (" (rows.len()) ")" }
            (scrolled_table(&format!("{}: {}", method.name, ui::RESULT_MEMBERS.of(lang)), &heads.map(|head| head.of(lang)), &html! {
                @for row in &rows {
                    tr {
                        td { code { (breakable(&row.name, '.')) } }
                        td { (row.kind) @if !row.rule.is_empty() { br; code.rule { (row.rule) } } }
                        td { (translated(&row.meaning, lang)) }
                    }
                }
            }))
        }
    }
}

fn errors(method: &MethodDef, lang: Lang) -> Markup {
    let moves_money = moves_money(method);
    let shared = network_errors();
    let own: Vec<ErrorCode> = method
        .errors
        .iter()
        .copied()
        .filter(|error| !(moves_money && shared.contains(error)))
        .collect();
    if own.is_empty() {
        return html! {};
    }
    html! {
        details {
            summary {
                (ui::ERRORS_OF.of(lang)) " (" (own.len()) ") "
                span.muted { (ui::BESIDES_COMMON.of(lang)) }
            }
            (error_table(&format!("{}: {}", method.name, ui::ERRORS_OF.of(lang)), &own, lang))
        }
        @if moves_money {
            p.also { (prose(ui::ALSO_NETWORK.of(lang))) }
        }
    }
}

/// Whether a network may refuse the method for lack of money: it calls one to move some.
fn moves_money(method: &MethodDef) -> bool {
    method.errors.contains(&ErrorCode::InsufficientFunds)
}

/// The errors that all methods that move money share. They stand once, below the table of all errors.
pub(crate) fn network_errors() -> Vec<ErrorCode> {
    let mut lists = METHODS.iter().filter(|method| moves_money(method));
    let first = lists.next().map(|method| method.errors).unwrap_or_default();
    let rest: Vec<&MethodDef> = lists.collect();
    first
        .iter()
        .copied()
        .filter(|error| rest.iter().all(|method| method.errors.contains(error)))
        .collect()
}

/// Errors with their causes and remedies.
pub(crate) fn error_table(label: &str, errors: &[ErrorCode], lang: Lang) -> Markup {
    let heads = [ui::CODE.of(lang), ui::CAUSE.of(lang)];
    scrolled_table(
        label,
        &heads,
        &html! {
            @for error in errors {
                tr {
                    td { a href={ "#e" (error.code()) } { (error.code()) } }
                    td { b { (error.message(lang)) } br; (translated(error.meaning(), lang)) }
                }
            }
        },
    )
}

fn calls(method: &MethodDef, facts: &Facts, lang: Lang) -> Markup {
    let login = facts
        .sandbox
        .as_ref()
        .map_or(("USER", "SECRET"), |sandbox| {
            (sandbox.user.as_str(), sandbox.secret.as_str())
        });
    let examples = examples::of(method, facts);
    let params = examples
        .first()
        .map(|example| samples::in_order(method, &example.params))
        .unwrap_or_default();
    html! {
        @for language in Language::ALL {
            @let text = samples::call(language, login, method.name, &params);
            div class={ "s " (language.id()) } {
                (block(&format!("{}: {}", method.name, language.name()), language.name(), lang,
                    &samples::coloured(language, &text)))
            }
        }
        @if facts.sandbox.is_some() && method.name != "rpc.discover" {
            p.try hidden { a.button href="#console" data-try=(method.name) { (ui::TRY.of(lang)) } }
        }
        @for (index, example) in examples.iter().enumerate() {
            (exchange(method, example, index, lang))
        }
    }
}

/// An example's reply in both forms; of all examples but the first, whose call is above, the call too.
fn exchange(method: &MethodDef, example: &Example, index: usize, lang: Lang) -> Markup {
    let name = translated(example.name, lang);
    let sent = samples::params_json(method, &example.params);
    let [call, reply] = examples::documented(method, &sent, &example.result);
    let label =
        |what: &str, form: &str| format!("{}: {what}, {} ({form})", method.name, example.name);
    let (request, answer) = (ui::REQUEST.of(lang), ui::REPLY.of(lang));
    html! {
        p.caption { (name) }
        div.e.v2 {
            @if index > 0 {
                (block(&label(request, "2.0"), request, lang,
                    &highlight::json_text(&samples::request_json(method, &example.params))))
            }
            (block(&label(answer, "2.0"), answer, lang, &highlight::json_text(&examples::reply(&example.result))))
        }
        div.e.doc {
            (block(&label(request, "doc"), request, lang, &highlight::json_text(&call)))
            (block(&label(answer, "doc"), answer, lang, &highlight::json_text(&reply)))
        }
    }
}
