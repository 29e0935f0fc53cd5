//! The drawing of the statuses and the ways between them.

use maud::{Markup, PreEscaped, html};
use rpc_schema::errors::Lang;

use crate::ui;

/// Boxes: left edge, top edge, status, class.
const BOXES: [(u32, u32, &str, &str); 9] = [
    (20, 130, "awaiting_code", ""),
    (250, 130, "processing", ""),
    (480, 40, "succeeded", "good"),
    (480, 130, "held", ""),
    (480, 220, "declined", "bad"),
    (740, 40, "reversed", "end"),
    (740, 130, "cancelled", "end"),
    (740, 220, "expired", "end"),
    (250, 220, "manual", ""),
];

/// Ways: path, where its label stands, the label.
const WAYS: [(&str, u32, u32, &str); 11] = [
    ("M95 60V126", 95, 50, "debit, p2p"),
    ("M95 76H325V126", 0, 0, ""),
    ("M170 150H246", 208, 142, "confirm"),
    ("M400 142H440V60H476", 0, 0, ""),
    ("M400 150H476", 0, 0, ""),
    ("M400 158H440V240H476", 0, 0, ""),
    ("M325 170V216", 0, 0, ""),
    ("M555 130V84", 606, 108, "hold.charge"),
    ("M630 60H736", 685, 52, "reverse"),
    ("M630 144H736", 685, 134, "hold.cancel"),
    ("M630 158H685V240H736", 704, 208, "7 d"),
];

/// The drawing. Screen readers pass over it: the table below it says the same in words.
pub(crate) fn statuses(lang: Lang) -> Markup {
    let arrow = r##"<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>"##;
    html! {
        div.drawing tabindex="0" role="region" aria-label=(ui::DRAWING.of(lang)) {
            svg viewBox="0 0 912 300" aria-hidden="true" {
                (PreEscaped(arrow))
                @for (path, x, y, label) in WAYS {
                    path.way d=(path) marker-end="url(#arrow)" {}
                    @if !label.is_empty() { text.label x=(x) y=(y) text-anchor="middle" { (label) } }
                }
                path.way d="M95 170V280H815V264" marker-end="url(#arrow)" {}
                text.label x="210" y="274" text-anchor="middle" { "5 min" }
                text.label x="210" y="70" text-anchor="middle" { (ui::WITHOUT_CODE.of(lang)) }
                @for (x, y, status, class) in BOXES {
                    rect class={ "box " (class) } x=(x) y=(y) width="150" height="40" rx="8" {}
                    text.status x=(x + 75) y=(y + 25) text-anchor="middle" { (status) }
                }
            }
        }
    }
}
