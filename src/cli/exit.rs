//! How the program ends: one table of exit statuses for all commands.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Done,
    /// Done, and somebody has to look.
    Look,
    Unusable,
    NotFound,
    Refused,
    OutOfReach,
    TryAgain,
    Fault,
}

impl Exit {
    const ALL: [Self; 8] = [
        Self::Done,
        Self::Look,
        Self::Unusable,
        Self::NotFound,
        Self::Refused,
        Self::OutOfReach,
        Self::TryAgain,
        Self::Fault,
    ];

    /// What the shell sees.
    pub(super) fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Look => 1,
            Self::Unusable => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::OutOfReach => 5,
            Self::TryAgain => 6,
            Self::Fault => 70,
        }
    }

    /// The `code` of an error in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Look => "look",
            Self::Unusable => "unusable",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::OutOfReach => "out_of_reach",
            Self::TryAgain => "try_again",
            Self::Fault => "fault",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Look => {
                "somebody has to look: differences, findings, a webhook that was not taken, a gateway that is not ready"
            }
            Self::Unusable => {
                "the command line, the settings, or the database that they name cannot be used; `compare`, `restored list` \
                 and `audit verify`: not everything could be read"
            }
            Self::NotFound => "what was named is not there",
            Self::Refused => "a rule forbids it, or the network says otherwise; nothing was done",
            Self::OutOfReach => {
                "the database, a network or a file cannot be reached, read or written"
            }
            Self::TryAgain => "something else is under way, or it is too early: try again",
            Self::Fault => "a fault of the program: tell its developers",
        }
    }

    /// The table for `--help` and the man page.
    pub(super) fn table() -> String {
        let rows = Self::ALL.map(|exit| format!("  {:<3} {}", exit.status(), exit.meaning()));
        format!("Exit status of every command:\n{}", rows.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_documented_table_is_this_one() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let page = fs::read_to_string(root.join("docs/operations.md")).unwrap();
        for exit in Exit::ALL {
            let row = format!(
                "| {} | `{}` | {} |",
                exit.status(),
                exit.name(),
                exit.meaning()
            );
            assert!(page.contains(&row), "docs/operations.md lacks: {row}");
        }
    }
}
