//! What is in a gateway's folder, and what has changed there.

use std::fs;
use std::path::Path;

use sea_orm::{ConnectionTrait as _, Database};

/// Changes the database behind the gateway's back.
pub(crate) fn change(directory: &Path, sql: &str) {
    let url = format!(
        "sqlite:{}",
        directory.join("aloqa-gateway.sqlite").display()
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = Database::connect(url).await.unwrap();
        database.execute_unprepared(sql).await.unwrap();
        database.close().await.unwrap();
    });
}

/// Names and bytes of all files, but for the lock, which says nothing. What SQLite has in its log is brought into its file
/// first: when it does so by itself is its own affair.
pub(crate) fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    if directory.join("aloqa-gateway.sqlite").exists() {
        change(directory, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .filter(|(name, _)| {
            let is_aside = [".lock", "-shm", "-wal"].map(|ending| name.ends_with(ending));
            !is_aside.contains(&true)
        })
        .collect();
    files.sort();
    files
}

/// The files that are other ones, or have changed.
pub(crate) fn differing(before: &[(String, Vec<u8>)], after: &[(String, Vec<u8>)]) -> Vec<String> {
    let lacks = |one: &[(String, Vec<u8>)], other: &[(String, Vec<u8>)]| {
        let missing = one.iter().filter(|file| !other.contains(file));
        missing.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    [lacks(before, after), lacks(after, before)].concat()
}
