//! Every link to a document leads to a file and a heading, by GitHub's rules for anchors.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{self, Sources, is_text, planted};

/// Pages that are not in the repository: what was cited from them is in `docs/` now. In two parts, so that this file does
/// not cite them.
const GONE: [(&str, &str); 3] = [
    ("design", "section"),
    ("protocol", "notes"),
    ("reliability", "reference"),
];

/// A link, or a document's name in a text.
#[derive(Debug)]
struct Citation {
    line: usize,
    /// The file's path from the root.
    file: String,
    anchor: Option<String>,
}

/// Citations that lead nowhere.
fn broken(sources: &Sources) -> Vec<String> {
    let anchors: BTreeMap<&str, BTreeSet<String>> = sources
        .iter()
        .filter(|(path, _)| path.ends_with(".md"))
        .map(|(path, text)| (path.as_str(), anchors(text)))
        .collect();
    let exists = |file: &str| {
        let folder = format!("{}/", file.trim_end_matches('/'));
        sources.contains_key(file) || sources.keys().any(|path| path.starts_with(&folder))
    };
    let mut found = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| is_text(path)) {
        let mut citations = names(text);
        if path.ends_with(".md") {
            citations.extend(links(path, text));
        }
        for Citation { line, file, anchor } in citations {
            if !exists(&file) {
                found.push(format!("{path}:{line} cites {file}, which does not exist"));
            } else if let (Some(anchor), Some(known)) = (anchor, anchors.get(file.as_str()))
                && !known.contains(&anchor)
            {
                found.push(format!(
                    "{path}:{line} cites {file}#{anchor}, which has no such heading"
                ));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// `docs/<name>.md` and `docs/<name>.md#anchor` anywhere in a text; not within an address.
fn names(text: &str) -> Vec<Citation> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
    let is_anchor = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (at, _) in line.match_indices("docs/") {
            let (before, rest) = line.split_at(at);
            let word = before.rsplit(char::is_whitespace).next().unwrap_or(before);
            let after_name = rest.trim_start_matches(is_name);
            let Some(after) = after_name.strip_prefix(".md") else {
                continue;
            };
            // Part of a longer name, or of an address.
            if word.contains("://") || before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let name = rest.get(..rest.len() - after.len()).unwrap_or(rest);
            let anchor = after.strip_prefix('#').map(|after| {
                let end = after.find(|c| !is_anchor(c)).unwrap_or(after.len());
                after.get(..end).unwrap_or(after).to_owned()
            });
            found.push(Citation {
                line: number + 1,
                file: name.to_owned(),
                anchor,
            });
        }
    }
    found
}

/// The links of a Markdown page to files of the repository.
fn links(path: &str, text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    for (number, line) in outside_code(text) {
        let line_links = line.match_indices("](").map(|(at, _)| at + 2);
        let definition = line.starts_with('[').then(|| line.find("]: ")).flatten();
        for at in line_links.chain(definition.map(|at| at + 3)) {
            let target = line.get(at..).unwrap_or_default();
            let end = target
                .find(|c: char| c == ')' || c.is_whitespace())
                .unwrap_or(target.len());
            let target = target.get(..end).unwrap_or(target);
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = match target.split_once('#') {
                Some((file, anchor)) => (file, Some(anchor.to_owned())),
                None => (target, None),
            };
            found.push(Citation {
                line: number,
                file: if file.is_empty() {
                    path.to_owned()
                } else {
                    relative(path, file)
                },
                anchor,
            });
        }
    }
    found
}

/// The path from the root of a file that a page names relatively to its own folder.
fn relative(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = match (target.strip_prefix('/'), page.rsplit_once('/')) {
        (None, Some((folder, _))) => folder.split('/').collect(),
        (Some(_), _) | (None, None) => Vec::new(),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The lines of a page outside its blocks of code, with their numbers; code within a line is left out.
fn outside_code(text: &str) -> Vec<(usize, String)> {
    let mut fence = None;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, None) => {
                let parts = line.split('`').enumerate();
                let prose = parts.filter(|(index, _)| index % 2 == 0);
                let prose: Vec<&str> = prose.map(|(_, part)| part).collect();
                lines.push((number + 1, prose.join("")));
            }
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
        }
    }
    lines
}

