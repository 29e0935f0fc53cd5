//! Takes the `params` of a call apart: the one mechanism behind all methods.
//!
//! serde stops at the first error in the caller's order, so the members are first sorted into the method's known
//! fields, undecoded, and only then decoded in the order in which the document lists them. The order of faults is that
//! of design section 1: unknown or duplicate members, then missing ones, then formats.

use std::fmt;

use schemars::{Schema, SchemaGenerator};
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::errors::{ErrorCode, Family};
use crate::values::{Rule, Value, ValueFault};

/// One member of a method's params.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// Another name that the document uses for it.
    pub alias: Option<&'static str>,
    /// Whether it must be there.
    pub required: bool,
    /// The text that counts as missing, besides `null`.
    pub empty: Option<&'static str>,
    /// What it means, for the partner's developer.
    pub doc: &'static str,
    /// Its JSON Schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The params of one method: its fields, and how they become values.
pub trait Params: Sized + Send {
    /// The fields in the document's order.
    const FIELDS: &'static [Field];

    /// Decodes taken-apart members, in the order of [`Params::FIELDS`].
    ///
    /// # Errors
    /// The first field whose value breaks its rule.
    fn decode(members: &Members<'_>) -> Result<Self, Fault>;

    /// Reads the `params` member of a call; `None` where it is missing or `null`.
    ///
    /// # Errors
    /// The first fault in the order of the design: unknown and duplicate members, missing ones, formats.
    fn read(params: Option<&RawValue>) -> Result<Self, Fault> {
        Self::decode(&Members::take_apart(params, Self::FIELDS)?)
    }
}

/// What is wrong with the params of a call. Holds no value that the caller sent, only names of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The member; `None` for the params as a whole.
    pub field: Option<String>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// See [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `params` is no object.
    NotByName,
    /// The method has no such member.
    Unknown,
    /// The member stands twice.
    Duplicate,
    /// A required member is absent, `null` or empty.
    Missing,
    /// There are no params at all, though the method requires some; the field is the first of these.
    ParamsMissing,
    /// The member's value breaks its rule.
    Value(ValueFault),
    /// Two members that exclude each other are both there.
    Exclusive,
}

impl Fault {
    /// The B family's code for this fault (design section 3).
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => ErrorCode::MissingParams,
            FaultKind::NotByName
            | FaultKind::Unknown
            | FaultKind::Duplicate
            | FaultKind::Exclusive => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::WrongType(_)) => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan => ErrorCode::InvalidPan,
                Rule::Expiry => ErrorCode::InvalidExpiry,
                Rule::PhoneDigits | Rule::PhonePrefix => ErrorCode::InvalidPhone,
                Rule::Amount => ErrorCode::InvalidAmount,
                Rule::Uuid | Rule::Code | Rule::Network | Rule::Type | Rule::ExtId => {
                    ErrorCode::InvalidInput
                }
            },
        }
    }

    /// `data.reason`, where the code alone does not tell what is wrong.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.kind {
            FaultKind::NotByName => Some("params_by_name_only"),
            FaultKind::Unknown => Some("unknown_member"),
            FaultKind::Duplicate => Some("duplicate_member"),
            FaultKind::Exclusive => Some("exactly_one_of"),
            FaultKind::Missing | FaultKind::ParamsMissing => None,
            FaultKind::Value(ValueFault::WrongType(_)) => Some("wrong_type"),
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan | Rule::Expiry | Rule::PhoneDigits | Rule::PhonePrefix | Rule::Amount => {
                    None
                }
                Rule::Uuid | Rule::Code | Rule::Network | Rule::Type | Rule::ExtId => {
                    Some("bad_format")
                }
            },
        }
    }

    /// The A family's message: `Validation Error. Field: <path>, message: <text>` (document, "Привязка карт").
    #[must_use]
    pub fn attach_message(&self) -> String {
        let path = match &self.field {
            Some(field) if self.kind != FaultKind::ParamsMissing => format!("params.{field}"),
            Some(_) | None => "params".to_owned(),
        };
        attach_message(&path, self.attach_text())
    }

    fn attach_text(&self) -> &'static str {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => "Field must be not null",
            FaultKind::NotByName => "Accepts only object",
            FaultKind::Unknown => "Unknown field",
            FaultKind::Duplicate | FaultKind::Exclusive => "Duplicate field",
            FaultKind::Value(ValueFault::WrongType(rule) | ValueFault::Format(rule)) => {
                match rule {
                    Rule::Pan => "Must contain only digits. Allowed length 16 characters",
                    Rule::Expiry => "Only valid dates (yyMM)",
                    Rule::PhoneDigits => "Must contain only digits. Allowed length 12 characters",
                    Rule::PhonePrefix => "Number must start with 998",
                    Rule::Uuid => "Accepts only uuid",
                    Rule::Code => "Must contain only digits. Allowed length 6 characters",
                    Rule::Network => "Accepts only constants (UZCARD, HUMO)",
                    // No method of the A family has a field of these rules.
                    Rule::Amount | Rule::Type | Rule::ExtId => "Wrong type",
                }
            }
        }
    }
}

/// The text of the A family's code 4 for the field at `path`.
#[must_use]
pub fn attach_message(path: &str, text: &str) -> String {
    format!("Validation Error. Field: {path}, message: {text}")
}

/// The code that `family` gives a params fault.
#[must_use]
pub fn fault_code(fault: &Fault, family: Family) -> ErrorCode {
    match family {
        Family::Attach => ErrorCode::ValidationError,
        Family::Gateway => fault.code(),
    }
}

