//! Which differences between two documents can break a partner's program?
//!
//! A partner sends params and reads results. So params may only take more than before, and results only say what was said
//! before: no member, word, variant or `null` that a program does not know. New methods, new optional params, further
//! errors and texts break nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::shape::{Object, Scalar, Shape};

/// One difference that can break a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    /// Where: `transactions.get.result.status`.
    pub(crate) path: String,
    /// What.
    pub(crate) what: String,
}

/// All of them, by path.
pub(crate) fn breaking(announced: &Json, current: &Json) -> Vec<Difference> {
    let mut found = Found(BTreeSet::new());
    let (before, now) = (methods(announced), methods(current));
    for (name, method) in &before {
        match now.get(name) {
            Some(as_now) => {
                found.params(name, (announced, *method), (current, *as_now));
                let shape = |document: &Json, method: &Json| {
                    Shape::of(document, &method["result"]["schema"])
                };
                let path = format!("{name}.result");
                found.result(&path, &shape(announced, method), &shape(current, as_now));
            }
            None => found.add(name, "the method is gone"),
        }
    }
    found.errors(announced, current);
    found.0.into_iter().collect()
}

fn methods(document: &Json) -> BTreeMap<&str, &Json> {
    by_name(&document["methods"])
}

fn by_name(list: &Json) -> BTreeMap<&str, &Json> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some((entry["name"].as_str()?, entry)))
        .collect()
}

/// The codes that each method of `document` lists, by the names of the errors.
fn errors_of(document: &Json) -> BTreeMap<&str, BTreeMap<&str, i64>> {
    let listed = |method: &'_ Json| -> Vec<String> {
        let errors = method["errors"].as_array().into_iter().flatten();
        errors
            .filter_map(|error| error["$ref"].as_str().map(str::to_owned))
            .collect()
    };
    let components = document["components"]["errors"].as_object();
    methods(document)
        .into_iter()
        .map(|(name, method)| {
            let listed = listed(method);
            let errors = components
                .into_iter()
                .flatten()
                .filter_map(|(name, error)| {
                    let here = listed.contains(&format!("#/components/errors/{name}"));
                    here.then_some((name.as_str(), error["code"].as_i64()?))
                });
            (name, errors.collect())
        })
        .collect()
}

struct Found(BTreeSet<Difference>);

impl Found {
    fn add(&mut self, path: &str, what: &str) {
        self.0.insert(Difference {
            path: path.to_owned(),
            what: what.to_owned(),
        });
    }

    fn params(&mut self, method: &str, before: (&Json, &Json), now: (&Json, &Json)) {
        let (known, taken) = (by_name(&before.1["params"]), by_name(&now.1["params"]));
        for (name, param) in &taken {
            let path = format!("{method}.params.{name}");
            let required = param["required"] == true;
            match known.get(name) {
                None if required => self.add(&path, "the param is new and required"),
                Some(known) if required && known["required"] != true => {
                    self.add(&path, "the param has become required");
                }
                None | Some(_) => {}
            }
        }
        for (name, param) in &known {
            let path = format!("{method}.params.{name}");
            match taken.get(name) {
                Some(as_now) => self.sent(
                    &path,
                    &Shape::of(before.0, &param["schema"]),
                    &Shape::of(now.0, &as_now["schema"]),
                ),
                None => self.add(&path, "the param is gone"),
            }
        }
    }

    /// What was taken must still be taken.
    fn sent(&mut self, path: &str, before: &Shape, now: &Shape) {
        for (kind, known) in &before.scalars {
            // An integer is a number, too.
            let taken = now.scalars.get(kind);
            match taken.or_else(|| now.scalars.get("number").filter(|_| kind == "integer")) {
                Some(taken) => self.scalar_sent(path, known, taken),
                None => self.add(path, &format!("{kind} is no longer taken")),
            }
        }
        match (&before.list, &now.list) {
            (Some(known), Some(taken)) => {
                self.sent(path, &known.items, &taken.items);
                if is_raised(known.least, taken.least) || is_lowered(known.greatest, taken.greatest)
                {
                    self.add(path, "fewer lengths are taken");
                }
            }
            (Some(_), None) => self.add(path, "a list is no longer taken"),
            (None, _) => {}
        }
        if !before.objects.is_empty() && before.objects != now.objects {
            self.add(path, "other objects are taken");
        }
    }