/// What links may say behind `#`: a slug of each heading, with `-1`, `-2`, … where one is there already.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings: BTreeSet<usize> = outside_code(page)
        .into_iter()
        .filter(|(_, line)| {
            let text = line.trim_start_matches('#');
            (1..=6).contains(&(line.len() - text.len())) && text.starts_with(' ')
        })
        .map(|(number, _)| number)
        .collect();
    let mut anchors = BTreeSet::new();
    for (index, line) in page.lines().enumerate() {
        if headings.contains(&(index + 1)) {
            let slug = slug(line.trim_start_matches('#').trim());
            let numbered = (1..).map(|number| format!("{slug}-{number}"));
            let free = std::iter::once(slug.clone())
                .chain(numbered)
                .find(|anchor| !anchors.contains(anchor));
            anchors.extend(free);
        }
        // `<a id="…">`
        for (at, mark) in line.match_indices("id=\"") {
            let id = line.get(at + mark.len()..).unwrap_or_default();
            anchors.extend(id.split('"').next().map(str::to_owned));
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    // Of a link, its text counts.
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    text.to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Whether a section is named by its number: our pages have anchors. Standards may be cited so.
fn has_number_of_section(line: &str) -> bool {
    let is_standard = ["rfc", "specification"]
        .iter()
        .any(|name| line.contains(name));
    let mut behind = line.match_indices("section").map(|(at, word)| {
        let rest = line.get(at + word.len()..).unwrap_or_default();
        rest.trim_start_matches('s')
    });
    !is_standard
        && behind.any(|rest| {
            rest.strip_prefix(' ')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
}

/// Citations of pages that are not in the repository, also where a line ends within one.
fn of_gone_pages(sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| is_text(path)) {
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let words =
                    line.trim_start_matches(|c: char| c.is_whitespace() || "/!#>*".contains(c));
                words.trim_end().to_lowercase()
            })
            .collect();
        for (index, line) in lines.iter().enumerate() {
            let next = lines.get(index + 1).map_or("", String::as_str);
            for (first, second) in GONE {
                let cites = line.contains(&format!("{first} {second}"))
                    || (line.ends_with(first) && next.starts_with(second));
                if cites {
                    found.push(format!("{path}:{} cites the {first} {second}", index + 1));
                }
            }
            if has_number_of_section(line) {
                found.push(format!(
                    "{path}:{} cites a section by its number",
                    index + 1
                ));
            }
        }
    }
    found
}

#[test]
fn every_citation_leads_somewhere() {
    let found = broken(sources::current());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_cites_a_page_that_is_not_here() {
    let found = of_gone_pages(sources::current());
    assert!(
        found.is_empty(),
        "{} citations\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn planted_broken_citations_are_found() {
    // In pieces, so that this file does not cite them.
    let [there, nowhere, x] = ["there", "nowhere", "x"].map(|name| format!("docs/{name}.md"));
    let inside = nowhere.replace("nowhere", "inside");
    let page = "# A page\n\n## The same\n## The `same`\n```\n## In code\n```\n## It's here: 1.2 [a link](x.md)_\n";
    let holds = [
        (format!("{there}#the-same-1"), "src/a.rs"),
        (format!("{there}#its-here-12-a-link_"), "Cargo.toml"),
        (
            format!("[x](#h) [y](../{there}) [z](../src)\n# h"),
            "a/b.md",
        ),
        (
            format!("[x](https://example.org/{nowhere}#gone) `[x](gone.md)`"),
            "a.md",
        ),
        (format!("see {there}."), "run.sh"),
    ];
    let fails = [
        (format!("{there}#the-same-2"), "src/a.rs", "no such heading"),
        (format!("{there}#in-code"), "src/a.rs", "no such heading"),
        (nowhere.clone(), "a.toml", "does not exist"),
        ("[x](there.md)".to_owned(), "a.md", "does not exist"),
        ("[x](#nothing)".to_owned(), "a.md", "no such heading"),
        (
            "[x](there.md#nothing)".to_owned(),
            &inside,
            "no such heading",
        ),
        (
            "[x]: there.md#nothing".to_owned(),
            &inside,
            "no such heading",
        ),
    ];
    let tree = |path: &str, text: &str| {
        planted(&[(&there, page), (&x, ""), ("src/lib.rs", ""), (path, text)])
    };
    for (text, path) in &holds {
        assert_eq!(broken(&tree(path, text)), [""; 0], "{text} in {path}");
    }
    for (text, path, expected) in &fails {
        let found = broken(&tree(path, text));
        assert!(
            matches!(&*found, [one] if one.contains(expected)),
            "{text} in {path}: {found:?}"
        );
    }
}

#[test]
fn planted_citations_of_gone_pages_are_found() {
    for (first, second) in GONE {
        for text in [
            format!("/// By the {first} {second}."),
            format!("//! By the {first}\n//! {second}."),
        ] {
            let found = of_gone_pages(&planted(&[("src/a.rs", &text)]));
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
        let text = format!("/// By {first}, a {second}.");
        assert_eq!(of_gone_pages(&planted(&[("src/a.rs", &text)])), [""; 0]);
    }
    let section = "section";
    let number = format!("/// It is so ({section} 2.2).\n/// RFC 7617, {section} 2, says so.");
    assert_eq!(
        of_gone_pages(&planted(&[("src/a.rs", &number)])),
        [format!("src/a.rs:1 cites a {section} by its number")]
    );
}