/// The members of `params`, sorted into the fields of a method and not yet decoded.
#[derive(Debug)]
pub struct Members<'a> {
    fields: &'static [Field],
    values: Vec<Option<&'a RawValue>>,
}

impl<'a> Members<'a> {
    fn take_apart(params: Option<&'a RawValue>, fields: &'static [Field]) -> Result<Self, Fault> {
        let mut members = Self {
            fields,
            values: vec![None; fields.len()],
        };
        match params.filter(|params| params.get() != "null") {
            Some(params) if params.get().starts_with('{') => members.sort(params)?,
            Some(_) => {
                return Err(Fault {
                    field: None,
                    kind: FaultKind::NotByName,
                });
            }
            None => {
                if let Some(first) = fields.iter().find(|field| field.required) {
                    return Err(Fault {
                        field: Some(first.name.to_owned()),
                        kind: FaultKind::ParamsMissing,
                    });
                }
            }
        }
        members.drop_empty();
        for (field, value) in fields.iter().zip(&members.values) {
            if field.required && value.is_none() {
                return Err(Fault {
                    field: Some(field.name.to_owned()),
                    kind: FaultKind::Missing,
                });
            }
        }
        Ok(members)
    }

    fn sort(&mut self, params: &'a RawValue) -> Result<(), Fault> {
        serde_json::Deserializer::from_str(params.get())
            .deserialize_map(Sorter { members: self })
            // The text was parsed as JSON before; what can still fail here is a name that is no Unicode text.
            .unwrap_or(Err(Fault {
                field: None,
                kind: FaultKind::Unknown,
            }))
    }

    /// Duplicates are found first, so that `{"amount": null, "amount": 1}` is one.
    fn drop_empty(&mut self) {
        for (field, value) in self.fields.iter().zip(&mut self.values) {
            let empty = |raw: &&RawValue| {
                let text = raw.get();
                text == "null"
                    || (field.required && field.empty.is_some_and(|empty| is_empty(text, empty)))
            };
            if value.as_ref().is_some_and(empty) {
                *value = None;
            }
        }
    }

    /// The value of the field at `index`, `None` where it is absent or `null`.
    ///
    /// # Errors
    /// The rule that the value breaks.
    pub fn get<V: Value>(&self, index: usize) -> Result<Option<V>, Fault> {
        let Some(raw) = self.values.get(index).copied().flatten() else {
            return Ok(None);
        };
        V::decode(raw)
            .map(Some)
            .map_err(|fault| self.fault(index, FaultKind::Value(fault)))
    }

    /// The value of the required field at `index`.
    ///
    /// # Errors
    /// The rule that the value breaks.
    pub fn require<V: Value>(&self, index: usize) -> Result<V, Fault> {
        self.get(index)?
            .ok_or_else(|| self.fault(index, FaultKind::Missing))
    }

    fn fault(&self, index: usize, kind: FaultKind) -> Fault {
        Fault {
            field: self.fields.get(index).map(|field| field.name.to_owned()),
            kind,
        }
    }

    fn put(&mut self, name: &str, value: &'a RawValue) -> Result<(), FaultKind> {
        let index = self
            .fields
            .iter()
            .position(|field| field.name == name || field.alias == Some(name));
        let slot = index
            .and_then(|index| self.values.get_mut(index))
            .ok_or(FaultKind::Unknown)?;
        match slot.replace(value) {
            Some(_) => Err(FaultKind::Duplicate),
            None => Ok(()),
        }
    }
}

/// Whether `text` is `""`, or an array of nothing, blanks inside it or not. Blanks inside a string are its value.
fn is_empty(text: &str, empty: &str) -> bool {
    match empty {
        "[]" => text.starts_with('[') && text.split_whitespace().collect::<String>() == empty,
        _ => text == empty,
    }
}

struct Sorter<'m, 'a> {
    members: &'m mut Members<'a>,
}

impl<'a> Visitor<'a> for Sorter<'_, 'a> {
    /// The outer error is serde's, the inner one ours.
    type Value = Result<(), Fault>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut first = Ok(());
        while let Some((name, value)) = map.next_entry::<Name<'a>, &'a RawValue>()? {
            if let (Ok(()), Err(kind)) = (&first, self.members.put(&name.0, value)) {
                first = Err(Fault {
                    field: Some(printable(&name.0)),
                    kind,
                });
            }
        }
        Ok(first)
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

/// A member's name as it may be repeated in an error: short, and no place to smuggle a card number or a code into a log.
fn printable(name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = name.len() <= 40
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.$".contains(c));
    if plain && digits < 6 {
        name.to_owned()
    } else {
        "?".to_owned()
    }
}

/// Defines the params of a method: one struct with its documentation, and from it the field table, the order of
/// faults and the JSON Schema.
///
/// Each field is written `rust_name "wireName" or "alias": need Type;`, `need` being `required`, `optional`
/// (`Option<Type>`) or `flag` (a boolean that is false when absent).
macro_rules! params {
    (
        $(#[doc = $struct_doc:literal])*
        $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident $wire:literal $(or $alias:literal)? : $need:ident $type:ty; )*
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
                    schema: <$type as $crate::values::Value>::schema,
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
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
    (@decode required $members:expr, $index:expr) => { $members.require($index)? };
    (@decode optional $members:expr, $index:expr) => { $members.get($index)? };
    (@decode flag $members:expr, $index:expr) => { $members.get($index)?.unwrap_or(false) };
}
pub(crate) use params;
