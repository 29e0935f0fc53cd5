//! A question and its reply as files for the acquirer, and for tests, without what must not leave the bank: card numbers, phones,
//! names, tokens, passwords.

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::processing::exchange::{Question, SeenReply};
use crate::processing::lenient;

/// What stands in a hidden value's place.
const HIDDEN: &str = "(hidden)";
/// A run of so many digits may be a card number, a phone or an id of a person. Each digit is written as 0.
const RUN: usize = 9;
/// A member, an element or a field with such a word in its name is hidden.
const WORDS: [&str; 25] = [
    "token", "password", "secret", "phone", "name", "mail", "holder", "address", "birth",
    "passport", "document", "pinfl", "mobile", "cardid", "person", "serial", "street", "city",
    "pcode", "b_date", "id_card", "doc_", "issued", "client_b", "cvv",
];

/// The secrets of the settings, which are hidden wherever they stand.
#[derive(Debug, Default)]
pub struct Secrets(pub Vec<SecretString>);

/// One question, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub question: &'static str,
    pub request: String,
    /// Empty where there was no reply.
    pub reply: String,
}

impl Record {
    pub(super) fn new(
        name: &'static str,
        asked: &Question,
        seen: Option<&SeenReply>,
        secrets: &Secrets,
    ) -> Self {
        let headers = asked.headers.iter().map(|(name, value)| (name, value));
        let head = format!("{}\ncontent-type: {}\n", asked.method, asked.content_type);
        let request = [
            head,
            lines(headers),
            masked(&asked.body, asked.content_type),
        ]
        .concat();
        let reply = seen.map_or_else(String::new, |seen| {
            let status = format!("HTTP {}\n", seen.reply.status.as_u16());
            [
                status,
                lines(seen.headers.iter()),
                masked(&seen.reply.body, ""),
            ]
            .concat()
        });
        Self {
            question: name,
            request: secrets.hidden_in(request),
            reply: secrets.hidden_in(reply),
        }
    }
}

impl Secrets {
    fn hidden_in(&self, text: String) -> String {
        let secrets = self.0.iter().map(ExposeSecret::expose_secret);
        secrets
            .filter(|secret| !secret.is_empty())
            .fold(text, |text, secret| text.replace(secret, HIDDEN))
    }
}

/// The headers, and the empty line behind them. Those that let somebody in are left out.
fn lines<'a>(headers: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>) -> String {
    let mut lines = String::new();
    for (name, value) in headers {
        if [AUTHORIZATION, COOKIE, SET_COOKIE].contains(name) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        lines.push_str(&format!("{name}: {}\n", without_runs(&value)));
    }
    lines.push('\n');
    lines
}

/// A body in which nothing is left that is somebody's.
fn masked(body: &[u8], content_type: &str) -> String {
    let text = String::from_utf8_lossy(body);
    // As the clients read it: what they understand must not stand here unmasked.
    if let Some(mut json) = lenient::json::<Value>(body) {
        hide(&mut json);
        return without_runs(&format!("{json:#}\n"));
    }
    if content_type.contains("form") {
        let fields = form_urlencoded::parse(body).map(|(name, value)| match is_personal(&name) {
            true => format!("{name}={HIDDEN}\n"),
            false => format!("{name}={value}\n"),
        });
        return without_runs(&fields.collect::<String>());
    }
    without_runs(&without_personal_elements(&text))
}

