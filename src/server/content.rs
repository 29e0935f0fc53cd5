//! Is the body JSON, as far as the headers say?

use hyper::header::HeaderValue;

/// `application/json` or `application/json-rpc`, in any spelling of UTF-8. A missing header is accepted.
pub(super) fn is_json(header: Option<&HeaderValue>) -> bool {
    let Some(header) = header else { return true };
    let Ok(text) = header.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = ["application/json", "application/json-rpc"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known));
    known && !parts.any(is_other_charset)
}

/// Whether a parameter names another charset than UTF-8. Other parameters say nothing about the body.
fn is_other_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    // `utf-8`, `"UTF-8"`, `utf8`, `utf_8`
    let spelled: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    name.trim().eq_ignore_ascii_case("charset") && !spelled.eq_ignore_ascii_case("utf8")
}

/// Whether the body is compressed.
pub(super) fn is_encoded(header: Option<&HeaderValue>) -> bool {
    header.is_some_and(|value| {
        let plain = value.to_str().map(str::trim).unwrap_or("?");
        !plain.is_empty() && !plain.eq_ignore_ascii_case("identity")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_body_is_not_encoded() {
        let encoded = |text: &'static str| is_encoded(Some(&HeaderValue::from_static(text)));
        assert!(!is_encoded(None));
        assert!(!encoded("identity") && !encoded(" Identity ") && !encoded(""));
        assert!(encoded("gzip") && encoded("identity, gzip") && encoded("br"));
    }

    #[test]
    fn any_spelling_of_json_in_utf8_is_accepted() {
        let accepted = |text: &str| is_json(Some(&HeaderValue::from_str(text).unwrap()));
        assert!(is_json(None));
        for header in [
            "application/json",
            "Application/JSON",
            "application/json-rpc",
            "application/json;charset=utf-8",
            "application/json;  charset=UTF-8",
            "application/json; charset=\"utf-8\"",
            "application/json ; charset = utf8",
            "application/json;",
            "application/json; charset=UTF_8",
            "application/json; charset='utf-8'",
            "application/json; version=1; charset=utf-8",
            "application/json; profile=\"x\"",
            "application/json; odata",
        ] {
            assert!(accepted(header), "{header}");
        }
        for header in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=cp1251",
            "application/json; charset=utf-16",
            "application/json; charset=utf-8; charset=latin1",
            "",
        ] {
            assert!(!accepted(header), "{header:?}");
        }
    }
}
