//! The Russian and Uzbek of texts that are written in English elsewhere: doc comments of `rpc-schema`. Found by the
//! English text, so that a change there is missed here, and a test names it.

mod entry;
mod errors;
mod members;
mod methods;
mod reasons;

use std::collections::HashMap;
use std::sync::LazyLock;

use maud::{Markup, html};
use rpc_schema::errors::Lang;

use self::entry::Translation;
use crate::text::prose;

static TRANSLATIONS: LazyLock<HashMap<&'static str, (&'static str, &'static str)>> =
    LazyLock::new(|| all().map(|(en, ru, uz)| (*en, (*ru, *uz))).collect());

fn all() -> impl Iterator<Item = &'static Translation> {
    [
        errors::TEXTS,
        members::TEXTS,
        methods::TEXTS,
        reasons::TEXTS,
    ]
    .into_iter()
    .flatten()
}

/// The text in another language, if there is one.
fn find(english: &str, lang: Lang) -> Option<&'static str> {
    let (ru, uz) = TRANSLATIONS.get(english)?;
    match lang {
        Lang::En => None,
        Lang::Ru => Some(ru),
        Lang::Uz => Some(uz),
    }
}

/// A text as HTML in the language of the page; one that is not translated stays English and says so.
pub(crate) fn translated(english: &str, lang: Lang) -> Markup {
    match (lang, find(english, lang)) {
        (Lang::En, _) => prose(english),
        (Lang::Ru | Lang::Uz, Some(text)) => prose(text),
        (Lang::Ru | Lang::Uz, None) => html! { span lang="en" { (prose(english)) } },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rpc_schema::errors::ErrorCode;
    use rpc_schema::methods::METHODS;
    use rpc_schema::reason::Reason;

    use super::*;
    use crate::schema::{self, one_line};

    /// Every English text that the page takes from `rpc-schema`, and where it stands.
    fn texts() -> Vec<(String, String)> {
        let mut texts = Vec::new();
        let mut push = |place: String, text: &str| {
            let text = one_line(text);
            if !text.is_empty() {
                texts.push((place, text));
            }
        };
        for method in METHODS {
            let name = method.name;
            push(format!("{name}: summary"), method.summary);
            push(format!("{name}: description"), method.description);
            for example in (method.examples)() {
                push(format!("{name}: example"), example.name);
            }
            for field in method.fields {
                push(format!("{name}: param {}", field.name), field.doc);
                for member in field.members {
                    push(
                        format!("{name}: param {}.{}", field.name, member.name),
                        member.doc,
                    );
                }
            }
            for row in schema::result(method) {
                push(format!("{name}: result {}", row.name), &row.meaning);
            }
        }
        for error in ErrorCode::ALL {
            push(format!("error {}", error.code()), error.meaning());
        }
        for reason in Reason::WORDS {
            push(format!("reason {}", reason.as_str()), reason.meaning());
        }
        push("reason of an attachment".to_owned(), Reason::CODE_MEANING);
        texts
    }

    #[test]
    fn every_text_of_the_contract_is_translated() {
        let mut seen = BTreeSet::new();
        let missing: Vec<String> = texts()
            .into_iter()
            .filter(|(_, text)| find(text, Lang::Ru).is_none() && seen.insert(text.clone()))
            .map(|(place, text)| format!("{place}\n    (\"{}\", \"\", \"\"),", text.escape_debug()))
            .collect();
        assert!(
            missing.is_empty(),
            "{} texts of rpc-schema are not in reference-page/src/translations:\n{}",
            missing.len(),
            missing.join("\n")
        );
    }

    #[test]
    fn no_translation_is_left_over_or_empty() {
        let texts: BTreeSet<String> = texts().into_iter().map(|(_, text)| text).collect();
        let mut seen = BTreeSet::new();
        let wrong: Vec<&str> = all()
            .filter(|(en, ru, uz)| {
                !texts.contains(*en) || ru.is_empty() || uz.is_empty() || !seen.insert(*en)
            })
            .map(|(en, _, _)| *en)
            .collect();
        assert!(
            wrong.is_empty(),
            "unused, empty or twice:\n{}",
            wrong.join("\n")
        );
    }

    #[test]
    fn translations_keep_the_code_and_the_alphabet() {
        let marked = |text: &str| -> BTreeSet<String> {
            text.split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        let cyrillic = |c: char| ('а'..='я').contains(&c.to_lowercase().next().unwrap_or(c));
        for (en, ru, uz) in all() {
            assert_eq!(marked(ru), marked(en), "{ru}");
            assert_eq!(marked(uz), marked(en), "{uz}");
            assert!(!uz.contains('\'') && !uz.chars().any(cyrillic), "{uz}");
            assert!(!en.contains(' ') || ru.chars().any(cyrillic), "{ru}");
        }
    }
}
