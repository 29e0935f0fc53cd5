//! Who says something with a command, and why: kept with what the command does.

use std::os::unix::fs::MetadataExt as _;
use std::{env, fs, io};

use clap::Args;

use crate::payment::resolve::Statement;

/// Who makes a statement, and why.
#[derive(Debug, Args)]
pub(super) struct Speaker {
    /// How you know, or what you did, for whoever asks later.
    #[arg(long, value_parser = not_empty)]
    reason: String,
    /// Who you are. Default: your user name on this system.
    #[arg(long, value_parser = not_empty)]
    by: Option<String>,
}

impl Speaker {
    pub(super) fn statement<'a>(&'a self, by: &'a str) -> Statement<'a> {
        let reason = &self.reason;
        Statement { by, reason }
    }

    /// Both as one text.
    pub(super) fn words(&self) -> io::Result<String> {
        Ok(format!("{}: {}", self.name()?, self.reason))
    }

    /// The name given, else that of the user who is logged in, else the user's number.
    pub(super) fn name(&self) -> io::Result<String> {
        match &self.by {
            Some(by) => Ok(by.clone()),
            None => user(),
        }
    }
}

/// The name of the user who is logged in, else the user's number.
#[expect(
    clippy::disallowed_methods,
    reason = "the name of the operator is not a setting"
)]
pub(super) fn user() -> io::Result<String> {
    let named = ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| env::var(name).ok());
    match named.filter(|name| !name.is_empty()) {
        Some(name) => Ok(name),
        None => Ok(format!("user {}", fs::metadata("/proc/self")?.uid())),
    }
}

pub(super) fn not_empty(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("must not be empty"),
        trimmed => Ok(trimmed.to_owned()),
    }
}
