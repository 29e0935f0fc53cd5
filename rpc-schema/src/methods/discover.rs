//! `rpc.discover`

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use crate::components::OpenrpcDocument;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::{Fault, Field, Members, Params};
use crate::reason::Reason;

/// `rpc.discover`
#[derive(Debug)]
pub struct Discover;

/// Takes no params.
#[derive(Debug, Clone, Copy)]
pub struct DiscoverParams;

impl Params for DiscoverParams {
    const FIELDS: &'static [Field] = &[];

    fn decode(_: &Members<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl Method for Discover {
    const NAME: &'static str = "rpc.discover";
    const SUMMARY: &'static str = "This document";
    const DESCRIPTION: &'static str =
        "Returns the OpenRPC document of the gateway. It needs no credentials.";
    const RETURNS: &'static str = "This document.";
    const TAGS: &'static [Tag] = &[Tag::Discovery];
    const LINKS: &'static [Link] = &[];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[ErrorCode::InvalidInput];
    type Params = DiscoverParams;
    type Result = Map<String, Json>;

    fn examples() -> Vec<Example> {
        // The document itself has no place in itself; these are its first members.
        vec![Example {
            name: "without credentials",
            params: json!({}),
            result: json!({ "openrpc": "1.3.2", "info": { "title": "AloqaGateway", "version": "1.0" }, "methods": [] }),
        }]
    }

    fn result_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<OpenrpcDocument>()
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a param",
            params: json!({"version": 2}),
            error: ErrorCode::InvalidInput,
            message: None,
            data: ErrorData {
                reason: Some(Reason::UnknownMember),
                field: Some("version".to_owned()),
                ..ErrorData::default()
            },
        }]
    }
}