fn hide(json: &mut Value) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match is_personal(name) {
                    true => hide_all(value),
                    false => hide(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whatever stands beneath a name that says that it is somebody's.
fn hide_all(json: &mut Value) {
    match json {
        Value::Object(members) => members.values_mut().for_each(hide_all),
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        Value::String(text) if text.is_empty() => {}
        Value::String(_) => *json = HIDDEN.into(),
        Value::Number(_) => *json = 0.into(),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_personal(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // The latter is who somebody is at a bank.
    ["pan", "client"].contains(&name.as_str()) || WORDS.iter().any(|word| name.contains(word))
}

/// XML without the texts of elements, and the values of items, whose names say that they are somebody's.
fn without_personal_elements(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    // The item's name is empty until it is read: a value that stands before it is hidden.
    let (mut element, mut item) = (String::new(), String::new());
    // Of each open element, whether it stands beneath such a name or has it. An item of SOAP has its own name in `name`.
    let mut open: Vec<bool> = Vec::new();
    // A section of text looks like a tag.
    let text = text.replace("<![CDATA[", "").replace("]]>", "");
    for piece in text.split_inclusive('>') {
        let (content, tag) = match piece.find('<') {
            Some(at) => piece.split_at(at),
            None => (piece, ""),
        };
        let is_own = open.last() == Some(&true);
        match !content.trim().is_empty() && is_own {
            true => written.push_str(HIDDEN),
            false => written.push_str(content),
        }
        if element == "name" && !content.trim().is_empty() {
            content.trim().clone_into(&mut item);
        }
        written.push_str(tag);
        let name = tag.trim_start_matches('<');
        let name = name.split([' ', '>', '/']).next().unwrap_or_default();
        name.rsplit(':')
            .next()
            .unwrap_or_default()
            .clone_into(&mut element);
        if tag.starts_with("</") {
            open.pop();
        } else if !tag.ends_with("/>") && !element.is_empty() && !element.starts_with(['?', '!']) {
            let is_personal = match element.as_str() {
                "name" => false,
                "value" => item.is_empty() || is_personal(&item),
                other => {
                    item.clear();
                    is_personal(other)
                }
            };
            open.push(is_own || is_personal);
        }
    }
    written
}

/// The text with zeros for the digits of long runs, in which blanks and hyphens may stand between digits.
fn without_runs(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut run = String::new();
    let end = |run: &mut String, written: &mut String| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        match digits >= RUN {
            true => written.extend(run.chars().map(|sign| match sign.is_ascii_digit() {
                true => '0',
                false => sign,
            })),
            false => written.push_str(run),
        }
        run.clear();
    };
    for sign in text.chars() {
        let goes_on = !run.is_empty() && matches!(sign, ' ' | '-' | '\u{a0}' | '\u{202f}');
        if sign.is_ascii_digit() || goes_on {
            run.push(sign);
        } else {
            end(&mut run, &mut written);
            written.push(sign);
        }
    }
    end(&mut run, &mut written);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_somebodys_is_kept() {
        for (body, content_type, kept) in [
            (
                r#"{"id":7,"result":{"pan":"9860120112345678","fullName":"A B","phone":998901234567,"n":[{"userName":"x"}]}}"#,
                "",
                "{\n  \"id\": 7,\n  \"result\": {\n    \"fullName\": \"(hidden)\",\n    \"n\": [\n      {\n        \
                 \"userName\": \"(hidden)\"\n      }\n    ],\n    \"pan\": \"(hidden)\",\n    \"phone\": 0\n  }\n}\n",
            ),
            (
                "email=a%40b&password=p&x=9860+1201+1234+5678",
                "application/x-www-form-urlencoded",
                "email=(hidden)\npassword=(hidden)\nx=0000 0000 0000 0000\n",
            ),
            (
                "<a:item><name>pan</name><value>98</value></a:item><b><name>x</name><value>1</value></b><p:phoneNo>12</p:phoneNo>",
                "",
                "<a:item><name>pan</name><value>(hidden)</value></a:item><b><name>x</name><value>1</value></b>\
                 <p:phoneNo>(hidden)</p:phoneNo>",
            ),
            (
                "<i><name>CLIENT</name><value>12345678</value></i><i><name>SERIAL_NO</name><value>AA7</value></i>",
                "",
                "<i><name>CLIENT</name><value>(hidden)</value></i><i><name>SERIAL_NO</name><value>(hidden)</value></i>",
            ),
            (
                "8600-0101 3244 1332, 12345678",
                "",
                "0000-0000 0000 0000, 12345678",
            ),
        ] {
            assert_eq!(masked(body.as_bytes(), content_type), kept);
        }
    }

    /// What is somebody's may stand in a section of text, be broken by comments, lie beneath a name that says so, or be behind a
    /// mark of the byte order.
    #[test]
    fn no_form_hides_what_is_somebodys_from_the_mask() {
        for (body, kept, is_kept) in [
            (
                "<a><holderName><![CDATA[KARIMOV A]]></holderName></a>",
                "KARIMOV",
                false,
            ),
            (
                "<a><ns:phone xsi:type=\"x\">KARIMOV</ns:phone></a>",
                "KARIMOV",
                false,
            ),
            (
                "<item><name><![CDATA[person_name]]></name><value><![CDATA[KARIMOV]]></value></item>",
                "KARIMOV",
                false,
            ),
            (
                "<item><name>person_name</name><value><!-- x -->KARIMOV</value></item>",
                "KARIMOV",
                false,
            ),
            (
                "<item><name>person_name</name><value>A > KARIMOV</value></item>",
                "KARIMOV",
                false,
            ),
            (
                "<item><name>person_name</name><value>A</value></item><item><name>action</name><value>KEPT</value></item>",
                "KEPT",
                true,
            ),
            (
                "<item><value>KARIMOV</value><name>CLIENT</name></item>",
                "KARIMOV",
                false,
            ),
            (
                "<i><name>B_DATE</name><value>KARIMOV</value></i><i><name>ID_CARD</name><value>KARIMOV</value></i>",
                "KARIMOV",
                false,
            ),
            (
                "<a><holder><first>KARIMOV</first><last>B</last></holder></a>",
                "KARIMOV",
                false,
            ),
            (
                "<a><holder><x><y>KARIMOV</y></x></holder><action>KEPT</action></a>",
                "KARIMOV",
                false,
            ),
            (
                "<a><holder><x><y>KARIMOV</y></x></holder><action>KEPT</action></a>",
                "KEPT",
                true,
            ),
            ("<a><holder/><action>KEPT</action></a>", "KEPT", true),
            (
                "\u{feff}{\"holder\":{\"first\":\"KARIMOV\",\"all\":[\"KARIMOV\"]},\"x\":\"KEPT\"}",
                "KARIMOV",
                false,
            ),
            (
                "\u{feff}{\"holder\":{\"first\":\"KARIMOV\",\"all\":[\"KARIMOV\"]},\"x\":\"KEPT\"}",
                "KEPT",
                true,
            ),
            (
                "{\"message\":\"9860\u{a0}1201\u{a0}1234\u{a0}5678\"}",
                "1201",
                false,
            ),
        ] {
            let masked = masked(body.as_bytes(), "");
            assert_eq!(masked.contains(kept), is_kept, "{body}: {masked}");
        }
    }

    #[test]
    fn secrets_of_the_settings_are_hidden_wherever_they_stand() {
        let secrets = Secrets(vec!["S3cret".into(), String::new().into()]);
        assert_eq!(secrets.hidden_in("a S3cret".to_owned()), "a (hidden)");
    }
}
