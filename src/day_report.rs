//! What a partner did on a day of Tashkent's time: each debit, hold and transfer as `transactions.list` has it, with the
//! payments that the networks must have as the comparison has them, and the sums.
//!
//! A transaction belongs to the day on which it was ordered, whatever became of it later. It is read a page at a time, so a
//! day may have any number of them.

use std::collections::{BTreeMap, HashMap};

use entity::ids::TransactionId;
use entity::network::Network;
use entity::partner;
use entity::time::UnixMillis;
use entity::transaction::{Kind, Status};
use sea_orm::ActiveEnum as _;
use uuid::Uuid;

use crate::comparison::payment::{Payment, payments};
use crate::database::Database;
use crate::domain::day::Day;
use crate::domain::operation::status_at;
use crate::error::Error;
use crate::repository::transaction::Place;
use crate::repository::{
    calls_of_day, card as cards, transaction as transactions, transfer as transfers,
};
use crate::service::Snapshot;
use crate::vault::{Owner, Vault};

/// How many transactions are read at once.
const PAGE: u64 = 500;

/// A report that is being read.
pub struct DayReport<'a> {
    database: &'a Database,
    vault: &'a Vault,
    partner: partner::Model,
    day: Day,
    now: UnixMillis,
    /// Behind this one the next page begins.
    after: Option<Place>,
    totals: BTreeMap<(String, String), Total>,
}

/// A transaction of the day.
#[derive(Debug)]
pub struct Line {
    pub snapshot: Snapshot,
    /// As partners are told it.
    pub status: Status,
    /// The mask of the card that pays; `None` where it cannot be read.
    pub card: Option<String>,
    /// The recipient's network, of a transfer.
    pub to_network: Option<Network>,
    /// What the networks must have of it, oldest first.
    pub payments: Vec<(Network, Payment)>,
}

/// What the transactions of one kind on one network come to. Amounts are tiyin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    pub count: u64,
    /// How many of them took money.
    pub paid: u64,
    /// What they took: of a debit or hold what was captured, of a transfer what was sent without the fee.
    pub taken: i64,
    /// What they took on top.
    pub fee: i64,
    /// What was given back of it.
    pub reversed: i64,
}

impl Line {
    /// What it took, tiyin; `None` while it took nothing.
    pub fn taken(&self) -> Option<i64> {
        let transaction = &self.snapshot.transaction;
        match transaction.kind {
            Kind::Debit | Kind::Hold => self.snapshot.captured(),
            Kind::Transfer if transaction.status == Status::Succeeded => Some(transaction.amount),
            Kind::Transfer | Kind::Attachment => None,
        }
    }
}

impl<'a> DayReport<'a> {
    /// Of this partner's day, as it is known `now`.
    pub fn of(
        database: &'a Database,
        vault: &'a Vault,
        partner: partner::Model,
        day: Day,
        now: UnixMillis,
    ) -> Self {
        Self {
            database,
            vault,
            partner,
            day,
            now,
            after: None,
            totals: BTreeMap::new(),
        }
    }

    /// The next transactions, oldest first; none: these were all.
    ///
    /// # Errors
    /// The database failed, or a row cannot be read.
    pub async fn next(&mut self) -> Result<Vec<Line>, Error> {
        let db = &**self.database;
        let period = (self.day.begins_at(), self.day.ends_at());
        let rows = transactions::of_period(db, self.partner.id, period, self.after, PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(Vec::new());
        };
        self.after = Some((last.created_at, last.id));
        let mut ids: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        let masks = self
            .masks(rows.iter().filter_map(|row| row.card_id))
            .await?;
        let recipients: HashMap<TransactionId, Network> = transfers::of_transactions(db, &ids)
            .await?
            .into_iter()
            .map(|row| (row.transaction_id, row.to_network))
            .collect();
        let mut payments_of: HashMap<TransactionId, Vec<(Network, Payment)>> = HashMap::new();
        for network in [Network::Uzcard, Network::Humo] {
            for calls in calls_of_day::calls(db, network, &ids).await? {
                let of_one = payments_of.entry(calls.transaction_id).or_default();
                let found = payments(network, &calls).into_iter();
                of_one.extend(found.map(|payment| (network, payment)));
            }
        }
        let mut lines = Vec::with_capacity(rows.len());
        for snapshot in Snapshot::of_all(db, rows).await? {
            let transaction = &snapshot.transaction;
            let mut payments = payments_of.remove(&transaction.id).unwrap_or_default();
            payments.sort_by_key(|(_, payment)| payment.sent_at);
            let card = transaction
                .card_id
                .and_then(|card| masks.get(&card).cloned());
            lines.push(Line {
                status: status_at(transaction, self.now),
                card,
                to_network: recipients.get(&transaction.id).copied(),
                payments,
                snapshot,
            });
        }
        for line in &lines {
            self.add(line);
        }
        Ok(lines)
    }

    /// The sums of what was read so far, by kind and network.
    pub fn totals(&self) -> impl Iterator<Item = (&str, &str, Total)> {
        let totals = self.totals.iter();
        totals.map(|((kind, network), total)| (kind.as_str(), network.as_str(), *total))
    }

    fn add(&mut self, line: &Line) {
        let transaction = &line.snapshot.transaction;
        let key = (transaction.kind.to_value(), transaction.network.to_value());
        let total = self.totals.entry(key).or_default();
        total.count += 1;
        if let Some(taken) = line.taken() {
            total.paid += 1;
            total.taken += taken;
            total.fee += transaction.fee;
            total.reversed += line.snapshot.reversed().unwrap_or(0);
        }
    }

    /// The masks of these cards.
    async fn masks(&self, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, String>, Error> {
        let mut ids: Vec<Uuid> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let mut masks = HashMap::with_capacity(ids.len());
        for card in cards::ordered_with(&**self.database, self.partner.id, &ids).await? {
            let owner = Owner::card(self.partner.id, card.id);
            // A number that was altered keeps nobody from the sums.
            if let Ok(pan) = self
                .vault
                .open_pan(owner, &card.pan_key_id, &card.pan_sealed)
            {
                masks.insert(card.id, pan.mask());
            }
        }
        Ok(masks)
    }
}
