//! How is the contract published for programs? As an OpenRPC document generated from the list of methods, served by
//! `rpc.discover` and `GET /openrpc.json`.

mod info;
mod methods;
mod schemas;

use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Lang, Retry};
use crate::method::{COMMON_ERRORS, Tag};
use crate::methods::METHODS;

/// The version of the OpenRPC specification that most tools read. 1.4 differs only in that number.
const OPENRPC: &str = "1.3.2";

/// Where the gateway listens unless its operator says otherwise.
pub const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8080/";

/// The document, as it is printed and committed: with [`DEFAULT_ADDRESS`].
#[must_use]
pub fn document() -> Map<String, Json> {
    document_at(DEFAULT_ADDRESS)
}

/// Made once: callers need no credentials, so it must cost little.
static DOCUMENT: LazyLock<Map<String, Json>> = LazyLock::new(write);

/// The document of a gateway at `address`, an absolute URL that ends with `/`.
#[must_use]
pub fn document_at(address: &str) -> Map<String, Json> {
    let mut document = DOCUMENT.clone();
    document.insert("servers".to_owned(), info::servers(address));
    document.insert("externalDocs".to_owned(), info::reference(address));
    document
}

fn write() -> Map<String, Json> {
    let mut generator = schemas::generator();
    let error_data = generator.subschema_for::<ErrorData>();
    let methods: Vec<Json> = METHODS
        .iter()
        .map(|method| methods::describe(method, &mut generator))
        .collect();
    let tags: Map<String, Json> = Tag::ALL
        .iter()
        .map(|tag| {
            let described = json!({ "name": tag.name(), "description": tag.description() });
            (tag.name().to_owned(), described)
        })
        .collect();
    let members = [
        ("openrpc", json!(OPENRPC)),
        ("info", info::info()),
        ("methods", json!(methods)),
        (
            "components",
            json!({
                "schemas": schemas::components(generator),
                "errors": errors(),
                "tags": tags,
                "securitySchemes": info::security_schemes(),
            }),
        ),
        ("x-security", json!([{ "basic": [] }])),
        ("x-errors", json!(catalogue())),
        ("x-error-data", json!(error_data)),
    ];
    members
        .into_iter()
        .map(|(name, member)| (name.to_owned(), member))
        .collect()
}

/// The errors that the gateway returns, as OpenRPC lets them be described.
fn errors() -> Map<String, Json> {
    let describe =
        |error: &ErrorCode| json!({ "code": error.code(), "message": error.message(Lang::En) });
    ErrorCode::ALL
        .iter()
        .filter(|error| is_returned(**error))
        .map(|error| (error.name().to_owned(), describe(error)))
        .collect()
}

/// Whether any call is ever answered with `error`. The documents have codes of networks that this gateway does not serve.
fn is_returned(error: ErrorCode) -> bool {
    // No method lists it: it is the answer to the names that are none.
    let of_no_method = error == ErrorCode::MethodNotFound;
    let mut listed = METHODS.iter().flat_map(|method| method.errors);
    of_no_method || COMMON_ERRORS.contains(&error) || listed.any(|one| *one == error)
}

/// What OpenRPC has no place for in an error.
fn catalogue() -> Map<String, Json> {
    let describe = |error: &ErrorCode| {
        json!({
            "code": error.code(),
            "messages": {
                "uz": error.message(Lang::Uz),
                "ru": error.message(Lang::Ru),
                "en": error.message(Lang::En),
            },
            "meaning": error.meaning(),
            "repeatCanHelp": error.retry() == Retry::Later,
            "returned": is_returned(*error),
        })
    };
    ErrorCode::ALL
        .iter()
        .map(|error| (error.name().to_owned(), describe(error)))
        .collect()
}
