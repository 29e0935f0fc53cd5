//! What does HUMO's list of a day have that is not known here? Nothing else is taken from it: what it is worth is not known, and
//! of our own payments `GetPayment` tells.

use std::collections::{HashMap, HashSet};

use super::day_list::{MIDNIGHT_MS, can_be_ours};
use super::error::CompareError;
use super::join::{NetworkSide, Scope};
use super::payment::Payment;
use super::report::TheirList;
use super::sources::Sources;
use crate::domain::network::to_stored;
use crate::processing::books::Listing;
use crate::repository::{calls_of_day, reconciliation};

/// Reads HUMO's list of the day, and of that what neither `ours` nor the database knows, by our reference or HUMO's number.
pub(super) async fn read(
    sources: &Sources<'_>,
    scope: Scope,
    ours: &[Payment],
) -> Result<(HashMap<String, NetworkSide>, TheirList), CompareError> {
    let Some(Listing { rows, lacks }) = sources.humo_list(scope.day).await else {
        return Ok((HashMap::new(), TheirList::NotAsked));
    };
    let (mut listed, mut known) = (rows, Known::default());
    known.add(ours);
    listed.retain(|row| !known.has(&row.reference, &row.network_id));
    if !listed.is_empty() {
        let references: Vec<String> = listed
            .iter()
            .map(|row| row.reference.clone())
            .filter(|reference| can_be_ours(reference))
            .collect();
        let (db, network) = (&**sources.database, to_stored(scope.network));
        let (from, until) = (scope.day.begins_at(), scope.day.ends_at());
        let (from, until) = (from - MIDNIGHT_MS, until + MIDNIGHT_MS);
        for ids in [
            calls_of_day::transactions_with(db, network, &references).await?,
            calls_of_day::transactions(db, network, from, until).await?,
        ] {
            known.add(&sources.payments(scope.network, &ids).await?);
        }
        for day in [scope.day.before(), scope.day] {
            for row in reconciliation::of_day(db, day.number()).await? {
                known.names.extend(row.reference);
                known.numbers.extend(row.payment_id);
            }
        }
        listed.retain(|row| !known.has(&row.reference, &row.network_id));
    }
    listed.sort_unstable();
    let mut theirs: HashMap<String, NetworkSide> = HashMap::new();
    for row in listed {
        let side = theirs.entry(row.reference.clone()).or_default();
        side.listed.push(row);
    }
    let list = match lacks {
        Some(error) => TheirList::Lacking(error.to_string()),
        None => TheirList::Whole,
    };
    Ok((theirs, list))
}

/// The references and HUMO's numbers of what is known here.
#[derive(Default)]
struct Known {
    names: HashSet<String>,
    numbers: HashSet<String>,
}

impl Known {
    fn add(&mut self, payments: &[Payment]) {
        for payment in payments {
            self.names.insert(payment.reference.clone());
            self.numbers.insert(payment.network_id.clone());
        }
    }

    fn has(&self, reference: &str, number: &str) -> bool {
        let has = |known: &HashSet<String>, name: &str| !name.is_empty() && known.contains(name);
        has(&self.names, reference) || has(&self.numbers, number)
    }
}
