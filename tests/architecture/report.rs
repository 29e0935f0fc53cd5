//! The figures, for whoever wants to see how the tree stands.

use crate::graph::{self, Kind};
use crate::{circles, layers, lengths, sources};

#[test]
fn report() {
    let sources = sources::current();
    let graph = graph::current();
    let mut lines = vec!["modules and edges, test code left out".to_owned()];
    for (name, folder) in [
        ("src", "src/"),
        ("reference-page", "reference-page/src/"),
        ("rpc-schema", "rpc-schema/src/"),
        ("sandbox", "sandbox/src/"),
    ] {
        let files = graph.files.iter().filter(|path| path.starts_with(folder));
        let edges = |kind| {
            let pairs = graph.pairs(&[kind]).into_iter();
            pairs
                .filter(|(from, to)| {
                    graph.path(*from).starts_with(folder) && graph.path(*to).starts_with(folder)
                })
                .count()
        };
        lines.push(format!(
            "  {name}: {} files, {} edges by imports and paths, {} by calls through a shared impl",
            files.count(),
            edges(Kind::Import),
            edges(Kind::Call)
        ));
    }
    for (title, kinds) in [
        ("circles of imports alone", &[Kind::Import][..]),
        (
            "circles of calls through a shared impl alone",
            &[Kind::Call],
        ),
        (
            "circles with calls through a shared impl",
            &[Kind::Import, Kind::Call],
        ),
    ] {
        let found = circles::circles(graph, kinds);
        let files: usize = found.iter().map(Vec::len).sum();
        lines.push(format!("{title}: {}, of {files} files", found.len()));
        for circle in &found {
            lines.push(format!("  {}", circles::describe(graph, kinds, circle)));
        }
    }
    let against = layers::against(graph, layers::ROOMS);
    lines.push(format!("edges against the layering: {}", against.len()));
    lines.extend(against.iter().map(|edge| format!("  {edge}")));
    lines.push("lines of a file: files, median, ninth tenth, longest".to_owned());
    for part in lengths::parts(sources) {
        let (path, longest) = part.longest;
        lines.push(format!(
            "  {:<14} {:>4} {:>5} {:>5} {:>5}  {path}",
            part.name, part.files, part.median, part.ninth_tenth, longest
        ));
    }
    lines.push(format!("files above {} lines", lengths::ORDINARY));
    for (length, path) in lengths::above(sources, lengths::ORDINARY) {
        lines.push(format!("  {length:>5} {path}"));
    }
    print(&lines.join("\n"));
}

#[expect(clippy::print_stdout, reason = "the report is read on the terminal")]
fn print(text: &str) {
    println!("{text}");
}
