//! `aloqa-gateway manual`: man pages of all commands and completions for shells, as files.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use super::Failure;
use super::exit::Exit;
use super::form::{Deed, Form};

const EXAMPLES: &str = "Examples:
  aloqa-gateway manual /usr/local/share       man pages and completions where man and the shells look
  aloqa-gateway manual /tmp/pages && man -l /tmp/pages/man/man1/aloqa-gateway-transactions-resolve.1

What is written: DIR/man/man1/*.1, DIR/bash-completion/completions/aloqa-gateway, DIR/zsh/site-functions/_aloqa-gateway,
DIR/fish/vendor_completions.d/aloqa-gateway.fish";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Manual {
    /// The folder. What it lacks is made.
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    directory: PathBuf,
}

pub(super) fn run(mut command: clap::Command, form: Form, wanted: &Manual) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    for (folder, shell) in [
        ("bash-completion/completions", Shell::Bash),
        ("zsh/site-functions", Shell::Zsh),
        ("fish/vendor_completions.d", Shell::Fish),
    ] {
        let folder = made(&wanted.directory, folder)?;
        let written = clap_complete::generate_to(shell, &mut command, &name, &folder)?;
        // The shell looks for the name of the program.
        if shell == Shell::Bash {
            fs::rename(written, folder.join(&name))?;
        }
    }
    let pages = made(&wanted.directory, "man/man1")?;
    clap_mangen::generate_to(command, &pages)?;
    let written = fs::read_dir(&pages)?.count();
    let directory = wanted.directory.display().to_string();
    Ok(form.deed(Deed {
        schema: "manual/1",
        item: json!({"directory": directory, "pages": written}),
        words: format!(
            "{written} man pages and the completions of bash, zsh and fish are in {directory}"
        ),
        next: None,
    })?)
}

fn made(directory: &Path, folder: &str) -> Result<PathBuf, Failure> {
    let folder = directory.join(folder);
    fs::create_dir_all(&folder).map_err(|error| {
        let told = format!("{} cannot be made: {error}", folder.display());
        Failure::new(Exit::OutOfReach, told)
    })?;
    Ok(folder)
}
