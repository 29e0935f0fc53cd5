//! Is every row of the log there, unchanged and in its place?

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use entity::audit::Model;
use entity::audit_chain;
use entity::time::UnixMillis;
use sea_orm::DbErr;
use uuid::Uuid;

use super::chain::{
    ANCHOR, BEFORE_CHAINS, NOTHING, OPENED, SEALED, is_proven, named_by, previous_of, row_mac,
};
use super::head::Head;
use super::seal::Seal;
use crate::database::Connection;
use crate::domain::day::stamp;
use crate::repository::audit as audits;
use crate::vault::{Vault, same_mac};

/// How many rows are read at once.
const PAGE: u64 = 2_000;
/// By how much a row may be older than the one before it without a remark, milliseconds: they come from several tasks.
const JITTER: i64 = 60_000;

/// What is verified, and what is known from elsewhere.
pub struct Verify<'a, C> {
    pub db: &'a C,
    pub vault: &'a Vault,
    /// Ends of chains that were kept outside the database.
    pub anchors: &'a [Head],
    /// Rows before this moment may have been removed, up to an anchor, and whole chains that ended before.
    pub kept_since: Option<UnixMillis>,
    /// Hears how far it has come.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Verification {
    pub rows: u64,
    pub chains: usize,
    pub findings: Vec<Finding>,
    pub remarks: Vec<Remark>,
    /// Where the chains end now.
    pub heads: Vec<Head>,
    /// Those of them that no other chain names: what is to be kept outside the database, for the next time.
    pub unnamed: Vec<Head>,
}

/// Something that nobody who has no key, or only added rows, could have caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A row was changed, or comes from elsewhere.
    Altered { chain: Uuid, seq: i64 },
    /// Rows are not there, before another one of the same chain.
    Missing { chain: Uuid, from: i64, to: i64 },
    /// The last rows of a chain are not there.
    CutOff { chain: Uuid, last: i64, known: i64 },
    /// A whole chain is not there.
    Gone { chain: Uuid, known: i64 },
    /// A row is another one than an anchor says.
    Other { head: Head },
    /// Where a chain ends is not written, or not by who has the key.
    EndForged { chain: Uuid },
    /// The rows from before there were chains are not those that were sealed.
    Before,
}

/// What is no proof of anything, and worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The clock went back.
    ClockWentBack {
        chain: Uuid,
        seq: i64,
        from: UnixMillis,
        to: UnixMillis,
    },
    /// Rows of the chain from before, which a gateway of an earlier version has written meanwhile. Its rows are not sealed until
    /// another process writes to the log.
    Unsealed { from: i64, to: i64 },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { chain, seq } => write!(
                f,
                "ALTERED {}:{seq} was changed, moved, or written by somebody without the key",
                chain.simple()
            ),
            Self::Missing { chain, from, to } => {
                let chain = chain.simple();
                write!(f, "MISSING {chain}:{from} to {to} were removed")
            }
            Self::CutOff { chain, last, known } => write!(
                f,
                "MISSING {}:{} to {known} were removed from the end",
                chain.simple(),
                last + 1
            ),
            Self::Gone { chain, known } => {
                let chain = chain.simple();
                write!(f, "MISSING {chain}:1 to {known}, a whole chain, was removed")
            }
            Self::Other { head } => write!(
                f,
                "ALTERED {}:{} is another row than the one of the anchor {head}",
                head.chain.simple(),
                head.seq
            ),
            Self::EndForged { chain } => write!(
                f,
                "ALTERED the end of {} in audit_chain was removed, changed, or written by somebody without the key",
                chain.simple()
            ),
            Self::Before => f.write_str(
                "ALTERED rows from before there were chains (chain 0) are not those that were sealed",
            ),
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockWentBack {
                chain,
                seq,
                from,
                to,
            } => write!(
                f,
                "NOTE at {}:{seq} the clock went back from {} to {}",
                chain.simple(),
                stamp(*from),
                stamp(*to)
            ),
            Self::Unsealed { from, to } => {
                write!(
                    f,
                    "NOTE 0:{from} to {to}, from before there were chains, are not sealed yet"
                )
            }
        }
    }
}

/// How far a chain was followed.
#[derive(Debug)]
struct Walk {
    seq: i64,
    mac: Vec<u8>,
    latest: UnixMillis,
    /// It begins with an anchor, and the rows before it may be gone.
    first: i64,
}

