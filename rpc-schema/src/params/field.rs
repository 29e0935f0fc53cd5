//! What is a member of a method's params?

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// One member of a method's params.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// Another name that the document uses for it.
    pub alias: Option<&'static str>,
    /// Whether it is required.
    pub required: bool,
    /// The JSON text that counts as missing, as `null` does.
    pub empty: Option<&'static str>,
    /// What it means, for the partner's developer.
    pub doc: &'static str,
    /// The reference to its schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The reference to the component `T`.
pub(crate) fn subschema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
