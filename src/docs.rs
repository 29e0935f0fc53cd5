//! The reference page and the OpenRPC document, generated once from the list of methods.

use std::fmt::Write as _;
use std::sync::LazyLock;

use rpc_schema::errors::{ErrorCode, Lang, Retry};
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::openrpc::document_at;
use rpc_schema::reason::Reason;

static PAGE: LazyLock<String> = LazyLock::new(write_page);

/// The OpenRPC document of a gateway at `address`, as it is served, printed by `aloqa-gateway openrpc` and committed.
pub fn openrpc(address: &str) -> String {
    let mut text = serde_json::to_string_pretty(&document_at(address)).unwrap_or_default();
    text.push('\n');
    text
}

/// The reference page.
pub fn page() -> &'static str {
    &PAGE
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#1b1f24;background:#fff}h1,h2{line-height:1.2}h2{margin-top:3rem;border-top:1px solid #d8dee4;padding-top:1rem}\
code,pre{font:14px/1.45 ui-monospace,monospace;background:#f3f5f7;border-radius:4px}code{padding:.1em .3em}\
pre{padding:.8rem;overflow:auto}table{border-collapse:collapse;width:100%;margin:.5rem 0}\
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #d8dee4}\
nav{columns:2}@media(prefers-color-scheme:dark){body{color:#dfe5ec;background:#14181d}code,pre{background:#20262d}\
a{color:#7ab7ff}th,td,h2{border-color:#333b44}}";

fn write_page() -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>AloqaGateway: reference</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\
         <h1>AloqaGateway {}</h1><p>One endpoint for the card networks UZCARD and HUMO: <code>POST /</code>, JSON-RPC \
         2.0, HTTP Basic authentication, params by name. Amounts are whole numbers of tiyin. The header \
         <code>lang</code> (<code>uz</code>, <code>ru</code>, <code>en</code>) chooses the language of messages. For \
         programs: <a href=\"/openrpc.json\">openrpc.json</a>.</p><nav><ul>",
        env!("CARGO_PKG_VERSION")
    );
    for method in METHODS {
        let _ = write!(page, "<li><a href=\"#{0}\">{0}</a></li>", method.name);
    }
    page.push_str(
        "<li><a href=\"#errors\">Errors</a></li><li><a href=\"#reasons\">Reasons</a></li></ul></nav>",
    );
    for method in METHODS {
        write_method(&mut page, method);
    }
    write_errors(&mut page);
    write_reasons(&mut page);
    page.push_str("</body></html>\n");
    page
}

fn write_method(page: &mut String, method: &MethodDef) {
    let _ = write!(
        page,
        "<h2 id=\"{0}\">{0}</h2><p><b>{1}.</b> {2}</p>",
        method.name,
        prose(method.summary),
        prose(method.description)
    );
    if !method.fields.is_empty() {
        page.push_str("<table><tr><th>Param</th><th>Required</th><th>Meaning</th></tr>");
        for field in method.fields {
            let required = if field.required { "yes" } else { "no" };
            let _ = write!(
                page,
                "<tr><td><code>{}</code></td><td>{required}</td><td>{}</td></tr>",
                field.name,
                prose(field.doc)
            );
        }
        page.push_str("</table>");
    }
    for example in (method.examples)() {
        let call = serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": method.name, "params": example.params,
        });
        let curl = format!(
            "curl -u demo:demo-secret http://127.0.0.1:8080/ \\\n  -H 'Content-Type: application/json' \\\n  -d '{}'",
            serde_json::to_string_pretty(&call).unwrap_or_default()
        );
        let result = serde_json::to_string_pretty(&example.result).unwrap_or_default();
        let _ = write!(
            page,
            "<p>Example: {}</p><pre>{}</pre><pre>{}</pre>",
            escape(example.name),
            escape(&curl),
            escape(&result)
        );
    }
    if !method.errors.is_empty() {
        page.push_str("<p>Errors: ");
        for error in method.errors {
            let _ = write!(
                page,
                "<a href=\"#e{0}\"><code>{0}</code></a> ",
                error.code()
            );
        }
        page.push_str("</p>");
    }
}

fn write_errors(page: &mut String) {
    page.push_str(
        "<h2 id=\"errors\">Errors</h2><table><tr><th>Code</th><th>Text</th><th>Meaning</th><th>Repeat?</th></tr>",
    );
    for error in ErrorCode::ALL {
        let repeat = match error.retry() {
            Retry::Later => "later",
            Retry::No => "no",
        };
        let _ = write!(
            page,
            "<tr id=\"e{0}\"><td><code>{0}</code><br><small>{1}</small></td><td>{2}<br>{3}<br>{4}</td><td>{5}</td><td>{repeat}</td></tr>",
            error.code(),
            error.name(),
            escape(error.message(Lang::En)),
            escape(error.message(Lang::Ru)),
            escape(error.message(Lang::Uz)),
            prose(error.meaning()),
        );
    }
    page.push_str("</table>");
}

fn write_reasons(page: &mut String) {
    page.push_str(
        "<h2 id=\"reasons\">Reasons</h2><p>Where a code has several causes, <code>data.reason</code> tells which.</p>\
         <table><tr><th>Reason</th><th>Meaning</th></tr>",
    );
    for reason in Reason::WORDS {
        let _ = write!(
            page,
            "<tr id=\"r-{0}\"><td><code>{0}</code></td><td>{1}</td></tr>",
            reason.as_str(),
            prose(reason.meaning()),
        );
    }
    let _ = write!(
        page,
        "<tr><td>the name of an <a href=\"#errors\">error</a></td><td>{}</td></tr></table>",
        prose(Reason::CODE_MEANING),
    );
}

/// Text in which backticks mark code.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in escape(text.trim()).split('`').enumerate() {
        if index % 2 == 1 {
            let _ = write!(html, "<code>{part}</code>");
        } else {
            html.push_str(part);
        }
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
