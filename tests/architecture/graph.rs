//! Which file depends on which: by an import or a path, or by a call of a method whose type has `impl`s in several files.
//! Such a call needs no import, so that neither the compiler nor a reader is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::facts::{MethodCall, Segments};
use crate::modules::{self, Modules, Target};

/// How a file depends on another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Import,
    Call,
}

/// One file depends on another one. Both are indices into [`Graph::files`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: Kind,
    pub(crate) line: usize,
    /// The path or the method.
    pub(crate) by: String,
}

pub(crate) struct Graph {
    pub(crate) files: Vec<String>,
    pub(crate) edges: Vec<Edge>,
}

/// That of the tree that is looked at.
pub(crate) fn current() -> &'static Graph {
    static CURRENT: LazyLock<Graph> = LazyLock::new(|| Graph::of(modules::current()));
    &CURRENT
}

impl Graph {
    pub(crate) fn of(modules: &Modules) -> Self {
        let mut edges = imports(modules);
        edges.extend(calls(modules));
        edges.retain(|edge| edge.from != edge.to);
        edges.sort();
        Self {
            files: modules.files.iter().map(|file| file.path.clone()).collect(),
            edges,
        }
    }

    pub(crate) fn path(&self, file: usize) -> &str {
        self.files.get(file).map_or("", String::as_str)
    }

    /// Pairs of files of which one depends on the other.
    pub(crate) fn pairs(&self, kinds: &[Kind]) -> BTreeSet<(usize, usize)> {
        let edges = self.edges.iter();
        edges
            .filter(|edge| kinds.contains(&edge.kind))
            .map(|edge| (edge.from, edge.to))
            .collect()
    }
}

/// The edges by imports and paths.
fn imports(modules: &Modules) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (from, file) in modules.files.iter().enumerate() {
        let mut add = |target: &Target, line, path: &[String]| {
            edges.extend(modules.file_of(target).map(|to| Edge {
                from,
                to,
                kind: Kind::Import,
                line,
                by: path.join("::"),
            }));
        };
        for import in &file.facts.imports {
            let Some((target, taken)) = modules.resolve(&import.scope, &import.path) else {
                continue;
            };
            match &target {
                // The paths that begin with the module's name say what is used of it.
                Target::Module(_) if import.name != "*" && taken == import.path.len() => continue,
                // Re-exporting a child is no use of it.
                Target::Module(home) | Target::Item(home, _)
                    if import.public && home.starts_with(&import.scope) =>
                {
                    continue;
                }
                Target::Module(_) | Target::Item(..) => {}
            }
            add(&target, import.line, &import.path);
        }
        for used in &file.facts.paths {
            match modules.resolve(&used.scope, &used.path) {
                Some((target @ Target::Item(..), _)) => add(&target, used.line, &used.path),
                // Something that is not seen to be defined there, such as what a macro makes.
                Some((target, taken)) if taken < used.path.len() => {
                    add(&target, used.line, &used.path);
                }
                Some(_) | None => {}
            }
        }
    }
    edges
}

/// A type: the module that defines it, and its name.
type TypeId = (Segments, String);

/// The types with inherent `impl`s in several files, and what is known of variables and fields.
struct Types<'m> {
    modules: &'m Modules,
    /// Method by method: the files that define it.
    shared: BTreeMap<TypeId, BTreeMap<String, BTreeSet<usize>>>,
    /// How many `impl`s and traits define a method of this name.
    definitions: BTreeMap<String, usize>,
    fields: BTreeMap<(TypeId, String), TypeId>,
    fields_by_name: BTreeMap<String, BTreeSet<TypeId>>,
    /// Parameters and variables, by file and name.
    variables: BTreeMap<(usize, String), BTreeSet<TypeId>>,
    variables_by_name: BTreeMap<String, BTreeSet<TypeId>>,
}

