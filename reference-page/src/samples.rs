//! How is a call written in each language of the samples?

use maud::{Markup, html};
use rpc_schema::method::MethodDef;
use serde_json::Value as Json;

use crate::address::PLACEHOLDER;
use crate::highlight;

/// A language of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Curl,
    Python,
    JavaScript,
    Php,
    Rust,
}

impl Language {
    pub(crate) const ALL: [Self; 5] = [
        Self::Curl,
        Self::Python,
        Self::JavaScript,
        Self::Php,
        Self::Rust,
    ];

    /// In the names of classes and ids.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Curl => "sh",
            Self::Python => "py",
            Self::JavaScript => "js",
            Self::Php => "php",
            Self::Rust => "rs",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::Php => "PHP",
            Self::Rust => "Rust",
        }
    }

    const fn syntax(self) -> Syntax {
        match self {
            Self::Curl => Syntax {
                literals: ["true", "false", "null"],
                brackets: ["{", "}"],
                arrow: ": ",
            },
            Self::JavaScript => Syntax {
                literals: ["true", "false", "null"],
                brackets: ["{", "}"],
                arrow: ": ",
            },
            Self::Python => Syntax {
                literals: ["True", "False", "None"],
                brackets: ["{", "}"],
                arrow: ": ",
            },
            Self::Php => Syntax {
                literals: ["true", "false", "null"],
                brackets: ["[", "]"],
                arrow: " => ",
            },
            Self::Rust => Syntax {
                literals: ["true", "false", "null"],
                brackets: ["{", "}"],
                arrow: ": ",
            },
        }
    }

    /// A variable of the environment, as a text or as a number.
    fn variable(self, name: &str, number: bool) -> String {
        match (self, number) {
            (Self::Curl, true) => format!("'\"${name}\"'"),
            (Self::Curl, false) => format!("\"'\"${name}\"'\""),
            (Self::Python, true) => format!("int(os.environ[\"{name}\"])"),
            (Self::Python, false) => format!("os.environ[\"{name}\"]"),
            (Self::JavaScript, true) => format!("Number(process.env.{name})"),
            (Self::JavaScript, false) => format!("process.env.{name}"),
            (Self::Php, true) => format!("(int) getenv(\"{name}\")"),
            (Self::Php, false) => format!("getenv(\"{name}\")"),
            (Self::Rust, true) => format!("env::var(\"{name}\")?.parse::<i64>()?"),
            (Self::Rust, false) => format!("env::var(\"{name}\")?"),
        }
    }
}

struct Syntax {
    literals: [&'static str; 3],
    brackets: [&'static str; 2],
    arrow: &'static str,
}

/// The variable that carries a param along from an earlier reply, and whether it is a number.
const CARRIED: [(&str, &str, bool); 5] = [
    ("token", "TOKEN", false),
    ("tokens", "TOKEN", false),
    ("cardId", "CARD_ID", false),
    ("transactionId", "TRANSACTION_ID", true),
    ("id", "OPERATION_ID", false),
];

/// The variables that a sample needs.
pub(crate) fn variables(params: &[(&str, &Json)]) -> Vec<&'static str> {
    CARRIED
        .iter()
        .filter(|(name, _, _)| params.iter().any(|(param, _)| param == name))
        .map(|(_, variable, _)| *variable)
        .collect()
}

/// The params of an example in the order of the method's definition.
pub(crate) fn in_order<'p>(method: &MethodDef, params: &'p Json) -> Vec<(&'p str, &'p Json)> {
    let mut members: Vec<(&str, &Json)> = params
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    let place = |name: &str| method.fields.iter().position(|field| field.name == name);
    members.sort_by_key(|(name, _)| place(name));
    members
}

fn write(language: Language, value: &Json, name: &str, indent: usize, out: &mut String) {
    let syntax = language.syntax();
    let [yes, no, nothing] = syntax.literals;
    let carried = CARRIED.iter().find(|(carried, _, _)| *carried == name);
    match (value, carried) {
        (Json::String(_) | Json::Number(_), Some((_, variable, number))) => {
            out.push_str(&language.variable(variable, *number));
        }
        (Json::Null, _) => out.push_str(nothing),
        (Json::Bool(true), _) => out.push_str(yes),
        (Json::Bool(false), _) => out.push_str(no),
        (Json::Number(_) | Json::String(_), None) => out.push_str(&value.to_string()),
        (Json::Array(items), _) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(language, item, name, indent, out);
            }
            out.push(']');
        }
        (Json::Object(members), _) => {
            let members: Vec<(&str, &Json)> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect();
            write_members(language, &members, indent, out);
        }
    }
}

fn write_members(language: Language, members: &[(&str, &Json)], indent: usize, out: &mut String) {
    let syntax = language.syntax();
    let [open, close] = syntax.brackets;
    if members.is_empty() {
        out.push_str(if language == Language::Php {
            "new stdClass"
        } else {
            "{}"
        });
        return;
    }
    out.push_str(open);
    out.push('\n');
    let last = members.len().saturating_sub(1);
    for (index, (name, value)) in members.iter().enumerate() {
        out.push_str(&"  ".repeat(indent + 1));
        out.push_str(&Json::from(*name).to_string());
        out.push_str(syntax.arrow);
        write(language, value, name, indent + 1, out);
        out.push_str(if index < last { ",\n" } else { "\n" });
    }
    out.push_str(&"  ".repeat(indent));
    out.push_str(close);
}

