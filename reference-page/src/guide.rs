//! The section of one guide.

use maud::{Markup, html};
use rpc_schema::errors::Lang;

use crate::facts::Facts;
use crate::guides::{Block, Guide};
use crate::parts::{block, scrolled_table};
use crate::text::prose;
use crate::{drawing, highlight, samples};

/// The section of `guide`, and `more` at its end.
pub(crate) fn section(guide: &Guide, facts: &Facts, lang: Lang, more: &Markup) -> Markup {
    html! {
        section.guide id=(guide.id) aria-labelledby={ (guide.id) "-h" } {
            h2 id={ (guide.id) "-h" } { a.anchor href={ "#" (guide.id) } { (guide.title.of(lang)) } }
            @for part in guide.blocks { (part_of(guide, part, facts, lang)) }
            (more)
        }
    }
}

fn part_of(guide: &Guide, part: &Block, facts: &Facts, lang: Lang) -> Markup {
    let filled = |text: &str| prose(&fill(text, facts));
    match part {
        Block::Paragraph(text) => html! { p { (filled(text.of(lang))) } },
        Block::Warning(text) => html! { p.warning { (filled(text.of(lang))) } },
        Block::Heading(text) => html! { h3 { (text.of(lang)) } },
        Block::List(items) => {
            html! { ul { @for item in *items { li { (filled(item.of(lang))) } } } }
        }
        Block::Table { head, rows } => {
            let heads: Vec<&str> = head.iter().map(|text| text.of(lang)).collect();
            let label = format!("{}: {}", guide.title.of(lang), heads.join(", "));
            scrolled_table(
                &label,
                &heads,
                &html! {
                    @for row in *rows { tr { @for cell in *row { td { (filled(cell.of(lang))) } } } }
                },
            )
        }
        Block::StatusDrawing => drawing::statuses(lang),
        Block::Json(label, text) => {
            let pretty = highlight::indented(text);
            block(
                label.of(lang),
                label.of(lang),
                lang,
                &highlight::json_text(&pretty),
            )
        }
        Block::Programs(label, programs) => html! {
            @for (language, text) in *programs {
                div class={ "s " (language.id()) } {
                    (block(&format!("{}: {}", label.of(lang), language.name()), language.name(), lang,
                        &samples::coloured(*language, text)))
                }
            }
        },
    }
}

/// Puts what this gateway is set to in place of `{batch_limit}` and its like.
fn fill(text: &str, facts: &Facts) -> String {
    let (code, control) = facts
        .sandbox
        .as_ref()
        .map_or(("", ""), |sandbox| (&sandbox.code, &sandbox.control));
    text.replace("{batch_limit}", &facts.batch_limit.to_string())
        .replace("{body_kib}", &(facts.body_limit_bytes / 1024).to_string())
        .replace("{call_timeout_s}", &facts.call_timeout_s.to_string())
        .replace("{code}", code)
        .replace("{control}", control)
}