/// The edges by calls of methods of a type with several `impl`s.
fn calls(modules: &Modules) -> Vec<Edge> {
    let types = Types::of(modules);
    let mut edges = Vec::new();
    for (from, file) in modules.files.iter().enumerate() {
        let mut add = |to, line, by| {
            edges.push(Edge {
                from,
                to,
                kind: Kind::Call,
                line,
                by,
            });
        };
        for call in &file.facts.calls {
            if let Some(to) = types.definition(from, call) {
                add(to, call.line, format!(".{}()", call.name));
            }
        }
        for used in &file.facts.paths {
            let (first, rest) = match used.path.split_first() {
                Some((first, rest)) if !rest.is_empty() => (first, rest),
                Some(_) | None => continue,
            };
            let found = match (&used.self_type, first.as_str()) {
                (Some(own), "Self") => types.id(&used.scope, own).zip(rest.first()),
                _ => match modules.resolve(&used.scope, &used.path) {
                    Some((Target::Item(home, name), taken)) => {
                        Some((home, name)).zip(used.path.get(taken))
                    }
                    Some(_) | None => None,
                },
            };
            let Some((of, method)) = found else { continue };
            if let Some(to) = types.only_file(&of, method) {
                add(to, used.line, used.path.join("::"));
            }
        }
    }
    edges
}

impl<'m> Types<'m> {
    fn of(modules: &'m Modules) -> Self {
        let mut types = Self {
            modules,
            shared: BTreeMap::new(),
            definitions: BTreeMap::new(),
            fields: BTreeMap::new(),
            fields_by_name: BTreeMap::new(),
            variables: BTreeMap::new(),
            variables_by_name: BTreeMap::new(),
        };
        for (index, file) in modules.files.iter().enumerate() {
            for method in &file.facts.methods {
                let count = types.definitions.entry(method.name.clone()).or_default();
                *count += 1;
                let of = method.self_type.as_ref();
                let Some(id) = of.and_then(|of| types.id(&method.scope, of)) else {
                    continue;
                };
                if method.inherent {
                    let methods = types.shared.entry(id).or_default();
                    let files = methods.entry(method.name.clone()).or_default();
                    files.insert(index);
                }
            }
            for typed in &file.facts.typed {
                let Some(id) = types.id(&typed.scope, &typed.of) else {
                    continue;
                };
                let name = typed.name.clone();
                if let Some(owner) = &typed.owner {
                    let owner = (typed.scope.clone(), owner.clone());
                    types.fields.insert((owner, name.clone()), id.clone());
                    types.fields_by_name.entry(name).or_default().insert(id);
                } else {
                    let variables = types.variables.entry((index, name.clone()));
                    variables.or_default().insert(id.clone());
                    types.variables_by_name.entry(name).or_default().insert(id);
                }
            }
        }
        types.shared.retain(|_, methods| {
            let files: BTreeSet<_> = methods.values().flatten().collect();
            files.len() > 1
        });
        types
    }

    fn id(&self, scope: &[String], path: &[String]) -> Option<TypeId> {
        match self.modules.resolve(scope, path)? {
            (Target::Item(home, name), taken) if taken == path.len() => Some((home, name)),
            _ => None,
        }
    }

    /// The file with the method, if its type has several `impl`s and one file has it.
    fn only_file(&self, of: &TypeId, method: &str) -> Option<usize> {
        let files = self.shared.get(of)?.get(method)?;
        files.first().copied().filter(|_| files.len() == 1)
    }

    fn definition(&self, file: usize, call: &MethodCall) -> Option<usize> {
        if let Some(of) = self.receiver(file, call) {
            return self.only_file(&of, &call.name);
        }
        // The receiver's type is not known. A name of two words that is defined once is taken to be that method.
        let is_plain = !call.name.contains('_') || self.definitions.get(&call.name) != Some(&1);
        if is_plain {
            return None;
        }
        let mut types = self.shared.keys();
        types.find_map(|of| self.only_file(of, &call.name))
    }

