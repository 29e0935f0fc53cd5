//! What do the JSON Schemas of params and results say, in a line?

use rpc_schema::method::MethodDef;
use rpc_schema::params::Field;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};

/// A param or a member of a result, as a row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its name; of a nested member with its path, `transactions[].pan`.
    pub(crate) name: String,
    /// Its JSON type, and `null` where that may be.
    pub(crate) kind: String,
    /// What the type leaves open: pattern, range, choices.
    pub(crate) rule: String,
    /// What it means, in English.
    pub(crate) meaning: String,
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft07().into_generator()
}

/// One schema with the definitions that it refers to.
struct Scope {
    definitions: Map<String, Json>,
}

impl Scope {
    /// The schema behind `$ref`, and behind an `allOf` of one.
    fn resolve<'s>(&'s self, schema: &'s Json) -> &'s Json {
        let name = schema.get("$ref").and_then(Json::as_str);
        let target = name
            .and_then(|name| name.rsplit('/').next())
            .and_then(|name| self.definitions.get(name));
        if let Some(target) = target {
            return self.resolve(target);
        }
        match schema
            .get("allOf")
            .and_then(Json::as_array)
            .map(Vec::as_slice)
        {
            Some([only]) => self.resolve(only),
            Some(_) | None => schema,
        }
    }

    /// The schemas of which a value fits one, without `null`.
    fn variants<'s>(&'s self, schema: &'s Json) -> Vec<&'s Json> {
        let schema = self.resolve(schema);
        let several = ["oneOf", "anyOf"]
            .iter()
            .find_map(|key| schema.get(*key)?.as_array());
        match several {
            Some(several) if schema.get("properties").is_none() => several
                .iter()
                .flat_map(|one| self.variants(one))
                .filter(|one| one.get("type").and_then(Json::as_str) != Some("null"))
                .collect(),
            Some(_) | None => vec![schema],
        }
    }

    fn nullable(&self, schema: &Json) -> bool {
        let of_kind = |one: &Json| match one.get("type") {
            Some(Json::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
            Some(kind) => kind == "null",
            None => false,
        };
        let schema = self.resolve(schema);
        of_kind(schema)
            || ["oneOf", "anyOf"]
                .iter()
                .filter_map(|key| schema.get(*key)?.as_array())
                .flatten()
                .any(|one| of_kind(self.resolve(one)))
    }

    fn kind(&self, schema: &Json) -> String {
        let variants = self.variants(schema);
        let Some(first) = variants.first() else {
            return String::new();
        };
        let mut kind = match first.get("type") {
            Some(Json::Array(kinds)) => kinds
                .iter()
                .filter_map(Json::as_str)
                .find(|kind| *kind != "null")
                .unwrap_or_default()
                .to_owned(),
            Some(kind) => kind.as_str().unwrap_or_default().to_owned(),
            None if first.get("properties").is_some() => "object".to_owned(),
            None => "string".to_owned(),
        };
        if kind == "array" {
            let item = first.get("items").map(|item| self.kind(item));
            kind = format!("{}[]", item.unwrap_or_default());
        }
        if self.nullable(schema) {
            kind.push_str(" | null");
        }
        kind
    }

    fn rule(&self, schema: &Json) -> String {
        let variants = self.variants(schema);
        let mut rules = Vec::new();
        let constants: Vec<&str> = variants
            .iter()
            .filter_map(|one| one.get("const")?.as_str())
            .collect();
        if !constants.is_empty() {
            rules.push(constants.join(" | "));
        }
        if let Some(schema) = variants.first() {
            let text = |key: &str| schema.get(key).map(plain);
            rules.extend(text("pattern"));
            rules.extend(text("format").filter(|format| !format.starts_with("int")));
            if let Some(choices) = schema.get("enum").and_then(Json::as_array) {
                rules.push(choices.iter().map(plain).collect::<Vec<_>>().join(" | "));
            }
            for (least, most, unit) in [
                ("minimum", "maximum", ""),
                ("minLength", "maxLength", " characters"),
                ("minItems", "maxItems", " items"),
            ] {
                // The largest number of 64 bits is no rule that a reader needs.
                let most = text(most).filter(|most| *most != i64::MAX.to_string());
                match (text(least), most) {
                    (Some(least), Some(most)) => rules.push(format!("{least}–{most}{unit}")),
                    (Some(least), None) => rules.push(format!("≥ {least}{unit}")),
                    (None, Some(most)) => rules.push(format!("≤ {most}{unit}")),
                    (None, None) => {}
                }
            }
        }
        rules.join(", ")
    }

    /// The members of an object, nested ones after their parent.
    fn members(&self, schema: &Json, path: &str, depth: usize, rows: &mut Vec<Row>) {
        let properties = schema.get("properties").and_then(Json::as_object);
        for (name, member) in properties.into_iter().flatten() {
            let row = Row {
                name: format!("{path}{name}"),
                kind: self.kind(member),
                rule: self.rule(member),
                meaning: self.meaning(member),
            };
            let known = rows
                .iter()
                .any(|known| known.name == row.name && known.meaning == row.meaning);
            if !known {
                rows.push(row);
            }
            let variants = self.variants(member);
            if let [only] = variants.as_slice()
                && depth > 0
            {
                match only.get("items") {
                    Some(item) => {
                        let path = format!("{path}{name}[].");
                        for item in self.variants(item) {
                            self.members(item, &path, depth - 1, rows);
                        }
                    }
                    None => self.members(only, &format!("{path}{name}."), depth - 1, rows),
                }
            }
        }
    }

    fn meaning(&self, schema: &Json) -> String {
        let own = schema.get("description").and_then(Json::as_str);
        let inherited = || self.resolve(schema).get("description")?.as_str();
        one_line(own.or_else(inherited).unwrap_or_default())
    }
}

fn plain(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A doc comment as one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A param, or a member of one, with its JSON Schema, `$ref` resolved. `path`: the names of the objects around it, each with a dot.
pub(crate) fn param(field: &Field, path: &str) -> (Row, Json) {
    let mut generator = generator();
    let schema = (field.schema)(&mut generator).to_value();
    let scope = Scope {
        definitions: generator.take_definitions(true),
    };
    let row = Row {
        name: format!("{path}{}", field.name),
        kind: scope.kind(&schema),
        rule: scope.rule(&schema),
        meaning: one_line(field.doc),
    };
    let resolved = scope.resolve(&schema).clone();
    (row, resolved)
}

/// The members of a method's results, those of all variants together.
pub(crate) fn result(method: &MethodDef) -> Vec<Row> {
    let mut generator = generator();
    let schema = (method.result_schema)(&mut generator).to_value();
    let scope = Scope {
        definitions: generator.take_definitions(true),
    };
    let mut rows = Vec::new();
    for variant in scope.variants(&schema) {
        scope.members(variant, "", 2, &mut rows);
    }
    rows
}

/// The forms of a method's result: the names of the members of each.
pub(crate) fn result_forms(method: &MethodDef) -> Vec<Vec<String>> {
    let mut generator = generator();
    let schema = (method.result_schema)(&mut generator).to_value();
    let scope = Scope {
        definitions: generator.take_definitions(true),
    };
    scope
        .variants(&schema)
        .into_iter()
        .filter_map(|variant| {
            let members = variant.get("properties")?.as_object()?;
            let mut names: Vec<String> = members.keys().cloned().collect();
            names.sort();
            Some(names)
        })
        .collect()
}
