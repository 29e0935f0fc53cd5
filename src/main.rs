//! The program. Its commands are in `cli.rs`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    aloqa_gateway::cli::run().await
}
