//! The files of the tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Files by their path from the root, with `/` between folders. The text of one that is not text is empty.
pub(crate) type Sources = BTreeMap<String, String>;

/// Folders that hold no sources of ours.
const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// The tree that is looked at: this one, or the one that `ALOQA_ARCHITECTURE_ROOT` names.
pub(crate) fn current() -> &'static Sources {
    static CURRENT: LazyLock<Sources> = LazyLock::new(read);
    &CURRENT
}

fn read() -> Sources {
    let root = std::env::var_os("ALOQA_ARCHITECTURE_ROOT")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let mut sources = Sources::new();
    read_folder(&root, "", &mut sources);
    assert!(
        sources.contains_key("src/lib.rs"),
        "{} is not the root of the project",
        root.display()
    );
    sources
}

fn read_folder(folder: &Path, prefix: &str, into: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                read_folder(&entry.path(), &format!("{path}/"), into);
            }
        } else if kind.is_file() {
            let text = if is_text(&path) {
                fs::read_to_string(entry.path()).unwrap_or_default()
            } else {
                String::new()
            };
            into.insert(path, text);
        }
    }
}

/// Whether a file is one that people write: it may cite a document.
pub(crate) fn is_text(path: &str) -> bool {
    [".rs", ".md", ".toml", ".sh"]
        .iter()
        .any(|end| path.ends_with(end))
        || path.starts_with(".ci/")
}

/// A tree made of strings, for a planted offender.
pub(crate) fn planted(files: &[(&str, &str)]) -> Sources {
    files
        .iter()
        .map(|&(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}
