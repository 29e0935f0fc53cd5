//! How long files are. Half of them should be below 150 lines and nine of ten below 350.

use std::collections::BTreeMap;

use crate::sources::{self, Sources, planted};

/// No file is longer without a reason in [`LONG`].
const MOST: usize = 600;

/// Above this, the report lists a file.
pub(crate) const ORDINARY: usize = 450;

/// Files above [`MOST`], and why they stay whole.
const LONG: &[(&str, &str)] = &[(
    "rpc-schema/src/errors/catalogue.rs",
    "one table: an entry for each error code",
)];

/// The lines of each `.rs` file.
fn lengths(sources: &Sources) -> BTreeMap<&str, usize> {
    let code = sources.iter().filter(|(path, _)| path.ends_with(".rs"));
    code.map(|(path, text)| (path.as_str(), text.lines().count()))
        .collect()
}

/// The files of one part of the tree.
pub(crate) struct Part<'s> {
    pub(crate) name: &'s str,
    pub(crate) files: usize,
    pub(crate) median: usize,
    pub(crate) ninth_tenth: usize,
    pub(crate) longest: (&'s str, usize),
}

/// Each part: the folders of the root, and of each crate its tests apart from its sources.
pub(crate) fn parts(sources: &Sources) -> Vec<Part<'_>> {
    let mut parts: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for (path, lines) in lengths(sources) {
        let end = path
            .find("/src/")
            .or_else(|| path.find("/tests/").map(|at| at + 6));
        let end = end.or_else(|| path.find('/')).unwrap_or(path.len());
        let part = path.get(..end).unwrap_or(path);
        parts.entry(part).or_default().push((lines, path));
    }
    let mut table = Vec::new();
    for (name, mut files) in parts {
        files.sort_unstable();
        // The length that so many tenths of the files do not exceed.
        let tenth = |tenths: usize| {
            let at = (files.len() * tenths).div_ceil(10).saturating_sub(1);
            files.get(at).map_or(0, |(lines, _)| *lines)
        };
        let (lines, path) = files.last().copied().unwrap_or_default();
        table.push(Part {
            name,
            files: files.len(),
            median: tenth(5),
            ninth_tenth: tenth(9),
            longest: (path, lines),
        });
    }
    table
}

/// The files above a number of lines, the longest first.
pub(crate) fn above(sources: &Sources, lines: usize) -> Vec<(usize, &str)> {
    let lengths = lengths(sources).into_iter();
    let mut long: Vec<(usize, &str)> = lengths
        .filter(|(_, length)| *length > lines)
        .map(|(path, length)| (length, path))
        .collect();
    long.sort_unstable_by(|a, b| b.cmp(a));
    long
}

/// Files that are too long, and reasons that nothing needs.
fn violations(sources: &Sources, reasons: &[(&str, &str)]) -> Vec<String> {
    let long = above(sources, MOST);
    let without_reason = long
        .iter()
        .filter(|(_, path)| !reasons.iter().any(|(file, _)| file == path))
        .map(|(lines, path)| format!("{path} has {lines} lines, more than {MOST}"));
    let stale = reasons
        .iter()
        .filter(|(file, _)| !long.iter().any(|(_, path)| path == file))
        .map(|(file, reason)| format!("{file} is not longer than {MOST}: remove {reason:?}"));
    without_reason.chain(stale).collect()
}

#[test]
fn no_file_is_too_long_without_a_reason() {
    let wrong = violations(sources::current(), LONG);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_planted_long_file_is_found() {
    let (fits, long) = ("//\n".repeat(MOST), "//\n".repeat(MOST + 1));
    let tree = planted(&[("src/fits.rs", &fits), ("src/long.rs", &long)]);
    assert_eq!(
        violations(&tree, &[]),
        ["src/long.rs has 601 lines, more than 600"]
    );
    assert_eq!(violations(&tree, &[("src/long.rs", "a table")]), [""; 0]);
    let stale = violations(
        &tree,
        &[("src/long.rs", "a table"), ("src/fits.rs", "none")],
    );
    assert_eq!(stale.len(), 1, "{stale:?}");
}

#[test]
fn the_table_has_median_and_ninth_tenth() {
    let texts: Vec<(String, String)> = (1..=10)
        .map(|lines| (format!("src/{lines}.rs"), "//\n".repeat(lines)))
        .collect();
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let tree = planted(&files);
    let [part] = &*parts(&tree) else {
        panic!("one part");
    };
    assert_eq!((part.name, part.files), ("src", 10));
    assert_eq!((part.median, part.ninth_tenth), (5, 9));
    assert_eq!(part.longest, ("src/10.rs", 10));
}
