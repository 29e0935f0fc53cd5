//! The fiscal receipts of a day's transfers, by our rows: the fiscal service has no list, and cannot be asked.

use std::io::{self, Write};

use entity::ids::TransactionId;
use entity::network::Network;
use entity::transfer::Fiscal;

use super::error::CompareError;
use super::report::Verdict;
use super::sources::Sources;
use crate::domain::day::Day;
use crate::repository::{calls_of_day, transfer as transfers};

/// A receipt that is not registered a day after its day has somebody to look at it.
const OVERDUE_MS: i64 = 24 * 3_600 * 1_000;

/// The receipts of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipts {
    pub day: Day,
    pub registered: usize,
    /// Not registered yet, and for how many attempts.
    pub due: Vec<(TransactionId, i32)>,
    pub overdue: bool,
    /// Refused, and why.
    pub refused: Vec<(TransactionId, String)>,
}

/// Reads the receipts of a day.
///
/// # Errors
/// The database cannot be read.
pub async fn receipts(sources: &Sources<'_>, day: Day) -> Result<Receipts, CompareError> {
    let db = &**sources.database;
    let (from, until) = (day.begins_at(), day.ends_at());
    let mut touched = Vec::new();
    for network in [Network::Uzcard, Network::Humo] {
        touched.extend(calls_of_day::transactions(db, network, from, until).await?);
    }
    touched.sort_unstable();
    touched.dedup();
    let mut found = Receipts {
        day,
        registered: 0,
        due: Vec::new(),
        overdue: sources.clock.now() >= until + OVERDUE_MS,
        refused: Vec::new(),
    };
    for row in transfers::of_transactions(db, &touched).await? {
        match row.fiscal {
            Fiscal::None => {}
            Fiscal::Registered => found.registered += 1,
            Fiscal::Due => found.due.push((row.transaction_id, row.fiscal_attempts)),
            Fiscal::Refused => {
                let cause = row.fiscal_cause.unwrap_or_default();
                found.refused.push((row.transaction_id, cause));
            }
        }
    }
    Ok(found)
}

impl Receipts {
    /// What follows for whoever reads it.
    pub fn verdict(&self) -> Verdict {
        let overdue = self.overdue && !self.due.is_empty();
        if overdue || !self.refused.is_empty() {
            Verdict::NotMatched
        } else {
            Verdict::AllMatched
        }
    }

    /// Writes those that are not registered, then the counts.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for (id, attempts) in &self.due {
            let overdue = if self.overdue { " overdue" } else { "" };
            writeln!(
                out,
                "RECEIPT     transaction={id} due attempts={attempts}{overdue}"
            )?;
        }
        for (id, cause) in &self.refused {
            writeln!(out, "RECEIPT     transaction={id} refused why={cause:?}")?;
        }
        writeln!(
            out,
            "{} receipts: {} registered, {} due, {} refused; the fiscal service cannot be asked which it has",
            self.day.iso(),
            self.registered,
            self.due.len(),
            self.refused.len()
        )?;
        out.flush()
    }
}
