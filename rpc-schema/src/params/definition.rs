//! How are the params of a method defined?

use serde_json::value::RawValue;

use super::fault::Fault;
use super::field::Field;
use super::members::Members;

/// The params of one method: its fields, and how they become values.
pub trait Params: Sized + Send {
    /// The fields in the document's order.
    const FIELDS: &'static [Field];

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
        let members = Members::take_apart(params, Self::FIELDS)?;
        Ok((Self::decode(&members)?, members.sent()))
    }
}

/// Defines the params of a method: one struct with its documentation, and from it the field table, the order of
/// faults and the JSON Schema.
///
/// Each field is written `rust_name "wireName" or "alias": need Type as Component;`, `need` being `required`, `optional`
/// (`Option<Type>`) or `flag` (a boolean that is false when absent). `as Component` is only for a type that has several meanings.
macro_rules! params {
    (
        $(#[doc = $struct_doc:literal])*
        $name:ident {
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

        impl $crate::params::Params for $name {
            const FIELDS: &'static [$crate::params::Field] = &[
                $( $crate::params::Field {
                    name: $wire,
                    alias: params!(@alias $($alias)?),
                    required: params!(@required $need),
                    empty: <$type as $crate::values::Value>::EMPTY,
                    doc: concat!($($doc, "\n"),*),
                    schema: $crate::params::subschema::<params!(@component $type $(, $component)?)>,
                }, )*
            ];

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
    (@member flag $type:ty) => { $type };
    (@required required) => { true };
    (@required optional) => { false };
    (@required flag) => { false };
    (@component $type:ty) => { <$type as $crate::values::Value>::Component };
    (@component $type:ty, $component:ty) => { $component };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
    (@decode required $members:expr, $index:expr) => { $members.require($index)? };
    (@decode optional $members:expr, $index:expr) => { $members.get($index)? };
    (@decode flag $members:expr, $index:expr) => { $members.get($index)?.unwrap_or(false) };
}
pub(crate) use params;
