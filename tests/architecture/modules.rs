//! The modules of the crates, and what a path in one of them means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::facts::{Child, Facts, Segments};
use crate::parse::parse;
use crate::sources::{self, Sources};

/// The crates of the workspace as code names them, and where each begins. The program is one of its own.
const CRATES: [(&str, &str); 8] = [
    ("aloqa_gateway", "src/lib.rs"),
    ("main", "src/main.rs"),
    ("reference_page", "reference-page/src/lib.rs"),
    ("rpc_schema", "rpc-schema/src/lib.rs"),
    ("sandbox", "sandbox/src/lib.rs"),
    ("entity", "entity/src/lib.rs"),
    ("migration", "migration/src/lib.rs"),
    ("listener", "listener/src/lib.rs"),
];

/// A source file with what it says.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) facts: Facts,
}

/// A module: where it is, and what its names mean.
#[derive(Default)]
pub(crate) struct Module {
    /// An index into [`Modules::files`].
    pub(crate) file: usize,
    items: BTreeSet<String>,
    /// By name: the path that a `use` gives it.
    imports: BTreeMap<String, Segments>,
    globs: Vec<Segments>,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Module(Segments),
    /// Something defined in a module, and its name.
    Item(Segments, String),
}

pub(crate) struct Modules {
    pub(crate) files: Vec<File>,
    modules: BTreeMap<Segments, Module>,
}

/// Those of the tree that is looked at.
pub(crate) fn current() -> &'static Modules {
    static CURRENT: LazyLock<Modules> = LazyLock::new(|| Modules::of(sources::current()));
    &CURRENT
}

impl Modules {
    /// Follows the `mod` declarations from each crate's root; modules of tests are never reached.
    pub(crate) fn of(sources: &Sources) -> Self {
        let mut modules = Self {
            files: Vec::new(),
            modules: BTreeMap::new(),
        };
        for (name, root) in CRATES {
            modules.add(sources, root, vec![name.to_owned()]);
        }
        modules
    }

    fn add(&mut self, sources: &Sources, path: &str, scope: Segments) {
        let Some(text) = sources.get(path) else {
            return;
        };
        let facts = parse(path, text, scope.clone());
        let file = self.files.len();
        for module in &facts.modules {
            let added = self.modules.entry(module.clone()).or_default();
            added.file = file;
        }
        for (scope, name) in &facts.items {
            if let Some(module) = self.modules.get_mut(scope) {
                module.items.insert(name.clone());
            }
        }
        for import in &facts.imports {
            let Some(module) = self.modules.get_mut(&import.scope) else {
                continue;
            };
            if import.name == "*" {
                module.globs.push(import.path.clone());
            } else {
                let kept = module.imports.entry(import.name.clone());
                kept.or_insert_with(|| import.path.clone());
            }
        }
        let children: Vec<(Vec<String>, Segments)> = facts
            .children
            .iter()
            .map(|child| {
                let mut module = child.scope.clone();
                module.push(child.name.clone());
                (candidates(path, &scope, child), module)
            })
            .collect();
        self.files.push(File {
            path: path.to_owned(),
            facts,
        });
        for (candidates, module) in children {
            if let Some(path) = candidates.iter().find(|path| sources.contains_key(*path)) {
                self.add(sources, path, module);
            }
        }
    }

    /// The file of what a path leads to.
    pub(crate) fn file_of(&self, target: &Target) -> Option<usize> {
        let (Target::Module(module) | Target::Item(module, _)) = target;
        Some(self.modules.get(module)?.file)
    }

    /// What a path means in a module, and how many of its segments it took to say so. Re-exports are followed.
    pub(crate) fn resolve(&self, scope: &[String], path: &[String]) -> Option<(Target, usize)> {
        self.resolve_within(scope, path, 0)
    }

    fn resolve_within(
        &self,
        scope: &[String],
        path: &[String],
        depth: usize,
    ) -> Option<(Target, usize)> {
        // A circle of imports of one name.
        if depth > 16 {
            return None;
        }
        let first = path.first()?;
        let mut at = match first.as_str() {
            "crate" => Target::Module(scope.get(..1)?.to_vec()),
            "self" => Target::Module(scope.to_vec()),
            "super" => Target::Module(parent(scope)?),
            name => match self.named(scope, name, depth) {
                Some(found) => found,
                None if CRATES.iter().any(|(krate, _)| *krate == name) => {
                    Target::Module(vec![name.to_owned()])
                }
                None => return None,
            },
        };
        let mut taken = 1;
        for name in path.get(1..).unwrap_or_default() {
            let Target::Module(module) = &at else { break };
            let next = if name == "super" {
                parent(module).map(Target::Module)
            } else {
                self.named(module, name, depth)
            };
            let Some(next) = next else { break };
            at = next;
            taken += 1;
        }
        Some((at, taken))
    }

    /// What a name means in a module.
    fn named(&self, scope: &[String], name: &str, depth: usize) -> Option<Target> {
        let module = self.modules.get(scope)?;
        let mut child = scope.to_vec();
        child.push(name.to_owned());
        if self.modules.contains_key(&child) {
            return Some(Target::Module(child));
        }
        if module.items.contains(name) {
            return Some(Target::Item(scope.to_vec(), name.to_owned()));
        }
        if let Some(path) = module.imports.get(name) {
            // `use entity;` names itself.
            if path.len() == 1 && path.first().is_some_and(|first| first == name) {
                return None;
            }
            let (target, taken) = self.resolve_within(scope, path, depth + 1)?;
            // A variant of an enum, for one, is found in the file of the enum.
            return (taken + 1 >= path.len()).then_some(target);
        }
        module.globs.iter().find_map(|glob| {
            let (target, taken) = self.resolve_within(scope, glob, depth + 1)?;
            match target {
                Target::Module(from) if taken == glob.len() => self.named(&from, name, depth + 1),
                Target::Module(_) | Target::Item(..) => None,
            }
        })
    }
}

fn parent(scope: &[String]) -> Option<Segments> {
    let (_, parent) = scope.split_last()?;
    (!parent.is_empty()).then(|| parent.to_vec())
}

/// Where the file of a `mod name;` may be.
fn candidates(path: &str, scope: &[String], child: &Child) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.trim_end_matches(".rs");
    if let Some(named) = &child.path {
        return vec![format!("{folder}/{named}")];
    }
    let mut home = if ["lib", "main", "mod"].contains(&stem) {
        folder.to_owned()
    } else {
        format!("{folder}/{stem}")
    };
    // Modules around it within the file.
    for inline in child.scope.get(scope.len()..).unwrap_or_default() {
        home = format!("{home}/{inline}");
    }
    let name = &child.name;
    vec![format!("{home}/{name}.rs"), format!("{home}/{name}/mod.rs")]
}
