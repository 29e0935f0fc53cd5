//! Which networks the gateway works with, and who says so.

use serde::{Deserialize, Serialize};

/// Which networks the gateway works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The simulated networks, a demo partner, a fixed code.
    Sandbox,
    /// Real networks.
    Production,
}

impl Profile {
    /// As the setting has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }
}

/// Why the gateway has its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The setting `profile` says so.
    InWords,
    /// It follows from the networks' addresses: there are some, or none.
    ByAddresses,
}
