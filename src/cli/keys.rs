//! `aloqa-gateway keys`: a new key file.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::random::Random;
use crate::vault::Vault;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Keys {
    /// Where to write it. An existing file is left alone.
    file: PathBuf,
}

const EXAMPLES: &str = "Examples:
  aloqa-gateway keys /etc/aloqa/keys      then set vault.key_file, and keep a copy in a safe place";

pub(super) fn run(command: &Keys, random: &dyn Random) -> Result<(), Failure> {
    let file = &command.file;
    if !Vault::generate(file, random)? {
        return Err(format!("{} already exists and was left alone", file.display()).into());
    }
    writeln!(
        io::stdout(),
        "wrote {}; keep a copy: without it, no card number can be read",
        file.display()
    )?;
    Ok(())
}
