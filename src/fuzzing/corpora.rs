//! Every input that fuzzing has kept goes through its target: what was reached once is reached in each build, and what was
//! found stays mended.

use std::fs;
use std::path::{Path, PathBuf};

use super::TARGETS;

/// Fewer inputs of a target than this were lost, not thinned out.
const FLOOR: usize = 20;
/// More are thinned out with `cargo fuzz cmin`.
const CEILING: usize = 200;
const CEILING_BYTES: u64 = 300 * 1024;

fn inputs(folder: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(folder)
        .join(target);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

#[test]
fn what_was_kept_breaks_no_rule() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let corpus = inputs("corpus", name);
        assert!(corpus.len() >= FLOOR, "{name} has {} inputs", corpus.len());
        for path in corpus.iter().chain(&inputs("regressions", name)) {
            let bytes = fs::read(path).unwrap();
            if std::panic::catch_unwind(|| target(&bytes)).is_err() {
                broken.push(path.display().to_string());
            }
        }
    }
    assert!(
        broken.is_empty(),
        "rules are broken by\n{}",
        broken.join("\n")
    );
}

#[test]
fn what_is_kept_is_small() {
    for (name, _) in TARGETS {
        let corpus = inputs("corpus", name);
        let bytes: u64 = corpus
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum();
        assert!(corpus.len() <= CEILING, "{name}: {} inputs", corpus.len());
        assert!(bytes <= CEILING_BYTES, "{name}: {bytes} bytes");
    }
}

#[test]
fn every_target_is_built_for_fuzzing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let expected: Vec<String> = TARGETS
        .iter()
        .map(|(name, _)| format!("{name}.rs"))
        .collect();
    assert_eq!(files, expected);
}
