//! What covers the rows from before there were chains, up to one of them. A gateway of an earlier version may add more, which
//! the next process covers.

use std::fmt;
use std::str::FromStr;

use entity::audit::Model;

use super::chain::{NOTHING, row_mac};
use crate::vault::{Mac256, Vault};

/// The last row that is covered, and the hash over all of them: `to row 7: HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) last: i64,
    mac: Mac256,
}

impl Default for Seal {
    /// Over nothing.
    fn default() -> Self {
        Self {
            last: 0,
            mac: NOTHING,
        }
    }
}

impl Seal {
    /// Over the next row, too.
    pub(super) fn add(&mut self, vault: &Vault, row: &Model) {
        self.mac = row_mac(vault, &self.mac, row);
        self.last = row.seq;
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to row {}: {}", self.last, hex::encode(self.mac))
    }
}

impl FromStr for Seal {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let read = || {
            let (last, digits) = text.strip_prefix("to row ")?.split_once(": ")?;
            let mut mac = NOTHING;
            hex::decode_to_slice(digits, &mut mac).ok()?;
            let last = last.parse().ok()?;
            Some(Self { last, mac })
        };
        read().ok_or(())
    }
}
