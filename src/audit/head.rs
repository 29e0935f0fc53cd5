//! Where a chain ends: how it is written in an anchor, in the log and on the command line.

use std::fmt;
use std::str::FromStr;

use entity::audit::Model;
use uuid::Uuid;

/// A row of a chain, by its number and the first half of its hash: `CHAIN:NUMBER:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub chain: Uuid,
    pub seq: i64,
    pub hash: [u8; 16],
}

impl Head {
    /// Of a row with this hash.
    pub(super) fn of(chain: Uuid, seq: i64, mac: &[u8]) -> Self {
        let mut hash = [0; 16];
        hash.iter_mut()
            .zip(mac)
            .for_each(|(slot, byte)| *slot = *byte);
        Self { chain, seq, hash }
    }

    /// Whether this is the row.
    pub(super) fn is(&self, row: &Model) -> bool {
        *self == Self::of(row.chain, row.seq, &row.mac)
    }

    /// The first 12 hexadecimal digits of the hash as a number, which figures can hold exactly.
    pub(super) fn figure(&self) -> u64 {
        let first = self.hash.iter().take(6);
        first.fold(0, |figure, byte| figure << 8 | u64::from(*byte))
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (chain, seq, hash) = (self.chain.simple(), self.seq, hex::encode(self.hash));
        write!(f, "{chain}:{seq}:{hash}")
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = text.split(':');
            let (chain, seq, digits) = (parts.next()?, parts.next()?, parts.next()?);
            let mut hash = [0; 16];
            hex::decode_to_slice(digits, &mut hash).ok()?;
            let head = Self {
                chain: Uuid::try_parse(chain).ok()?,
                seq: seq.parse().ok().filter(|seq| *seq > 0)?,
                hash,
            };
            parts.next().is_none().then_some(head)
        };
        read().ok_or("must be CHAIN:NUMBER:HASH, as the gateway has logged it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head::of(Uuid::from_u128(7), 12, &[0xab; 32]);
        let text = head.to_string();
        assert_eq!(
            text,
            "00000000000000000000000000000007:12:abababababababababababababababab"
        );
        assert_eq!(text.parse(), Ok(head));
        assert_eq!(head.figure(), 0xabab_abab_abab);
        for wrong in [
            "",
            "x:1:ab",
            &text.replace(":12:", ":0:"),
            &text.replace(":12:", ":-1:"),
            &format!("{text}:"),
            &text[..text.len() - 1],
        ] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}
