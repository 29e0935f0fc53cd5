//! What is shared with the tests through the front door.

use std::path::PathBuf;

/// The throw-away PostgreSQL server of the run.
#[path = "../../api/support/postgres.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "made for the tests through the front door, which need more of it"
)]
pub(crate) mod postgres;

/// A folder in memory where there is one, for what the gateway's kills cannot harm.
fn fast_directory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}
