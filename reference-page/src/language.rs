//! In which language is the page read?

use rpc_schema::errors::Lang;

/// The languages of the page. The first is that of readers who ask for none of them.
pub(crate) const LANGUAGES: [Lang; 3] = [Lang::En, Lang::Ru, Lang::Uz];

/// The code of a language in HTML and in `?lang=`.
pub(crate) const fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Ru => "ru",
        Lang::Uz => "uz",
    }
}

/// The name of a language in itself.
pub(crate) const fn name(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "English",
        Lang::Ru => "Русский",
        Lang::Uz => "O‘zbekcha",
    }
}

fn parse(tag: &str) -> Option<Lang> {
    let primary = tag.split('-').next().unwrap_or_default();
    LANGUAGES
        .into_iter()
        .find(|lang| primary.eq_ignore_ascii_case(code(*lang)))
}

/// The language for a request: `lang` of its query, else the best of its `Accept-Language`, else English.
#[must_use]
pub fn choose(query: Option<&str>, accept_language: Option<&str>) -> Lang {
    let asked = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| parse(pair.strip_prefix("lang=")?));
    asked
        .or_else(|| accepted(accept_language?))
        .unwrap_or(Lang::En)
}

fn accepted(header: &str) -> Option<Lang> {
    let mut best: Option<(u32, Lang)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(lang) = parts.next().and_then(parse) else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Some(1000), thousandths);
        let Some(weight) = weight.filter(|weight| *weight > 0) else {
            continue;
        };
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A weight of HTTP, `0` to `1` with up to three decimals, in thousandths.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let decimals = format!("{decimals:0<3}");
    let number = whole.parse::<u32>().ok()? * 1000 + decimals.parse::<u32>().ok()?;
    (number <= 1000).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_wins_then_the_heaviest_accepted_language_then_english() {
        for (query, accept, expected) in [
            (None, None, Lang::En),
            (Some("lang=uz"), Some("ru"), Lang::Uz),
            (Some("a=1&lang=RU"), None, Lang::Ru),
            (Some("lang=de"), Some("ru-RU,ru;q=0.9,en;q=0.8"), Lang::Ru),
            (None, Some("de, uz-Latn;q=0.7, en;q=0.65"), Lang::Uz),
            (None, Some("ru;q=0, en;q=0.1"), Lang::En),
            (None, Some("de,fr;q=0.5"), Lang::En),
            (None, Some("ru;q=abc, uz;q=2, en;q=0.1"), Lang::En),
        ] {
            assert_eq!(choose(query, accept), expected, "{query:?} {accept:?}");
        }
    }
}
