//! Parts that several sections are made of: blocks of code, buttons to copy them, tables.

use maud::{Markup, html};
use rpc_schema::errors::Lang;

use crate::ui;

/// A block of code with its name and a button to copy it. `label` names it for screen readers, and no other block.
pub(crate) fn block(label: &str, title: &str, lang: Lang, text: &Markup) -> Markup {
    html! {
        div.block {
            div.bar { span { (title) } (copy_button("", lang)) }
            pre tabindex="0" role="region" aria-label=(label) { code { (text) } }
        }
    }
}

/// A button that copies the block with this id, or the one that it stands in. The script shows it.
pub(crate) fn copy_button(of: &str, lang: Lang) -> Markup {
    html! {
        button.copy type="button" hidden data-of=[(!of.is_empty()).then_some(of)] { (ui::COPY.of(lang)) }
    }
}

/// A table that scrolls by itself where it is wider than the page.
pub(crate) fn scrolled_table(label: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}
