//! The page as a whole: head, bar, navigation, sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use rpc_schema::errors::Lang;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;

use crate::address::PLACEHOLDER;
use crate::facts::Facts;
use crate::guides::{FAULTS, GUIDES, Guide, TEST_CARDS};
use crate::language::{LANGUAGES, code, name};
use crate::samples::Language;
use crate::text::{Text, breakable};
use crate::{console, guide, method, start, tables, ui};

pub(crate) const STYLE: &str = include_str!("../static/style.css");
pub(crate) const SCRIPT: &str = include_str!("../static/page.js");
pub(crate) const CONSOLE_SCRIPT: &str = include_str!("../static/console.js");

/// The whole page, with [`PLACEHOLDER`] where the address belongs.
pub(crate) fn page(facts: &Facts, lang: Lang) -> String {
    let sandbox = facts.sandbox.as_ref();
    let markup = html! {
        (DOCTYPE)
        html lang=(code(lang)) {
            head {
                meta charset="utf-8";
                title { (ui::TITLE.of(lang)) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content=(ui::LEAD.of(lang));
                link rel="icon" href="data:,";
                @for other in LANGUAGES { link rel="alternate" hreflang=(code(other)) href={ "/docs?lang=" (code(other)) }; }
                style { (PreEscaped(STYLE)) }
                script { (PreEscaped(SCRIPT)) }
            }
            body {
                a.skip href="#content" { (ui::SKIP.of(lang)) }
                (bar(facts, lang))
                div.columns {
                    (navigation(facts, lang))
                    main id="content" tabindex="-1" {
                        (opening(lang))
                        (start::section(facts, lang))
                        @if let Some(sandbox) = sandbox {
                            (console::section(facts, sandbox, lang))
                            (guide::section(&TEST_CARDS, facts, lang, &tables::test_cards(sandbox, lang)))
                            (guide::section(&FAULTS, facts, lang, &html! {}))
                        }
                        @for one in GUIDES { (guide::section(one, facts, lang, &html! {})) }
                        @for (group, methods) in groups() {
                            section.group aria-labelledby=(group_id(group)) {
                                h2 id=(group_id(group)) { (group.of(lang)) }
                                @for one in methods { (method::section(one, facts, lang)) }
                            }
                        }
                        (tables::errors(lang))
                        (tables::reasons(lang))
                    }
                }
                p.visually-hidden id="status" role="status" data-copied=(ui::COPIED.of(lang))
                    data-selected=(ui::SELECTED.of(lang)) data-found=(ui::FOUND.of(lang)) {}
                @if sandbox.is_some() { script { (PreEscaped(CONSOLE_SCRIPT)) } }
            }
        }
    };
    markup.into_string()
}

/// The methods by group, in the order of the definitions.
fn groups() -> Vec<(Text, Vec<&'static MethodDef>)> {
    let group_of = |name: &str| {
        ui::GROUPS
            .iter()
            .position(|(prefix, _)| name.starts_with(prefix) && name != "cards.monitoring")
    };
    ui::GROUPS
        .iter()
        .enumerate()
        .map(|(index, (_, title))| {
            let members = METHODS
                .iter()
                .filter(|method| group_of(method.name).unwrap_or(ui::GROUPS.len() - 1) == index)
                .collect();
            (*title, members)
        })
        .collect()
}

fn group_id(group: Text) -> String {
    format!(
        "group-{}",
        group
            .en
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_lowercase()
    )
}

fn bar(facts: &Facts, lang: Lang) -> Markup {
    html! {
        header.bar-top {
            a.brand href="#content" { span.mark aria-hidden="true" { "A" } "AloqaGateway" }
            span.badge { @if facts.sandbox.is_some() { "sandbox" } @else { "production" } }
            fieldset.switch.in-samples {
                legend.visually-hidden { (ui::SAMPLES_IN.of(lang)) }
                @for language in Language::ALL {
                    span { input type="radio" name="samples" id={ "l-" (language.id()) } checked[language == Language::Curl];
                        label for={ "l-" (language.id()) } { (language.name()) } }
                }
            }
            fieldset.switch {
                legend.visually-hidden { (ui::REPLIES_AS.of(lang)) }
                span { input type="radio" name="form" id="f-v2" checked; label for="f-v2" { "JSON-RPC 2.0" } }
                span { input type="radio" name="form" id="f-doc"; label for="f-doc" { (ui::DOCUMENTED.of(lang)) } }
            }
            nav.languages aria-label=(ui::PAGE_LANGUAGE.of(lang)) {
                @for other in LANGUAGES {
                    a href={ "/docs?lang=" (code(other)) } lang=(code(other)) hreflang=(code(other))
                        aria-current=[(other == lang).then_some("true")] title=(name(other)) {
                        (code(other).to_uppercase())
                    }
                }
            }
            button.plain id="theme" type="button" hidden aria-label=(ui::THEME.of(lang)) {
                svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" { path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6v10.8a5.4 5.4 0 0 1 0-10.8z" {} }
            }
        }
    }
}

fn navigation(facts: &Facts, lang: Lang) -> Markup {
    let link = |id: &str, label: &str| html! { li { a href={ "#" (id) } { (label) } } };
    let guide = |one: &Guide| link(one.id, one.title.of(lang));
    html! {
        nav.side aria-label=(ui::CONTENTS.of(lang)) {
            input.visually-hidden type="checkbox" id="menu";
            label.menu for="menu" { (ui::CONTENTS.of(lang)) }
            div.entries {
                ul {
                    (link("start", ui::START.of(lang)))
                    @if facts.sandbox.is_some() {
                        (link("console", ui::CONSOLE.of(lang)))
                        (guide(&TEST_CARDS))
                        (guide(&FAULTS))
                    }
                }
                p.head { (ui::GUIDES.of(lang)) }
                ul { @for one in GUIDES { (guide(one)) } }
                @for (group, methods) in groups() {
                    p.head { (group.of(lang)) }
                    ul.names {
                        @for one in methods { li { a href={ "#" (one.name) } { (breakable(one.name, '.')) } } }
                    }
                }
                p.head { (ui::REFERENCE.of(lang)) }
                ul { (link("errors", ui::ERRORS.of(lang))) (link("reasons", ui::REASONS.of(lang))) }
            }
        }
    }
}

fn opening(lang: Lang) -> Markup {
    html! {
        div.opening {
            h1 { "AloqaGateway" span.version { (env!("CARGO_PKG_VERSION")) } }
            p.lead { (ui::LEAD.of(lang)) }
            p.endpoint {
                span.verb { "POST" } code { (PLACEHOLDER) }
                a href="/openrpc.json" { (ui::FOR_PROGRAMS.of(lang)) }
            }
        }
    }
}
