//! Why a sandbox can't be opened.

use std::path::PathBuf;

/// Every variant concerns the state file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the sandbox's state file {} is in use by another process", path.display())]
    InUse { path: PathBuf },
    #[error("can't {doing} the sandbox's state file {}", path.display())]
    StateFile {
        /// `open`, `read`, `lock` or `rewrite`.
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("line {line} of the sandbox's state file {} can't be read", path.display())]
    Corrupt {
        path: PathBuf,
        line: u64,
        source: serde_json::Error,
    },
}
