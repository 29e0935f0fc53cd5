//! How is a text of the page kept in three languages, and how does its markup become HTML?

use maud::{Markup, PreEscaped, html};
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::methods::METHODS;

/// A text of the page in its three languages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    pub(crate) en: &'static str,
    pub(crate) ru: &'static str,
    pub(crate) uz: &'static str,
}

impl Text {
    /// A text that reads the same in all of them: a name on the wire.
    pub(crate) const fn same(text: &'static str) -> Self {
        Self {
            en: text,
            ru: text,
            uz: text,
        }
    }

    /// The text in one language.
    pub(crate) const fn of(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ru => self.ru,
            Lang::Uz => self.uz,
        }
    }
}

/// `text!("English", "Russian", "Uzbek")`
macro_rules! text {
    ($en:literal, $ru:literal, $uz:literal $(,)?) => {
        $crate::text::Text {
            en: $en,
            ru: $ru,
            uz: $uz,
        }
    };
}
pub(crate) use text;

/// HTML of a text with markup: `` `code` ``, `**bold**` and `[label](#anchor)`. The name of a method and the code of an
/// error become links to their entries.
pub(crate) fn prose(text: &str) -> Markup {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            out.push_str(&code(part).into_string());
        } else {
            for (bold, part) in part.split("**").enumerate() {
                if bold % 2 == 1 {
                    out.push_str(&html! { strong { (links(part)) } }.into_string());
                } else {
                    out.push_str(&links(part).into_string());
                }
            }
        }
    }
    PreEscaped(out)
}

/// A word on the wire.
pub(crate) fn code(word: &str) -> Markup {
    if METHODS.iter().any(|method| method.name == word) {
        return html! { a href={ "#" (word) } { code { (breakable(word, '.')) } } };
    }
    html! { code { (word) } }
}

/// A name that may break after each `mark`.
pub(crate) fn breakable(name: &str, mark: char) -> Markup {
    let parts: Vec<&str> = name.split_inclusive(mark).collect();
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index > 0 { wbr; }
            (part)
        }
    }
}

fn links(text: &str) -> Markup {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, label, target, after)) = next_link(rest) {
        out.push_str(&codes(before).into_string());
        out.push_str(&html! { a href=(target) { (label) } }.into_string());
        rest = after;
    }
    out.push_str(&codes(rest).into_string());
    PreEscaped(out)
}

fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (label, rest) = rest.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    Some((before, label, target, after))
}

/// Links the codes of errors: `-32379`.
fn codes(text: &str) -> Markup {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("-32") {
        let (before, tail) = rest.split_at(at);
        out.push_str(&html! { (before) }.into_string());
        let number = tail.get(..6).unwrap_or(tail);
        let error = number.parse().ok().and_then(ErrorCode::from_code);
        let (shown, after) = if error.is_some() {
            out.push_str(&html! { a href={ "#e" (number) } { (number) } }.into_string());
            ("", tail.get(6..).unwrap_or_default())
        } else {
            ("-", tail.get(1..).unwrap_or_default())
        };
        out.push_str(shown);
        rest = after;
    }
    out.push_str(&html! { (rest) }.into_string());
    PreEscaped(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_html_and_all_else_is_escaped() {
        for (text, expected) in [
            ("a < b & `<c>`", "a &lt; b &amp; <code>&lt;c&gt;</code>"),
            (
                "**never** [here](#x), -32379.",
                "<strong>never</strong> <a href=\"#x\">here</a>, <a href=\"#e-32379\">-32379</a>.",
            ),
            ("codes from -32000 on", "codes from -32000 on"),
            (
                "`rpc.discover`",
                "<a href=\"#rpc.discover\"><code>rpc.<wbr>discover</code></a>",
            ),
        ] {
            assert_eq!(prose(text).into_string(), expected);
        }
    }
}