    fn receiver(&self, file: usize, call: &MethodCall) -> Option<TypeId> {
        let only = |types: Option<&BTreeSet<TypeId>>| {
            let types = types.filter(|types| types.len() == 1)?;
            types.first().cloned()
        };
        let (first, fields) = call.receiver.as_ref()?.split_first()?;
        let mut of = if first == "self" {
            let own = call.self_type.as_ref();
            own.and_then(|own| self.id(&call.scope, own))
        } else if let Some(here) = self.variables.get(&(file, first.clone())) {
            only(Some(here))
        } else {
            only(self.variables_by_name.get(first)).or_else(|| only(self.fields_by_name.get(first)))
        };
        for name in fields {
            let known = of.and_then(|of| self.fields.get(&(of, name.clone())).cloned());
            of = known.or_else(|| only(self.fields_by_name.get(name)));
        }
        of
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::planted;

    fn edges(files: &[(&str, &str)]) -> Vec<String> {
        let graph = Graph::of(&Modules::of(&planted(files)));
        let edges = graph.edges.iter();
        let mut edges: Vec<String> = edges
            .map(|edge| {
                let (from, to) = (graph.path(edge.from), graph.path(edge.to));
                format!("{from} -> {to} by {}", edge.by)
            })
            .collect();
        edges.dedup();
        edges
    }

    #[test]
    fn a_path_leads_to_the_file_that_defines_it() {
        let found = edges(&[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "mod deep; pub use deep::Thing;"),
            ("src/a/deep.rs", "pub struct Thing; pub const FEW: u8 = 1;"),
            (
                "src/b.rs",
                "use crate::a::{self, Thing}; fn f(x: a::Thing) -> u8 { super::a::deep::FEW }",
            ),
        ]);
        let leads = |by: &str| found.contains(&format!("src/b.rs -> src/a/deep.rs by {by}"));
        assert!(leads("crate::a::Thing") && leads("a::Thing"), "{found:?}");
        assert!(leads("super::a::deep::FEW"), "{found:?}");
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn a_parent_that_uses_what_it_re_exports_depends_on_it() {
        let child = ("src/a/deep.rs", "pub struct Thing;");
        let only = edges(&[
            ("src/lib.rs", "mod a;"),
            ("src/a.rs", "mod deep; pub use deep::Thing;"),
            child,
        ]);
        assert!(only.is_empty(), "{only:?}");
        let used = edges(&[
            ("src/lib.rs", "mod a;"),
            (
                "src/a.rs",
                "mod deep; pub use deep::Thing; fn f(_: Thing) {}",
            ),
            child,
        ]);
        assert_eq!(used, ["src/a.rs -> src/a/deep.rs by Thing"]);
    }

    #[test]
    fn a_call_through_a_shared_impl_is_an_edge() {
        let found = edges(&[
            ("src/lib.rs", "mod house; mod one; mod two;"),
            (
                "src/house.rs",
                "pub struct House; pub struct Road { pub house: House }",
            ),
            (
                "src/one.rs",
                "use crate::house::House; impl House { fn one(&self) { self.two(); } }",
            ),
            (
                "src/two.rs",
                "use crate::house::{House, Road}; impl House { pub fn two(&self) {} }
                 fn walk(road: &Road) { road.house.one(); other.one(); House::one(); }",
            ),
        ]);
        let calls: Vec<&String> = found
            .iter()
            .filter(|edge| !edge.contains("house.rs"))
            .collect();
        assert_eq!(
            calls,
            [
                "src/one.rs -> src/two.rs by .two()",
                "src/two.rs -> src/one.rs by .one()",
                "src/two.rs -> src/one.rs by House::one",
            ]
        );
    }

    #[test]
    fn a_receiver_of_unknown_type_counts_only_with_a_name_like_no_other() {
        let files = |call: &str| {
            let two =
                format!("fn f() {{ make().{call}(); }} impl crate::House {{ fn two(&self) {{}} }}");
            edges(&[
                ("src/lib.rs", "mod one; mod two; pub struct House;"),
                (
                    "src/one.rs",
                    "impl crate::House { pub fn run(&self) {} pub fn run_all(&self) {} }",
                ),
                ("src/two.rs", &two),
            ])
        };
        let by = "src/two.rs -> src/one.rs by .run_all()".to_owned();
        assert!(files("run_all").contains(&by));
        assert!(!files("run").iter().any(|edge| edge.contains("one.rs by")));
    }
}
