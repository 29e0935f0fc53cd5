//! `aloqa-gateway keys`: key files.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Failure;
use crate::config::Config;
use crate::environment::Environment;
use crate::random::Random;
use crate::start::open_prepared;
use crate::vault::Vault;

const EXAMPLES: &str = "Examples:
  aloqa-gateway keys new /etc/aloqa/keys      then set vault.key_file, and keep a copy in a safe place
  aloqa-gateway keys check                    whether the key file fits the database";

/// Words that are commands here, now or later, and so no names for a key file.
const WORDS: [&str; 8] = [
    "new", "check", "list", "add", "rotate", "retire", "remove", "help",
];

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum KeysCommand {
    /// Make a key file with fresh random keys, which only its owner can read.
    New {
        /// Where to write it. An existing file is left alone.
        file: PathBuf,
    },
    /// Say whether the key file can be read and fits the database.
    Check,
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Makes a key file; needs no settings.
pub(super) fn new(file: &Path, random: &dyn Random) -> Result<(), Failure> {
    if WORDS.iter().any(|word| file == Path::new(word)) {
        let told = format!(
            "{word} is no name for a key file, since it is, or may become, a command: give it another one, or write ./{word}",
            word = file.display()
        );
        return Err(told.into());
    }
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

/// Opens the database with the keys, which succeeds only if they fit.
pub(super) async fn check(config: &Config, environment: &Environment) -> Result<(), Failure> {
    let (_, vault) = open_prepared(config, environment).await?;
    let ids: Vec<String> = vault.proofs().into_iter().map(|(id, _)| id).collect();
    writeln!(
        io::stdout(),
        "the key file fits the database (keys: {})",
        ids.join(" ")
    )?;
    Ok(())
}

/// What was once `keys FILE`, and what is no command.
pub(super) fn other(words: &[String]) -> Failure {
    let word = words.first().map_or("", String::as_str);
    match WORDS.contains(&word) {
        true => format!("this version has no command `keys {word}`; `aloqa-gateway keys --help` shows those that it has"),
        false => format!("`keys {word}` makes no file any more: write `aloqa-gateway keys new {word}`"),
    }
    .into()
}
