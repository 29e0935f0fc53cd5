//! How are schemas named in the OpenRPC document? Each meaning is one component, and everything else refers to it.
//!
//! Code generators name types after components. So params, members of results and entries of lists are bare references,
//! never schemas of their own. A type of `rpc-schema` that is a component implements [`JsonSchema`] by `component!` or by
//! derive. A member whose Rust type says less (`String`, `i64`, `bool`, `Option`, `Vec`) names its component:
//! `#[schemars(with = "components::Flag")]`, `"Maybe<ExtId>"`, `"ListOf<Operation>"`. A member's doc comment stands in its
//! object's `x-member-descriptions`. `rpc-schema/tests/document` checks all this.

mod texts;

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

pub use texts::*;

/// Makes a type a component: its name in the document, and its schema.
macro_rules! component {
    ($type:ty as $name:literal: $($schema:tt)*) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($($schema)*)
            }
        }
    };
}
pub(crate) use component;

/// Components that are no types of their own in Rust. The doc comment is the description.
macro_rules! components {
    ($( $(#[doc = $doc:literal])+ $name:ident $schema:tt )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = schemars::json_schema!($schema);
                // Each doc line begins with a blank, which keeps the joined words apart.
                schema.insert("description".to_owned(), concat!($($doc),+).trim_ascii().into());
                schema
            }
        }
    )+};
}
pub(crate) use components;

components! {
    /// Always `null`.
    Nothing { "type": "null" }
}

/// A value of `T`, or `null`.
#[derive(Debug)]
pub struct Maybe<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Maybe<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Maybe{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        let nothing = generator.subschema_for::<Nothing>();
        json_schema!({
            "oneOf": [value, nothing],
            "description": format!("`{}`, or `null` where there is none.", T::schema_name()),
        })
    }
}

/// A list of `T`.
#[derive(Debug)]
pub struct ListOf<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for ListOf<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}List", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({
            "type": "array",
            "items": items,
            "description": format!("Any number of `{}`.", T::schema_name()),
        })
    }
}
