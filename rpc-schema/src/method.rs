//! What is a method? One type carries its name, documentation, params, result, errors and examples.

mod example;
mod link;
mod tag;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::errors::{ErrorCode, Family};
use crate::params::{Field, Params};

pub use example::{ErrorExample, Example};
pub use link::Link;
pub use tag::Tag;

/// A method of the gateway. Registration, validation, the OpenRPC document and the coverage tests derive from it.
pub trait Method: 'static {
    /// Its name on the wire, for example `transactions.debit`.
    const NAME: &'static str;
    /// What it does, in one line.
    const SUMMARY: &'static str;
    /// What else a partner's developer must know: order of calls, repeats, side effects.
    const DESCRIPTION: &'static str;
    /// What its result is, in a sentence.
    const RETURNS: &'static str;
    /// The groups that it is in.
    const TAGS: &'static [Tag];
    /// The calls that usually follow. Empty only where nothing does.
    const LINKS: &'static [Link];
    /// The document that it comes from. It decides the codes and the language of its errors.
    const FAMILY: Family;
    /// Its own errors: those that can happen, and no others. [`COMMON_ERRORS`] lists those that every method can return.
    const ERRORS: &'static [ErrorCode];
    /// What it accepts.
    type Params: Params;
    /// What it returns.
    type Result: Serialize + JsonSchema + Send;

    /// Calls with their results, for the document. Tests read each with the real types, and make each at a gateway.
    fn examples() -> Vec<Example>;

    /// Calls that are refused; at least one.
    fn error_examples() -> Vec<ErrorExample>;

    /// The reference to the component that describes the result.
    fn result_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self::Result>()
    }
}

/// The errors that every method can return.
pub const COMMON_ERRORS: &[ErrorCode] = &[
    ErrorCode::ParseError,
    ErrorCode::InvalidRequest,
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
    /// See [`Method::RETURNS`].
    pub returns: &'static str,
    /// See [`Method::TAGS`].
    pub tags: &'static [Tag],
    /// See [`Method::LINKS`].
    pub links: &'static [Link],
    /// See [`Method::FAMILY`].
    pub family: Family,
    /// See [`Method::ERRORS`].
    pub errors: &'static [ErrorCode],
    /// The params in the document's order.
    pub fields: &'static [Field],
    /// See [`Method::result_schema`].
    pub result_schema: fn(&mut SchemaGenerator) -> Schema,
    /// See [`Method::examples`].
    pub examples: fn() -> Vec<Example>,
    /// See [`Method::error_examples`].
    pub error_examples: fn() -> Vec<ErrorExample>,
}

impl MethodDef {
    /// The definition of `M`.
    #[must_use]
    pub const fn of<M: Method>() -> Self {
        Self {
            name: M::NAME,
            summary: M::SUMMARY,
            description: M::DESCRIPTION,
            returns: M::RETURNS,
            tags: M::TAGS,
            links: M::LINKS,
            family: M::FAMILY,
            errors: M::ERRORS,
            fields: M::Params::FIELDS,
            result_schema: M::result_schema,
            examples: M::examples,
            error_examples: M::error_examples,
        }
    }
}
