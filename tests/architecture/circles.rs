//! No file depends on itself through others: what belongs together is one file, or has a direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{self, Graph, Kind};
use crate::modules::Modules;
use crate::sources::planted;

/// Circles that stay: their files, and why.
const ACCEPTED: &[(&[&str], &str)] = &[];

/// Files that all depend on each other, sorted.
type Circle = Vec<String>;

pub(crate) fn circles(graph: &Graph, kinds: &[Kind]) -> Vec<Circle> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in graph.pairs(kinds) {
        next.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<usize, BTreeSet<usize>> = next
        .keys()
        .map(|&from| (from, reachable(&next, from)))
        .collect();
    let leads = |from: usize, to: usize| reached.get(&from).is_some_and(|all| all.contains(&to));
    let mut circles = BTreeSet::new();
    for (&from, all) in &reached {
        if leads(from, from) {
            let members = all.iter().filter(|&&to| leads(to, from));
            let mut circle: Circle = members.map(|&to| graph.path(to).to_owned()).collect();
            circle.sort();
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reachable(next: &BTreeMap<usize, Vec<usize>>, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for &to in next.get(&at).into_iter().flatten() {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}

/// A circle with the edges that make it one, a line each.
pub(crate) fn describe(graph: &Graph, kinds: &[Kind], circle: &Circle) -> String {
    let inside = |file: usize| circle.iter().any(|path| path == graph.path(file));
    let mut lines = vec![format!("{} files: {}", circle.len(), circle.join(", "))];
    let mut seen = BTreeSet::new();
    for edge in &graph.edges {
        if kinds.contains(&edge.kind)
            && inside(edge.from)
            && inside(edge.to)
            && seen.insert((edge.from, edge.to, edge.kind))
        {
            lines.push(format!(
                "    {}:{} -> {} by {}",
                graph.path(edge.from),
                edge.line,
                graph.path(edge.to),
                edge.by
            ));
        }
    }
    lines.join("\n")
}

#[test]
fn no_files_depend_on_each_other_in_a_circle() {
    let graph = graph::current();
    let both = [Kind::Import, Kind::Call];
    let found = circles(graph, &both);
    let is_accepted = |circle: &Circle| ACCEPTED.iter().any(|(files, _)| circle == files);
    let wrong: Vec<String> = found
        .iter()
        .filter(|circle| !is_accepted(circle))
        .map(|circle| describe(graph, &both, circle))
        .collect();
    let stale: Vec<_> = ACCEPTED
        .iter()
        .filter(|(files, _)| !found.iter().any(|circle| circle == files))
        .collect();
    assert!(
        stale.is_empty(),
        "accepted, and no circle any more: {stale:?}"
    );
    assert!(
        wrong.is_empty(),
        "{} circles:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn planted_circles_are_found() {
    let graph = Graph::of(&Modules::of(&planted(&[
        ("src/lib.rs", "mod house; mod one; mod two; mod x; mod y;"),
        ("src/house.rs", "pub struct House;"),
        (
            "src/one.rs",
            "use crate::house::House; impl House { pub fn one(&self) { self.two(); } }",
        ),
        (
            "src/two.rs",
            "use crate::house::House; impl House { pub fn two(&self) { self.one(); } }",
        ),
        ("src/x.rs", "pub struct X(crate::y::Y);"),
        ("src/y.rs", "use crate::x::X; pub struct Y(Box<X>);"),
    ])));
    assert_eq!(
        circles(&graph, &[Kind::Import]),
        [["src/x.rs", "src/y.rs"]],
        "by imports alone"
    );
    assert_eq!(
        circles(&graph, &[Kind::Import, Kind::Call]),
        [["src/one.rs", "src/two.rs"], ["src/x.rs", "src/y.rs"]]
    );
}
