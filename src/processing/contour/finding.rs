//! What was looked at, what was found, and what to do where it is not what is wanted.

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: String,
    pub found: String,
    pub wanted: String,
    /// What to do; `None`: nothing.
    pub advice: Option<String>,
}

/// What a reply means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub found: String,
    pub advice: Option<String>,
}

impl Finding {
    pub fn right(check: &str, found: impl Into<String>, wanted: &str) -> Self {
        Self {
            check: check.to_owned(),
            found: found.into(),
            wanted: wanted.to_owned(),
            advice: None,
        }
    }

    pub fn wrong(
        check: &str,
        found: impl Into<String>,
        wanted: &str,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            advice: Some(advice.into()),
            ..Self::right(check, found, wanted)
        }
    }
}

impl Verdict {
    pub fn right(found: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            advice: None,
        }
    }

    pub fn wrong(found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}
