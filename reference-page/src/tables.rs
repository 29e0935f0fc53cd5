//! The tables of all errors and reasons, and of the test cards.

use maud::{Markup, html};
use rpc_schema::errors::{ErrorCode, Family, Lang, Retry};
use rpc_schema::method::COMMON_ERRORS;
use rpc_schema::reason::Reason;

use crate::facts::Sandbox;
use crate::guides::OUTCOMES;
use crate::language::code;
use crate::method::{error_table, network_errors};
use crate::parts::scrolled_table;
use crate::text::{breakable, prose};
use crate::translations::translated;
use crate::ui;

/// All errors, with a search.
pub(crate) fn errors(lang: Lang) -> Markup {
    let heads = [ui::CODE, ui::CAUSE, ui::REPEAT].map(|head| head.of(lang));
    html! {
        section id="errors" aria-labelledby="errors-h" {
            h2 id="errors-h" { a.anchor href="#errors" { (ui::ERRORS.of(lang)) } }
            details { summary { (ui::EVERY_METHOD.of(lang)) } (error_table(ui::EVERY_METHOD.of(lang), COMMON_ERRORS, lang)) }
            details id="network-errors" {
                summary { (ui::NETWORK_ERRORS.of(lang)) }
                (error_table(ui::NETWORK_ERRORS.of(lang), &network_errors(), lang))
            }
            div.search hidden {
                label for="search" { (ui::SEARCH.of(lang)) }
                input id="search" type="search" autocomplete="off" spellcheck="false" aria-describedby="search-hint";
                span.muted id="search-hint" { (ui::SEARCH_HINT.of(lang)) }
                span.muted id="found" {}
            }
            (scrolled_table(&format!("{}: {}", ui::ERRORS.of(lang), heads.join(", ")), &heads, &html! {
                @for error in ErrorCode::ALL {
                    tr.error id={ "e" (error.code()) } {
                        td { a.anchor href={ "#e" (error.code()) } { (error.code()) } br; code.name { (breakable(error.name(), '_')) } }
                        td {
                            b { (error.message(lang)) } br;
                            (translated(error.meaning(), lang))
                            @let unasked = unasked(*error);
                            @if unasked != lang {
                                span.other lang=(code(unasked)) { (error.message(unasked)) }
                            }
                        }
                        td { (match error.retry() { Retry::Later => ui::LATER, Retry::No => ui::NEVER }.of(lang)) }
                    }
                }
            }))
        }
    }
}

/// The language of an error's message for who sends no header `lang`.
fn unasked(error: ErrorCode) -> Lang {
    match error.family() {
        Family::Attach => Lang::En,
        Family::Gateway => Lang::Ru,
    }
}

/// All words of `data.reason`.
pub(crate) fn reasons(lang: Lang) -> Markup {
    let heads = [ui::REASON, ui::CAUSE].map(|head| head.of(lang));
    html! {
        section id="reasons" aria-labelledby="reasons-h" {
            h2 id="reasons-h" { a.anchor href="#reasons" { (ui::REASONS.of(lang)) } }
            p { (prose(ui::REASONS_LEAD.of(lang))) }
            (scrolled_table(&format!("{}: {}", ui::REASONS.of(lang), heads.join(", ")), &heads, &html! {
                @for reason in Reason::WORDS {
                    tr id={ "r-" (reason.as_str()) } {
                        td { a.anchor href={ "#r-" (reason.as_str()) } { code { (reason.as_str()) } } }
                        td { (translated(reason.meaning(), lang)) }
                    }
                }
                tr { td { (prose(ui::ERROR_NAME.of(lang))) } td { (translated(Reason::CODE_MEANING, lang)) } }
            }))
        }
    }
}

/// The test cards by outcome, and the demo partner's terminals.
pub(crate) fn test_cards(sandbox: &Sandbox, lang: Lang) -> Markup {
    let heads =
        [ui::OUTCOME, ui::NETWORK, ui::CARD, ui::PHONE, ui::BALANCE].map(|head| head.of(lang));
    let terminal_heads = [ui::NETWORK, ui::MERCHANT, ui::TERMINAL].map(|head| head.of(lang));
    html! {
        (scrolled_table(&format!("{}: {}", ui::SANDBOX.of(lang), heads.join(", ")), &heads, &html! {
            @for (outcome, meaning) in OUTCOMES {
                @for card in sandbox.cards.iter().filter(|card| card.outcome == *outcome) {
                    tr {
                        td { (prose(meaning.of(lang))) }
                        td { (card.network) }
                        td { code { (card.pan) } }
                        td { code { (card.phone) } }
                        td.number { (card.balance) }
                    }
                }
            }
        }))
        h3 { (ui::TERMINALS.of(lang)) }
        (scrolled_table(ui::TERMINALS.of(lang), &terminal_heads, &html! {
            @for terminal in &sandbox.terminals {
                tr { td { (terminal.network) } td { code { (terminal.merchant) } } td { code { (terminal.terminal) } } }
            }
        }))
    }
}
