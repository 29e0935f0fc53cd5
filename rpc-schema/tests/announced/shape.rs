//! Which values does a schema allow, however it is written?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// The alternatives of a schema. References are followed, choices of choices are one choice, and words of several
/// alternatives are one list of words.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shape {
    /// By JSON type; `integer` apart from `number`.
    pub(crate) scalars: BTreeMap<String, Scalar>,
    /// By title.
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) list: Option<List>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scalar {
    /// The only values, as JSON texts; `None` if all are allowed.
    pub(crate) values: Option<BTreeSet<String>>,
    pub(crate) pattern: Option<String>,
    pub(crate) format: Option<String>,
    /// The least number, or the least length.
    pub(crate) least: Option<i128>,
    pub(crate) greatest: Option<i128>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    pub(crate) members: BTreeMap<String, Shape>,
    pub(crate) required: BTreeSet<String>,
    pub(crate) closed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List {
    pub(crate) items: Box<Shape>,
    pub(crate) least: Option<i128>,
    pub(crate) greatest: Option<i128>,
}

impl Shape {
    /// The shape of `schema` in `document`. No schema may refer to itself.
    pub(crate) fn of(document: &Json, schema: &Json) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema, "");
        shape
    }

    fn add(&mut self, document: &Json, schema: &Json, name: &str) {
        if let Some(pointer) = schema["$ref"].as_str() {
            let target = document.pointer(pointer.trim_start_matches('#'));
            let name = pointer.rsplit('/').next().unwrap_or_default();
            let target = target.unwrap_or_else(|| panic!("{pointer} is nowhere"));
            return self.add(document, target, name);
        }
        let mut chosen = false;
        for word in ["oneOf", "anyOf", "allOf"] {
            for branch in schema[word].as_array().into_iter().flatten() {
                chosen = true;
                self.add(document, branch, name);
            }
        }
        if chosen {
            return;
        }
        match schema["type"].as_str() {
            Some("object") => {
                let name = schema["title"].as_str().unwrap_or(name);
                self.objects
                    .insert(name.to_owned(), object(document, schema));
            }
            Some("array") => {
                self.list = Some(List {
                    items: Box::new(Self::of(document, &schema["items"])),
                    least: number(&schema["minItems"]),
                    greatest: number(&schema["maxItems"]),
                });
            }
            Some(kind) => self.add_scalar(kind, schema),
            None => panic!("a schema without a type: {schema}"),
        }
    }

    fn add_scalar(&mut self, kind: &str, schema: &Json) {
        let scalar = scalar(schema);
        match self.scalars.get_mut(kind) {
            // Words are added to words. With anything else, everything is allowed.
            Some(known) => match (&mut known.values, scalar.values) {
                (Some(known), Some(more)) => known.extend(more),
                (_, _) => *known = Scalar::default(),
            },
            None => {
                self.scalars.insert(kind.to_owned(), scalar);
            }
        }
    }
}

fn object(document: &Json, schema: &Json) -> Object {
    let members = schema["properties"].as_object().into_iter().flatten();
    let required = schema["required"].as_array().into_iter().flatten();
    Object {
        members: members
            .map(|(name, member)| (name.clone(), Shape::of(document, member)))
            .collect(),
        required: required
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        closed: schema["additionalProperties"] == false,
    }
}

fn scalar(schema: &Json) -> Scalar {
    let text = |word: &str| schema[word].as_str().map(str::to_owned);
    let words = schema["enum"].as_array().map(Vec::as_slice);
    let only = schema.get("const").map(std::slice::from_ref);
    Scalar {
        values: words
            .or(only)
            .map(|values| values.iter().map(Json::to_string).collect()),
        pattern: text("pattern"),
        format: text("format").filter(|format| !matches!(format.as_str(), "int32" | "int64")),
        least: number(&schema["minimum"]).or(number(&schema["minLength"])),
        greatest: number(&schema["maximum"]).or(number(&schema["maxLength"])),
    }
}

fn number(value: &Json) -> Option<i128> {
    value.to_string().parse().ok()
}
