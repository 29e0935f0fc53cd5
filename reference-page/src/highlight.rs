//! How is code coloured? By its strings, and JSON by its keys and numbers too.

use maud::{Markup, PreEscaped, html};

/// JSON with its tokens coloured.
pub(crate) fn json_text(text: &str) -> Markup {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first);
        let (word, after) = rest.split_at(length);
        // Keys, strings, and all else that is a value.
        let tag = match first {
            '"' if after.trim_start().starts_with(':') => "b",
            '"' => "i",
            '-' | '0'..='9' | 't' | 'f' | 'n' => "u",
            _ => "",
        };
        push(&mut out, tag, word);
        rest = after;
    }
    PreEscaped(out)
}

/// JSON of one line, indented, with its members in their order.
pub(crate) fn indented(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut rest = text;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            string(rest)
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        match first {
            '{' | '[' => {
                depth += 1;
                out.push(first);
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(first);
            }
            ',' => {
                out.push(first);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            ' ' => {}
            _ => out.push_str(word),
        }
        rest = after;
    }
    out
}

/// Program text with its double-quoted strings coloured.
pub(crate) fn program(text: &str) -> Markup {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        let (before, tail) = rest.split_at(at);
        push(&mut out, "", before);
        let (word, after) = tail.split_at(string(tail));
        push(&mut out, "i", word);
        rest = after;
    }
    push(&mut out, "", rest);
    PreEscaped(out)
}

/// The short names keep the page light: there are thousands of tokens.
fn push(out: &mut String, tag: &str, word: &str) {
    let word = html! { (word) }.into_string();
    if tag.is_empty() {
        out.push_str(&word);
    } else {
        for part in ["<", tag, ">", &word, "</", tag, ">"] {
            out.push_str(part);
        }
    }
}

/// The length of the token at the beginning of `text`, in bytes.
fn token(text: &str, first: char) -> usize {
    if first == '"' {
        return string(text);
    }
    let in_word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let length = if in_word(first) {
        text.find(|c: char| !in_word(c))
    } else {
        text.find(|c: char| c == '"' || in_word(c))
    };
    length.unwrap_or(text.len())
}

/// The length of the quoted string at the beginning of `text`, in bytes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn indented_json_is_that_of_serde_but_for_the_order() {
        let text = r#"{"b": 1, "a": [{"x, y": "{}"}, null], "c": "\"]"}"#;
        let expected = "{\n  \"b\": 1,\n  \"a\": [\n    {\n      \"x, y\": \"{}\"\n    },\n    null\n  ],\n  \"c\": \"\\\"]\"\n}";
        assert_eq!(indented(text), expected);
    }

    #[test]
    fn tokens_are_told_apart_and_the_text_stays_whole() {
        let value = json!({"a\"b": [1, -2.5, true, null, "x: <y>"]});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let html = json_text(&text).into_string();
        for part in [
            r"<b>&quot;a\&quot;b&quot;</b>",
            "<u>-2.5</u>",
            "<u>null</u>",
            "<i>&quot;x: &lt;y&gt;&quot;</i>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        let mut plain = html;
        for tag in ["b", "i", "u"] {
            plain = plain
                .replace(&format!("<{tag}>"), "")
                .replace(&format!("</{tag}>"), "");
        }
        let plain = plain
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        assert_eq!(plain, text);
    }
}
