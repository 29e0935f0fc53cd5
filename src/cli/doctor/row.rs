//! What was looked at, what was found, and what to do where it is not what is wanted.

use std::time::Duration;

/// How long a check may take.
pub(super) const LONGEST: Duration = Duration::from_secs(3);

/// One line of the table.
pub(super) struct Row {
    pub(super) check: String,
    pub(super) found: String,
    pub(super) wanted: String,
    /// What to do; `None`: nothing.
    pub(super) advice: Option<String>,
}

impl Row {
    pub(super) fn right(check: impl Into<String>, found: impl Into<String>, wanted: &str) -> Self {
        Self {
            check: check.into(),
            found: found.into(),
            wanted: wanted.to_owned(),
            advice: None,
        }
    }

    pub(super) fn wrong(
        check: impl Into<String>,
        found: impl Into<String>,
        wanted: &str,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            advice: Some(advice.into()),
            ..Self::right(check, found, wanted)
        }
    }

    /// The row with this advice where it is not right.
    pub(super) fn judged(self, is_right: bool, advice: &str) -> Self {
        Self {
            advice: (!is_right).then(|| advice.to_owned()),
            ..self
        }
    }
}

/// The row of a check that took too long.
pub(super) fn slow(check: &str, wanted: &str) -> Row {
    let found = format!("no answer in {} s", LONGEST.as_secs());
    Row::wrong(check, found, wanted, "find out what it waits for")
}
