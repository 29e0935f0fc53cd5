//! A chain: how its rows are numbered and sealed.

use entity::audit::Model;
use entity::audit_chain;
use entity::time::UnixMillis;
use uuid::Uuid;

use super::head::Head;
use super::record::Record;
use crate::vault::{Mac256, Vault, same_mac};

/// The layout of what is sealed.
const FORMAT: &[u8] = &[1];

/// The row with which a chain begins.
pub(super) const OPENED: &str = "audit.opened";
/// A row that names where chains end.
pub(super) const ANCHOR: &str = "audit.anchor";
/// The row that covers what was recorded before there were chains, and what it is about.
pub(super) const SEALED: &str = "audit.sealed";
pub(super) const BEFORE_CHAINS: &str = "chain 0";

/// What stands before the first row of a chain.
pub(super) const NOTHING: Mac256 = [0; 32];

/// The chain that this process writes.
#[derive(Debug)]
pub(super) struct Chain {
    id: Uuid,
    opened_at: Option<UnixMillis>,
    seq: i64,
    previous: Mac256,
}

impl Chain {
    pub(super) fn new(id: Uuid) -> Self {
        Self {
            id,
            opened_at: None,
            seq: 0,
            previous: NOTHING,
        }
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn is_opened(&self) -> bool {
        self.opened_at.is_some()
    }

    /// The hash of the last row.
    pub(super) fn previous(&self) -> &Mac256 {
        &self.previous
    }

    /// The next row.
    pub(super) fn seal(&mut self, vault: &Vault, record: Record) -> Model {
        let record = record.cleaned();
        self.opened_at.get_or_insert(record.at);
        self.seq += 1;
        let mut row = Model {
            chain: self.id,
            seq: self.seq,
            at: record.at,
            who: record.who,
            source: record.source,
            action: record.action,
            object: record.object,
            outcome: record.outcome,
            detail: record.detail,
            mac: Vec::new(),
        };
        self.previous = row_mac(vault, &self.previous, &row);
        row.mac = self.previous.to_vec();
        row
    }

    /// Where the chain ends with this row, its last.
    pub(super) fn end(&self, vault: &Vault, last: &Model) -> audit_chain::Model {
        let mut end = audit_chain::Model {
            id: self.id,
            opened_at: self.opened_at.unwrap_or(last.at),
            seq: last.seq,
            mac: last.mac.clone(),
            proof: Vec::new(),
            at: last.at,
        };
        end.proof = end_proof(vault, &end).to_vec();
        end
    }
}

/// The hash of a row, over the one before it and over its columns, each with its length.
pub(super) fn row_mac(vault: &Vault, previous: &[u8], row: &Model) -> Mac256 {
    vault.audit_mac(&[
        b"row",
        FORMAT,
        previous,
        row.chain.as_bytes(),
        &row.seq.to_le_bytes(),
        &row.at.0.to_le_bytes(),
        row.who.as_bytes(),
        row.source.as_bytes(),
        row.action.as_bytes(),
        row.object.as_bytes(),
        row.outcome.as_bytes(),
        row.detail.as_bytes(),
    ])
}

fn end_proof(vault: &Vault, end: &audit_chain::Model) -> Mac256 {
    vault.audit_mac(&[
        b"end",
        FORMAT,
        end.id.as_bytes(),
        &end.opened_at.0.to_le_bytes(),
        &end.seq.to_le_bytes(),
        &end.mac,
        &end.at.0.to_le_bytes(),
    ])
}

/// Whether the end of a chain was written by who has the key.
pub(super) fn is_proven(vault: &Vault, end: &audit_chain::Model) -> bool {
    same_mac(&end.proof, &end_proof(vault, end))
}

/// What an anchor says: the hash of the row before it, and where the other chains end, and since when.
pub(super) fn anchored(previous: &Mac256, others: &[(Head, UnixMillis)]) -> String {
    let mut words = format!("previous={}", hex::encode(previous));
    for (other, at) in others {
        words.push_str(&format!(" {other}@{at}"));
    }
    words
}

/// The hash of the row before an anchor, by its own words.
pub(super) fn previous_of(anchor: &Model) -> Option<Mac256> {
    let digits = anchor.detail.split(' ').next()?.strip_prefix("previous=")?;
    let mut previous = NOTHING;
    hex::decode_to_slice(digits, &mut previous).ok()?;
    Some(previous)
}

/// The ends of chains that an anchor names, and the moments of these rows.
pub(super) fn named_by(anchor: &Model) -> impl Iterator<Item = (Head, UnixMillis)> {
    anchor.detail.split(' ').filter_map(|word| {
        let (head, at) = word.split_once('@')?;
        Some((head.parse().ok()?, UnixMillis(at.parse().ok()?)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn vault(directory: &std::path::Path) -> Vault {
        let path = directory.join("keys");
        Vault::generate(&path, &SystemRandom).unwrap();
        Vault::open(&path).unwrap()
    }

    /// Every column counts, and no letter can move from one to the next.
    #[test]
    fn a_hash_is_over_every_column() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let mut chain = Chain::new(Uuid::from_u128(1));
        let record = Record {
            who: "shop".to_owned(),
            source: "192.0.2.1".to_owned(),
            object: "card 1".to_owned(),
            outcome: "ok".to_owned(),
            detail: "x".to_owned(),
            ..Record::of(UnixMillis(5), "cards.info")
        };
        let row = chain.seal(&vault, record);
        let changes: [fn(&mut Model); 10] = [
            |row| row.chain = Uuid::from_u128(2),
            |row| row.seq += 1,
            |row| row.at = row.at + 1,
            |row| row.who.push('x'),
            |row| row.source.push('x'),
            |row| row.action.push('x'),
            |row| row.object.push('x'),
            |row| row.outcome.push('x'),
            |row| row.detail.push('x'),
            |row| {
                row.who = "shop1".to_owned();
                row.source = "92.0.2.1".to_owned();
            },
        ];
        assert_eq!(row_mac(&vault, &NOTHING, &row).to_vec(), row.mac);
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = row.clone();
            change(&mut changed);
            assert_ne!(
                row_mac(&vault, &NOTHING, &changed).to_vec(),
                row.mac,
                "change {number}"
            );
        }
        assert_ne!(row_mac(&vault, &[1; 32], &row).to_vec(), row.mac);
        let end = chain.end(&vault, &row);
        assert!(is_proven(&vault, &end));
        let earlier = audit_chain::Model { seq: 0, ..end };
        assert!(!is_proven(&vault, &earlier));
    }

    #[test]
    fn an_anchor_is_read_as_it_is_written() {
        let heads = [
            (Head::of(Uuid::from_u128(7), 12, &[0xab; 32]), UnixMillis(3)),
            (Head::of(Uuid::from_u128(8), 1, &[0xcd; 32]), UnixMillis(4)),
        ];
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let record = Record {
            detail: anchored(&[9; 32], &heads),
            ..Record::of(UnixMillis(5), ANCHOR)
        };
        let row = Chain::new(Uuid::from_u128(1)).seal(&vault, record);
        assert_eq!(previous_of(&row), Some([9; 32]));
        assert_eq!(named_by(&row).collect::<Vec<_>>(), heads);
    }
}