/// What anchors say of the end of a chain: the furthest of them, and the moment of that row.
type Named = BTreeMap<Uuid, (Head, UnixMillis)>;

#[derive(Default)]
struct Pass {
    found: Verification,
    walks: BTreeMap<Uuid, Walk>,
    named: Named,
    /// The rows that seal those from before there were chains.
    seals: Vec<Option<Seal>>,
}

impl<C: Connection> Verify<'_, C> {
    /// Reads the whole log, also while gateways write on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn run(&self) -> Result<Verification, DbErr> {
        // Read first: whatever comes later is behind these ends.
        let ends = audits::ends(self.db, None).await?;
        let ends: HashMap<Uuid, audit_chain::Model> =
            ends.into_iter().map(|end| (end.id, end)).collect();
        let mut pass = Pass::default();
        let mut place = (Uuid::nil(), 0);
        loop {
            let page = audits::page(self.db, place, PAGE).await?;
            let Some(last) = page.last() else { break };
            place = (last.chain, last.seq);
            for row in &page {
                self.take(&mut pass, row, &ends);
            }
            let rows = pass.found.rows;
            (self.progress)(&format!("{rows} rows verified"));
        }
        self.read_what_came_meanwhile(&mut pass, &ends).await?;
        self.compare_ends(&mut pass, &ends);
        self.miss_ends(&mut pass, &ends).await?;
        pass.list_heads();
        self.compare_anchors(&mut pass).await?;
        self.compare_seals(&mut pass).await?;
        Ok(pass.found)
    }

    /// The next row, in the order of chains and numbers.
    fn take(&self, pass: &mut Pass, row: &Model, ends: &HashMap<Uuid, audit_chain::Model>) {
        pass.found.rows += 1;
        let chain = row.chain;
        let walk = pass.walks.entry(chain).or_insert(Walk {
            seq: 0,
            mac: NOTHING.to_vec(),
            latest: row.at,
            first: row.seq,
        });
        let mut previous = Some(std::mem::take(&mut walk.mac));
        let may_begin_here = walk.seq == 0 && row.seq != 1 && self.may_begin_with(row);
        if row.seq != walk.seq + 1 {
            if !may_begin_here {
                let (from, to) = (walk.seq + 1, row.seq - 1);
                pass.found
                    .findings
                    .push(Finding::Missing { chain, from, to });
            }
            previous = previous_of(row).map(|mac| mac.to_vec());
        }
        (walk.seq, walk.mac) = (row.seq, row.mac.clone());
        let is_ours = match previous {
            Some(previous) => same_mac(&row_mac(self.vault, &previous, row), &row.mac),
            // Nothing can be said of it: the row before it is gone, which was found.
            None => !may_begin_here,
        };
        if !is_ours {
            let seq = row.seq;
            pass.found.findings.push(Finding::Altered { chain, seq });
            return;
        }
        if row.at < walk.latest - JITTER {
            pass.found.remarks.push(Remark::ClockWentBack {
                chain,
                seq: row.seq,
                from: walk.latest,
                to: row.at,
            });
            walk.latest = row.at;
        }
        walk.latest = walk.latest.max(row.at);
        if let Some(end) = ends.get(&chain)
            && end.seq == row.seq
            && end.mac != row.mac
        {
            pass.found.findings.push(Finding::EndForged { chain });
        }
        match row.action.as_str() {
            OPENED | ANCHOR => named_by(row).for_each(|(head, at)| pass.name(head, at)),
            SEALED if row.object == BEFORE_CHAINS => pass.seals.push(row.detail.parse().ok()),
            _ => {}
        }
    }

    /// Whether the rows before this one may have been removed.
    fn may_begin_with(&self, row: &Model) -> bool {
        row.action == ANCHOR && self.kept_since.is_some_and(|since| row.at < since)
    }

    /// Anchors may name rows that were written after their chain was read.
    async fn read_what_came_meanwhile(
        &self,
        pass: &mut Pass,
        ends: &HashMap<Uuid, audit_chain::Model>,
    ) -> Result<(), DbErr> {
        let named = pass.named.values().map(|(head, _)| *head);
        let behind: BTreeMap<Uuid, i64> = named
            .chain(self.anchors.iter().copied())
            .filter_map(|head| {
                let seq = pass.walks.get(&head.chain).map_or(0, |walk| walk.seq);
                (seq < head.seq).then_some((head.chain, seq))
            })
            .collect();
        for (chain, mut seq) in behind {
            loop {
                let page = audits::page_of(self.db, (chain, seq), PAGE).await?;
                let Some(last) = page.last() else { break };
                seq = last.seq;
                for row in &page {
                    self.take(pass, row, ends);
                }
            }
        }
        Ok(())
    }

    fn compare_ends(&self, pass: &mut Pass, ends: &HashMap<Uuid, audit_chain::Model>) {
        let findings = &mut pass.found.findings;
        for (chain, end) in ends {
            let (chain, known) = (*chain, end.seq);
            if !is_proven(self.vault, end) {
                findings.push(Finding::EndForged { chain });
                continue;
            }
            match pass.walks.get(&chain) {
                None => findings.push(Finding::Gone { chain, known }),
                Some(Walk { seq, .. }) if *seq < known => {
                    let last = *seq;
                    findings.push(Finding::CutOff { chain, last, known });
                }
                Some(_) => {}
            }
        }
    }

    /// Chains whose end is not written. One that has begun meanwhile has its end by now.
    async fn miss_ends(
        &self,
        pass: &mut Pass,
        before: &HashMap<Uuid, audit_chain::Model>,
    ) -> Result<(), DbErr> {
        let walked = pass.walks.keys().copied();
        let lacking: Vec<Uuid> = walked.filter(|chain| !before.contains_key(chain)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let now = audits::ends(self.db, None).await?;
        for chain in lacking {
            let end = now.iter().find(|end| end.id == chain);
            if !end.is_some_and(|end| is_proven(self.vault, end)) {
                pass.found.findings.push(Finding::EndForged { chain });
            }
        }
        Ok(())
    }

    /// The rows from before there were chains are those that were sealed. Later ones are sealed by the next process.
    async fn compare_seals(&self, pass: &mut Pass) -> Result<(), DbErr> {
        let (mut seal, mut met) = (Seal::default(), Vec::new());
        loop {
            let page = audits::before(self.db, seal.last, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                pass.found.rows += 1;
                seal.add(self.vault, row);
                if pass.seals.contains(&Some(seal)) {
                    met.push(Some(seal));
                }
            }
        }
        if !pass.seals.iter().all(|seal| met.contains(seal)) {
            pass.found.findings.push(Finding::Before);
        }
        let sealed = pass.seals.iter().flatten().map(|seal| seal.last).max();
        if sealed.unwrap_or_default() < seal.last {
            let from = sealed.unwrap_or_default() + 1;
            pass.found.remarks.push(Remark::Unsealed {
                from,
                to: seal.last,
            });
        }
        Ok(())
    }

    async fn compare_anchors(&self, pass: &mut Pass) -> Result<(), DbErr> {
        let named = std::mem::take(&mut pass.named);
        let named = named.into_values().map(|(head, at)| (head, Some(at)));
        let kept = self.anchors.iter().map(|head| (*head, None));
        for (head, at) in named.chain(kept) {
            let may_be_gone = at.is_some_and(|at| self.kept_since.is_some_and(|since| at < since));
            let (chain, known) = (head.chain, head.seq);
            let finding = match pass.walks.get(&chain) {
                None if may_be_gone => continue,
                None => Finding::Gone { chain, known },
                Some(Walk { first, .. }) if may_be_gone && known < *first => continue,
                Some(Walk { seq, .. }) if *seq < known => Finding::CutOff {
                    chain,
                    last: *seq,
                    known,
                },
                Some(_) => match audits::find(self.db, chain, known).await? {
                    Some(row) if head.is(&row) => continue,
                    // That it is not there was found already.
                    None => continue,
                    Some(_) => Finding::Other { head },
                },
            };
            if !pass.found.findings.contains(&finding) {
                pass.found.findings.push(finding);
            }
        }
        Ok(())
    }
}

impl Pass {
    fn name(&mut self, head: Head, at: UnixMillis) {
        let known = self.named.entry(head.chain).or_insert((head, at));
        if known.0.seq < head.seq {
            *known = (head, at);
        }
    }

    fn list_heads(&mut self) {
        let walks = self.walks.iter();
        let heads: Vec<Head> = walks
            .map(|(chain, walk)| Head::of(*chain, walk.seq, &walk.mac))
            .collect();
        let is_named = |head: &&Head| {
            let named = self.named.get(&head.chain);
            named.is_some_and(|(named, _)| named.seq >= head.seq)
        };
        self.found.unnamed = heads
            .iter()
            .filter(|head| !is_named(head))
            .copied()
            .collect();
        self.found.chains = heads.len();
        self.found.heads = heads;
    }
}
