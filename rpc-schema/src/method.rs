//! What is a method? One type carries its name, documentation, params, result, errors and examples.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value as Json;

use crate::errors::{ErrorCode, Family};
use crate::params::{Field, Params};

/// A method of the gateway. Registration, validation, the OpenRPC document and the coverage tests derive from it.
pub trait Method: 'static {
    /// Its name on the wire, for example `transactions.debit`.
    const NAME: &'static str;
    /// What it does, in one line.
    const SUMMARY: &'static str;
    /// What else a partner's developer must know: order of calls, repeats, side effects.
    const DESCRIPTION: &'static str;
    /// The document that it comes from. It decides the codes and the language of its errors.
    const FAMILY: Family;
    /// Whether the documents have it, under its name with slashes for dots; else it is the gateway's own.
    const DOCUMENTED: bool = true;
    /// Its own errors. [`COMMON_ERRORS`] lists those that every method can return.
    const ERRORS: &'static [ErrorCode];
    /// What it accepts.
    type Params: Params;
    /// What it returns.
    type Result: Serialize + JsonSchema + Send;
    /// Calls with their results, for the document. A test reads each with the real types.
    fn examples() -> Vec<Example>;
}

/// A documented call.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it shows.
    pub name: &'static str,
    /// The params.
    pub params: Json,
    /// The result.
    pub result: Json,
}

/// The errors that every method can return.
pub const COMMON_ERRORS: &[ErrorCode] = &[
    ErrorCode::ParseError,
    ErrorCode::InvalidRequest,
    ErrorCode::MethodNotFound,
    ErrorCode::AccessDenied,
    ErrorCode::Overloaded,
    ErrorCode::Internal,
];

/// A [`Method`] as a value, so that one list can hold all methods.
#[derive(Debug, Clone, Copy)]
pub struct MethodDef {
    /// See [`Method::NAME`].
    pub name: &'static str,
    /// See [`Method::SUMMARY`].
    pub summary: &'static str,
    /// See [`Method::DESCRIPTION`].
    pub description: &'static str,
    /// See [`Method::FAMILY`].
    pub family: Family,
    /// See [`Method::DOCUMENTED`].
    pub documented: bool,
    /// See [`Method::ERRORS`].
    pub errors: &'static [ErrorCode],
    /// The params in the document's order.
    pub fields: &'static [Field],
    /// The JSON Schema of the result.
    pub result_schema: fn(&mut SchemaGenerator) -> Schema,
    /// See [`Method::examples`].
    pub examples: fn() -> Vec<Example>,
}

impl MethodDef {
    /// Whether `path` is the documents' path of the method: its name with slashes for dots.
    #[must_use]
    pub fn is_documented_at(&self, path: &str) -> bool {
        let as_path = |letter| if letter == '.' { '/' } else { letter };
        self.documented
            && path
                .strip_prefix('/')
                .is_some_and(|path| path.chars().eq(self.name.chars().map(as_path)))
    }

    /// The definition of `M`.
    #[must_use]
    pub const fn of<M: Method>() -> Self {
        Self {
            name: M::NAME,
            summary: M::SUMMARY,
            description: M::DESCRIPTION,
            family: M::FAMILY,
            documented: M::DOCUMENTED,
            errors: M::ERRORS,
            fields: M::Params::FIELDS,
            result_schema: result_schema::<M>,
            examples: M::examples,
        }
    }
}

fn result_schema<M: Method>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<M::Result>()
}
