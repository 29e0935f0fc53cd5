//! Whether an operator means it: asked at a terminal, said by `--yes` elsewhere.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;

use super::Failure;

/// Asks before what cannot be taken back.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Consent {
    /// Do it without being asked. Needed where no terminal can be asked.
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Goes on only if the operator means this.
    pub(super) fn to(self, what: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::unusable(format!(
                "this cannot be taken back, and nobody can be asked here: say --yes if you mean it ({what})"
            )));
        }
        write!(io::stderr(), "{what}\nType yes to go on: ")?;
        let mut typed = String::new();
        io::stdin().lock().read_line(&mut typed)?;
        match typed.trim() {
            "yes" => Ok(()),
            _ => Err("stopped before anything was done".into()),
        }
    }
}
