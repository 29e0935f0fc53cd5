//! Whether an operator means it: asked at a terminal. Elsewhere the reason that such a command takes is the word for it.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;

use super::Failure;
use super::output;

/// Asks before what cannot be taken back.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Consent {
    /// Do it without being asked. Where no terminal can be asked, nobody is.
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Goes on only if the operator means this.
    pub(super) fn to(self, what: &str) -> Result<(), Failure> {
        if self.yes || !io::stdin().is_terminal() {
            writeln!(output::err(), "{what}")?;
            return Ok(());
        }
        // Who cannot see what it is cannot consent to it.
        write!(io::stderr(), "{what}\nType yes to go on: ")?;
        let mut typed = String::new();
        io::stdin().lock().read_line(&mut typed)?;
        match typed.trim() {
            "yes" => Ok(()),
            _ => Err("stopped before anything was done".into()),
        }
    }
}