    fn scalar_sent(&mut self, path: &str, known: &Scalar, taken: &Scalar) {
        let fewer_values = match (&known.values, &taken.values) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(known), Some(taken)) => !known.is_subset(taken),
        };
        if fewer_values {
            self.add(path, "fewer values are taken");
        }
        let is_other =
            |known: &Option<String>, taken: &Option<String>| taken.is_some() && known != taken;
        if is_other(&known.pattern, &taken.pattern) {
            self.add(path, "another pattern is asked for");
        }
        if is_other(&known.format, &taken.format) {
            self.add(path, "another format is asked for");
        }
        if is_raised(known.least, taken.least) || is_lowered(known.greatest, taken.greatest) {
            self.add(path, "the range is narrower");
        }
    }

    /// What is said must have been said before.
    fn result(&mut self, path: &str, before: &Shape, now: &Shape) {
        for kind in before.scalars.keys() {
            if !now.scalars.contains_key(kind) && kind != "null" {
                self.add(path, &format!("{kind} is no longer returned"));
            }
        }
        for (kind, told) in &now.scalars {
            match before.scalars.get(kind) {
                Some(known) => self.words(path, known, told),
                None => self.add(path, &format!("{kind} may be returned")),
            }
        }
        match (&before.list, &now.list) {
            (Some(known), Some(told)) => self.result(path, &known.items, &told.items),
            (None, None) => {}
            (Some(_), None) => self.add(path, "no list is returned any more"),
            (None, Some(_)) => self.add(path, "a list may be returned"),
        }
        // One object is the same object under another title. Of several, the title tells.
        if let ([(_, known)], [(_, told)]) = (
            before.objects.iter().collect::<Vec<_>>().as_slice(),
            now.objects.iter().collect::<Vec<_>>().as_slice(),
        ) {
            return self.members(path, known, told);
        }
        for (title, known) in &before.objects {
            let path = format!("{path}.{title}");
            match now.objects.get(title) {
                Some(told) => self.members(&path, known, told),
                None => self.add(&path, "the variant is gone"),
            }
        }
        for title in now.objects.keys() {
            if !before.objects.contains_key(title) {
                self.add(&format!("{path}.{title}"), "the variant is new");
            }
        }
    }

    fn words(&mut self, path: &str, known: &Scalar, told: &Scalar) {
        match (&known.values, &told.values) {
            // A text that had no list may get one: it says what was always so.
            (None, _) => {}
            (Some(_), None) => self.add(path, "any value may be returned"),
            (Some(known), Some(told)) => {
                for word in told.difference(known) {
                    self.add(path, &format!("{word} is new"));
                }
                for word in known.difference(told) {
                    self.add(path, &format!("{word} is gone"));
                }
            }
        }
    }

    fn members(&mut self, path: &str, known: &Object, told: &Object) {
        for (name, member) in &known.members {
            let path = format!("{path}.{name}");
            match told.members.get(name) {
                Some(as_now) => self.result(&path, member, as_now),
                None => self.add(&path, "the member is gone"),
            }
            if known.required.contains(name) && !told.required.contains(name) {
                self.add(&path, "the member may be left out");
            }
        }
        for name in told.members.keys() {
            // To an open object, members could always be added.
            if known.closed && !known.members.contains_key(name) {
                self.add(&format!("{path}.{name}"), "the member is new");
            }
        }
    }

    fn errors(&mut self, announced: &Json, current: &Json) {
        let (before, now) = (errors_of(announced), errors_of(current));
        let still =
            |method: &str, error: &str| now.get(method).and_then(|errors| errors.get(error));
        for (method, errors) in &before {
            if !now.contains_key(method) {
                continue;
            }
            for (error, code) in errors {
                match still(method, error) {
                    Some(as_now) if as_now != code => {
                        self.add(&format!("errors.{error}"), "the code is another one");
                    }
                    Some(_) => {}
                    None if now.values().any(|errors| errors.contains_key(error)) => {
                        let path = format!("{method}.errors.{error}");
                        self.add(&path, "the error is gone");
                    }
                    None => self.add(
                        &format!("errors.{error}"),
                        "no method has the error any more",
                    ),
                }
            }
        }
    }
}

fn is_raised(known: Option<i128>, taken: Option<i128>) -> bool {
    taken.is_some_and(|taken| known.is_none_or(|known| taken > known))
}

fn is_lowered(known: Option<i128>, taken: Option<i128>) -> bool {
    taken.is_some_and(|taken| known.is_none_or(|known| taken < known))
}
