//! What is a member of a method's params?

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json};

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
    /// Its own members, of an object.
    pub members: &'static [Field],
    /// The reference to its schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The reference to the component `T`.
pub(crate) fn subschema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The schema of an object with these members.
pub(crate) fn object_schema(
    doc: &str,
    fields: &[Field],
    generator: &mut SchemaGenerator,
) -> Schema {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = (field.schema)(generator);
        schema.insert("description".to_owned(), field.doc.trim().into());
        properties.insert(field.name.to_owned(), schema.to_value());
    }
    let required: Vec<Json> = (fields.iter().filter(|field| field.required))
        .map(|field| field.name.into())
        .collect();
    json_schema!({
        "type": "object",
        "description": doc.trim(),
        "properties": properties,
        "required": required,
    })
}
