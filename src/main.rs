//! The program. Its commands are in `cli.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    aloqa_gateway::cli::run()
}
