//! Source code as tokens: what macros and attributes are given, and what is compiled for tests only.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::facts::Segments;

pub(crate) fn punct(tokens: &[TokenTree], at: usize, is: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == is)
}

/// Whether a single dot stands before this token.
pub(crate) fn ends_with_dot(tokens: &[TokenTree], at: usize) -> bool {
    at > 0 && punct(tokens, at - 1, '.') && !(at > 1 && punct(tokens, at - 2, '.'))
}

/// Whether arguments follow this token.
pub(crate) fn is_call(tokens: &[TokenTree], at: usize) -> bool {
    let is_arguments = |group: &Group| group.delimiter() == Delimiter::Parenthesis;
    match tokens.get(at + 1) {
        Some(TokenTree::Group(group)) => is_arguments(group),
        // A turbofish.
        _ => punct(tokens, at + 1, ':') && punct(tokens, at + 3, '<'),
    }
}

/// On what the method behind the dot at `dot` is called, where that is a variable or a field.
pub(crate) fn receiver_before(tokens: &[TokenTree], mut dot: usize) -> Option<Segments> {
    let mut names = Vec::new();
    loop {
        let at = dot.checked_sub(1)?;
        let Some(TokenTree::Ident(name)) = tokens.get(at) else {
            return None;
        };
        names.insert(0, name.to_string());
        if !ends_with_dot(tokens, at) {
            return Some(names);
        }
        dot = at - 1;
    }
}

/// The name after `::`.
pub(crate) fn next_segment(tokens: &[TokenTree], at: usize) -> Option<String> {
    let joint = matches!(
        tokens.get(at + 1),
        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint
    );
    match tokens.get(at + 3) {
        Some(TokenTree::Ident(name)) if joint && punct(tokens, at + 2, ':') => {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// The fields of an event or a span: `name = …`, `name`, `%name` or `?name`.
pub(crate) fn fields(stream: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let is_punct = |token: &TokenTree, is: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == is);
    let mut names = Vec::new();
    for argument in tokens.split(|token| is_punct(token, ',')) {
        let start = argument
            .iter()
            .position(|token| !is_punct(token, '%') && !is_punct(token, '?'))
            .unwrap_or(0);
        match argument.get(start..).unwrap_or_default() {
            [TokenTree::Ident(name)] => names.push(name.to_string()),
            // `fields(…)` of `#[instrument]`
            [TokenTree::Ident(name), TokenTree::Group(group)] if name == "fields" => {
                names.extend(fields(group.stream()));
            }
            [TokenTree::Ident(name), next, ..] if is_punct(next, '=') => {
                names.push(name.to_string());
            }
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                names.extend(fields(group.stream()));
            }
            _ => {}
        }
    }
    names
}

/// The tokens without whatever is compiled for tests only.
pub(crate) fn without_tests(stream: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let item = after_attributes(&tokens, at);
        let attributes = tokens.get(at..item).unwrap_or_default();
        if attributes.iter().any(is_test_attribute) {
            at = after_item(&tokens, item);
            continue;
        }
        kept.extend(attributes.iter().cloned());
        if let Some(token) = tokens.get(item) {
            kept.push(match token {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), without_tests(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token.clone(),
            });
        }
        at = item + 1;
    }
    kept.into_iter().collect()
}

fn after_attributes(tokens: &[TokenTree], mut at: usize) -> usize {
    while punct(tokens, at, '#')
        && matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket)
    {
        at += 2;
    }
    at
}

/// `cfg(test)`, `cfg(all(test, …))`, but not `cfg(not(test))`.
fn is_test_attribute(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    let text = group.stream().to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// Behind the item, statement or field that begins at `at`.
fn after_item(tokens: &[TokenTree], mut at: usize) -> usize {
    const TO_SEMICOLON: [&str; 5] = ["use", "const", "static", "let", "type"];
    const ITEMS: [&str; 8] = [
        "fn",
        "mod",
        "struct",
        "enum",
        "impl",
        "trait",
        "async",
        "macro_rules",
    ];
    let words = tokens.get(at..).unwrap_or_default().iter();
    let mut words = words.filter_map(|token| {
        let TokenTree::Ident(word) = token else {
            return None;
        };
        (word != "pub").then(|| word.to_string())
    });
    let word = words.next().unwrap_or_default();
    // `const fn` has a body.
    let is_fn = words.next().is_some_and(|next| next == "fn");
    let to_semicolon = TO_SEMICOLON.contains(&word.as_str()) && !is_fn;
    let is_item = ITEMS.contains(&word.as_str()) || is_fn;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let ends = match token {
            TokenTree::Punct(punct) => {
                punct.as_char() == ';' || punct.as_char() == ',' && !is_item && !to_semicolon
            }
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !to_semicolon,
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        if ends {
            break;
        }
    }
    // Behind a variant with fields, for one.
    if !is_item && punct(tokens, at, ',') {
        at += 1;
    }
    at
}