/// The call as JSON, or as the language's own literal.
fn envelope(language: Language, method: &str, params: &[(&str, &Json)]) -> String {
    let Syntax {
        brackets: [open, close],
        arrow,
        ..
    } = language.syntax();
    let mut body = String::new();
    write_members(language, params, 1, &mut body);
    format!(
        "{open}\n  \"jsonrpc\"{arrow}\"2.0\",\n  \"id\"{arrow}1,\n  \"method\"{arrow}\"{method}\",\n  \"params\"{arrow}{body}\n{close}"
    )
}

/// The params of an example as JSON, inside an envelope.
pub(crate) fn params_json(method: &MethodDef, params: &Json) -> String {
    let members: Vec<String> = in_order(method, params)
        .iter()
        .map(|(name, value)| format!("    {}: {value}", Json::from(*name)))
        .collect();
    if members.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{\n{}\n  }}", members.join(",\n"))
    }
}

/// The call of an example as JSON.
pub(crate) fn request_json(method: &MethodDef, params: &Json) -> String {
    format!(
        "{{\n  \"jsonrpc\": \"2.0\",\n  \"id\": 1,\n  \"method\": \"{}\",\n  \"params\": {}\n}}",
        method.name,
        params_json(method, params)
    )
}

/// The text of a call.
pub(crate) fn call(
    language: Language,
    login: (&str, &str),
    method: &str,
    params: &[(&str, &Json)],
) -> String {
    let (user, secret) = login;
    let body = envelope(language, method, params);
    let address = PLACEHOLDER;
    let needs = !variables(params).is_empty();
    match language {
        Language::Curl => format!(
            "curl -sS -u \"{user}:{secret}\" {address} \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'"
        ),
        Language::Python => {
            let os = if needs { "import os\n" } else { "" };
            format!(
                "import base64\nimport json\n{os}import urllib.request\n\nlogin = base64.b64encode(b\"{user}:{secret}\").decode()\n\
                 call = {body}\nrequest = urllib.request.Request(\n  \"{address}\",\n  data=json.dumps(call).encode(),\n  \
                 headers={{\"Content-Type\": \"application/json\", \"Authorization\": f\"Basic {{login}}\"}},\n)\n\
                 with urllib.request.urlopen(request, timeout=60) as reply:\n  print(json.load(reply))"
            )
        }
        Language::JavaScript => format!(
            "const login = btoa(\"{user}:{secret}\");\nconst call = {body};\nconst reply = await fetch(\"{address}\", {{\n  \
             method: \"POST\",\n  headers: {{\n    \"Content-Type\": \"application/json\",\n    \
             \"Authorization\": `Basic ${{login}}`,\n  }},\n  body: JSON.stringify(call),\n  \
             signal: AbortSignal.timeout(60_000),\n}});\nconsole.log(await reply.json());"
        ),
        Language::Php => format!(
            "<?php\n$call = {body};\n$curl = curl_init(\"{address}\");\ncurl_setopt_array($curl, [\n  \
             CURLOPT_USERPWD => \"{user}:{secret}\",\n  CURLOPT_HTTPHEADER => [\"Content-Type: application/json\"],\n  \
             CURLOPT_POSTFIELDS => json_encode($call),\n  CURLOPT_RETURNTRANSFER => true,\n  CURLOPT_TIMEOUT => 60,\n]);\n\
             print_r(json_decode(curl_exec($curl), true));"
        ),
        Language::Rust => {
            let env = if needs { "use std::env;\n\n" } else { "" };
            let body = body.replace('\n', "\n    ");
            format!(
                "// cargo add reqwest -F blocking,json; cargo add serde_json\n{env}use serde_json::{{Value, json}};\n\n\
                 fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    let call = json!({body});\n    \
                 let reply: Value = reqwest::blocking::Client::new()\n        .post(\"{address}\")\n        \
                 .basic_auth(\"{user}\", Some(\"{secret}\"))\n        .json(&call)\n        .send()?\n        .json()?;\n    \
                 println!(\"{{reply:#}}\");\n    Ok(())\n}}"
            )
        }
    }
}

/// The text of a program, coloured.
pub(crate) fn coloured(language: Language, text: &str) -> Markup {
    match language {
        Language::Curl => html! { (text) },
        Language::Python | Language::JavaScript | Language::Php | Language::Rust => {
            highlight::program(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_and_ids_come_from_the_environment() {
        let params = json!({"tokens": ["t"], "transactionId": 7, "is_hold": true, "x": null});
        let written = |language| {
            let mut out = String::new();
            write(language, &params, "", 0, &mut out);
            out.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        for (language, expected) in [
            (
                Language::Curl,
                r#"{ "is_hold": true, "tokens": ["'"$TOKEN"'"], "transactionId": '"$TRANSACTION_ID"', "x": null }"#,
            ),
            (
                Language::Python,
                r#"{ "is_hold": True, "tokens": [os.environ["TOKEN"]], "transactionId": int(os.environ["TRANSACTION_ID"]), "x": None }"#,
            ),
            (
                Language::JavaScript,
                r#"{ "is_hold": true, "tokens": [process.env.TOKEN], "transactionId": Number(process.env.TRANSACTION_ID), "x": null }"#,
            ),
            (
                Language::Php,
                r#"[ "is_hold" => true, "tokens" => [getenv("TOKEN")], "transactionId" => (int) getenv("TRANSACTION_ID"), "x" => null ]"#,
            ),
            (
                Language::Rust,
                r#"{ "is_hold": true, "tokens": [env::var("TOKEN")?], "transactionId": env::var("TRANSACTION_ID")?.parse::<i64>()?, "x": null }"#,
            ),
        ] {
            assert_eq!(written(language), expected);
        }
        let sent = [("tokens", &params), ("transactionId", &params)];
        assert_eq!(variables(&sent), ["TOKEN", "TRANSACTION_ID"]);
    }
}
