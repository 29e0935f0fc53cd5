//! How are the params of a method defined?

use serde_json::value::RawValue;

use super::fault::Fault;
use super::field::Field;
use super::members::Members;

/// The params of one method: its fields, and how they become values.
pub trait Params: Sized + Send {
    /// The fields in the document's order.
    const FIELDS: &'static [Field];

    /// Fields of which the first, where it is sent, requires the second.
    const NEEDS: &'static [(&'static str, &'static str)] = &[];

    /// Decodes the members in the order of [`Params::FIELDS`].
    ///
    /// # Errors
    /// The first field whose value breaks its rule.
    fn decode(members: &Members<'_>) -> Result<Self, Fault>;

    /// Reads the `params` of a call, `None` if there are none.
    ///
    /// # Errors
    /// The first fault in docs/contract.md#order-of-checks: unknown and duplicate members, missing ones, formats.
    fn read(params: Option<&RawValue>) -> Result<Self, Fault> {
        Self::read_sent(params).map(|(read, _)| read)
    }

    /// The same, with the names of the members that were sent, in the document's order; `null` counts as missing.
    ///
    /// # Errors
    /// As [`Params::read`].
    fn read_sent(params: Option<&RawValue>) -> Result<(Self, Vec<&'static str>), Fault> {
        let members = Members::take_apart(params, Self::FIELDS, Self::NEEDS)?;
        Ok((Self::decode(&members)?, members.sent()))
    }
}

/// Defines the params of a method: one struct with its documentation, and from it the field table, the order of
/// faults and the JSON Schema.
///
/// Each field is written `rust_name "wireName" or "alias": need Type as Component;`, `need` being `required`, `optional`
/// (`Option<Type>`), `flag` (a boolean that is false when absent) or `object` (`Option<Type>`, a `Type` that has members of its own).
/// `as Component` is only for a type that has several meanings. `Name where "a" needs "b" { … }`: `b` is required where `a` is sent.
///
/// `personal Name { … }` defines such an object: what is said of a person, which `Debug` never shows.
macro_rules! params {
    (
        $(#[doc = $struct_doc:literal])*
        $name:ident $(where $given:literal needs $needed:literal)? {
            $( $(#[doc = $doc:literal])* $field:ident $wire:literal $(or $alias:literal)? : $need:ident $type:ty $(as $component:ty)?; )*
        }
    ) => {
        $(#[doc = $struct_doc])*
        #[derive(Debug, Clone, serde::Serialize)]
        pub struct $name {
            $(
                $(#[doc = $doc])*
                #[serde(rename = $wire)]
                pub $field: params!(@member $need $type),
            )*
        }

        params!(@read $name [$(($given, $needed))?] {
            $( $(#[doc = $doc])* $field $wire $(or $alias)? : $need $type $(as $component)?; )*
        });
    };
    (
        $(#[doc = $struct_doc:literal])*
        personal $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident $wire:literal : $need:ident $type:ty $(as $component:ty)?; )*
        }
    ) => {
        $(#[doc = $struct_doc])*
        #[derive(Clone, serde::Serialize)]
        pub struct $name {
            $(
                $(#[doc = $doc])*
                #[serde(rename = $wire)]
                pub $field: params!(@member $need $type),
            )*
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let doc = concat!($($struct_doc),*);
                $crate::params::object_schema(doc, <Self as $crate::params::Params>::FIELDS, generator)
            }
        }

        params!(@read $name [] { $( $(#[doc = $doc])* $field $wire : $need $type $(as $component)?; )* });
    };
    (@read $name:ident [$($needs:expr)?] {
        $( $(#[doc = $doc:literal])* $field:ident $wire:literal $(or $alias:literal)? : $need:ident $type:ty $(as $component:ty)?; )*
    }) => {
        impl $crate::params::Params for $name {
            const FIELDS: &'static [$crate::params::Field] = &[
                $( $crate::params::Field {
                    name: $wire,
                    alias: params!(@alias $($alias)?),
                    required: params!(@required $need),
                    empty: params!(@empty $need $type),
                    doc: concat!($($doc, "\n"),*),
                    members: params!(@members $need $type),
                    schema: $crate::params::subschema::<params!(@component $need $type $(, $component)?)>,
                }, )*
            ];
            const NEEDS: &'static [(&'static str, &'static str)] = &[$($needs)?];

            fn decode(members: &$crate::params::Members<'_>) -> Result<Self, $crate::params::Fault> {
                let mut index = 0..;
                let mut next = || index.next().unwrap_or_default();
                // Fields of a struct expression are evaluated in the order in which they are written.
                Ok(Self { $( $field: params!(@decode $need members, next()), )* })
            }
        }
    };
    (@member required $type:ty) => { $type };
    (@member optional $type:ty) => { Option<$type> };
    (@member object $type:ty) => { Option<$type> };
    (@member flag $type:ty) => { $type };
    (@required required) => { true };
    (@required optional) => { false };
    (@required object) => { false };
    (@required flag) => { false };
    (@empty object $type:ty) => { None };
    (@empty $need:ident $type:ty) => { <$type as $crate::values::Value>::EMPTY };
    (@members object $type:ty) => { <$type as $crate::params::Params>::FIELDS };
    (@members $need:ident $type:ty) => { &[] };
    (@component object $type:ty) => { $type };
    (@component $need:ident $type:ty) => { <$type as $crate::values::Value>::Component };
    (@component $need:ident $type:ty, $component:ty) => { $component };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
    (@decode required $members:expr, $index:expr) => { $members.require($index)? };
    (@decode optional $members:expr, $index:expr) => { $members.get($index)? };
    (@decode object $members:expr, $index:expr) => { $members.object($index, $crate::params::Params::read)? };
    (@decode flag $members:expr, $index:expr) => { $members.get($index)?.unwrap_or(false) };
}
pub(crate) use params;
