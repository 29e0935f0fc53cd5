//! Who says what each setting is.

use std::collections::BTreeMap;
use std::fmt;

/// Who says what a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: it is built in.
    Default,
    /// The settings file: `FILE:LINE:COLUMN`.
    File(String),
    /// A variable of the environment.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File(place) => place,
            Self::Variable(name) => name,
        })
    }
}

/// Who says what each setting is that somebody has set.
#[derive(Debug, Default)]
pub(super) struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Whoever sets a key last is believed.
    pub(super) fn set(&mut self, key: &str, origin: Origin) {
        self.0.insert(key.to_owned(), origin);
    }

    pub(super) fn of(&self, key: &str) -> Origin {
        self.0.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// Where a key is set, or the first one below it that is; `None` where nobody has set it.
    pub(super) fn place(&self, key: &str) -> Option<String> {
        let below = format!("{key}.");
        let mut set = self.0.iter();
        let (_, origin) = set.find(|(set, _)| *set == key || set.starts_with(&below))?;
        match origin {
            Origin::Default => None,
            Origin::File(place) | Origin::Variable(place) => Some(place.clone()),
        }
    }
}
