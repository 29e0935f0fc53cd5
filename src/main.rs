//! The program: see `cli.rs` for its commands.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    aloqa_gateway::cli::run().await
}
