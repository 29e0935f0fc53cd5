//! Which member of `params` belongs to which field?

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::{Fault, FaultKind};
use super::field::Field;
use crate::values::{Rule, Value, ValueFault};

/// The members of `params`, sorted into the fields of a method and not yet decoded.
#[derive(Debug)]
pub struct Members<'a> {
    fields: &'static [Field],
    values: Vec<Option<&'a RawValue>>,
}

impl<'a> Members<'a> {
    pub(super) fn take_apart(
        params: Option<&'a RawValue>,
        fields: &'static [Field],
        needs: &[(&str, &str)],
    ) -> Result<Self, Fault> {
        let mut members = Self {
            fields,
            values: vec![None; fields.len()],
        };
        match params.filter(|params| params.get() != "null") {
            Some(params) if params.get().starts_with('{') => members.sort(params)?,
            // What several clients send for no params.
            Some(params)
                if is_empty(params.get(), "[]") && fields.iter().all(|field| !field.required) => {}
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
        let sent = members.sent();
        for (field, value) in fields.iter().zip(&members.values) {
            let is_needed =
                |(given, needed): &(&str, &str)| *needed == field.name && sent.contains(given);
            if (field.required || needs.iter().any(is_needed)) && value.is_none() {
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
            // The text is known to be JSON. What can still fail here is a name that is not Unicode text.
            .unwrap_or(Err(Fault {
                field: None,
                kind: FaultKind::Unknown,
            }))
    }

    /// Runs after the search for duplicates, so that `{"amount": null, "amount": 1}` is one.
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

    /// The value of the field at `index`, `None` if it is absent or `null`.
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

    /// The object in the field at `index`, which `read` takes apart as params are.
    ///
    /// # Errors
    /// The fault of the object, or of its member: the field is then `object.member`.
    pub fn object<P>(
        &self,
        index: usize,
        read: fn(Option<&RawValue>) -> Result<P, Fault>,
    ) -> Result<Option<P>, Fault> {
        let Some(raw) = self.values.get(index).copied().flatten() else {
            return Ok(None);
        };
        read(Some(raw)).map(Some).map_err(|inner| {
            let wrong_type = FaultKind::Value(ValueFault::WrongType(Rule::Object));
            let kind = match inner.kind {
                FaultKind::NotByName | FaultKind::ParamsMissing => wrong_type,
                kind @ (FaultKind::Unknown
                | FaultKind::Duplicate
                | FaultKind::Missing
                | FaultKind::Exclusive
                | FaultKind::Value(_)) => kind,
            };
            let fault = self.fault(index, kind);
            let name = fault.field.into_iter().chain(inner.field);
            Fault {
                field: Some(name.collect::<Vec<_>>().join(".")),
                kind,
            }
        })
    }

    /// The names of the members that are there and not empty.
    pub(super) fn sent(&self) -> Vec<&'static str> {
        let all = self.fields.iter().zip(&self.values);
        all.filter(|(_, value)| value.is_some())
            .map(|(field, _)| field.name)
            .collect()
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

/// Whether `text` is the JSON text `empty`: `""`, or an array that may hold blanks. Blanks in a string are its value.
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
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A member's name as an error may repeat it: short, and without room for a card number or a code, which would reach a
/// log.
fn printable(name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = (1..=40).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.$".contains(c));
    if plain && digits < 6 {
        name.to_owned()
    } else {
        "?".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nothing_is_empty() {
        for (text, empty, expected) in [
            (r#""""#, r#""""#, true),
            (r#"" ""#, r#""""#, false),
            ("[]", r#""""#, false),
            ("[]", "[]", true),
            ("[ \n]", "[]", true),
            (r#"[""]"#, "[]", false),
            (r#""[]""#, "[]", false),
        ] {
            assert_eq!(is_empty(text, empty), expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_repeated_only_if_it_can_be_no_secret() {
        for name in ["x", "merchant_id", "PAN", "a.b-c$d", "pan2", "field12345"] {
            assert_eq!(printable(name), name);
        }
        let long = "x".repeat(41);
        for name in [
            "",
            "8600010132441332",
            "8600-0101-3244-1332",
            "code111111",
            "a b",
            "карта",
            "<b>",
            "a\n",
            &long,
        ] {
            assert_eq!(printable(name), "?", "{name}");
        }
    }
}
