//! The program. Its commands are in `cli.rs`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A call makes hundreds of small allocations (docs/performance.md#what-was-tried).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    aloqa_gateway::cli::run()
}
