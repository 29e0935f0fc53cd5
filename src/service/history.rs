//! The history of cards: what partners see of the operations that `fetch.rs` has stored.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use entity::{card, card_day, operation};
use rpc_schema::errors::ErrorCode;
use rpc_schema::hint::Hint;
use rpc_schema::method::Method as _;
use rpc_schema::methods::monitoring::GetEntry;
use rpc_schema::reason::Reason;
use rpc_schema::values::{OperationId, Pan, TokenList};
use tokio::task::JoinSet;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::audit::Record;
use crate::caller::Caller;
use crate::domain::behalf::Behalf;
use crate::domain::call::CardAccess;
use crate::domain::day::Day;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::operation::Place;
use crate::repository::{card as cards, operation as operations};

use super::order::account_of;

/// The permission to read whole card numbers.
const PAN_READ: &str = "pan.read";

/// What `cards.monitoring` asks for.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    pub tokens: TokenList,
    pub from: Day,
    /// Included.
    pub to: Day,
    /// From 0.
    pub page: u32,
    pub size: u32,
}

/// A page of operations, and the totals of the whole period.
#[derive(Debug, Clone)]
pub struct HistoryPage {
    /// Tiyin.
    pub total_debit: i64,
    /// Tiyin.
    pub total_credit: i64,
    /// Newest first.
    pub operations: Vec<Listed>,
}

/// An operation and its card's number.
#[derive(Debug, Clone)]
pub struct Listed {
    pub operation: operation::Model,
    pub pan: Pan,
}

/// An operation, with its card's number for those who may read it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub listed: Listed,
    /// The sixteen digits, for partners who may read them. Each reading is recorded.
    pub card_number: Option<String>,
}

impl Gateway {
    /// The operations of some of the caller's cards in a period: `cards.monitoring`.
    ///
    /// # Errors
    /// -32350 for the period, -32301 for the first unknown token; -32338/-32339 where a network that must be asked gives
    /// no answer.
    pub async fn history(
        self: &Arc<Self>,
        caller: &Caller,
        query: HistoryQuery,
    ) -> Result<HistoryPage, Error> {
        let days = query.from.days_until(query.to);
        if !(1..=self.rules.history.max_days).contains(&days) {
            let wrong = Failure::new(ErrorCode::WrongPeriod);
            let longest = self.rules.history.max_days;
            return Err(match days < 1 {
                true => wrong.because(Reason::FromAfterTo),
                false => wrong
                    .because(Reason::TooLong)
                    .hint(Hint::LongestPeriod(longest)),
            }
            .into());
        }
        self.count_monitoring(caller).await?;
        let cards = self.cards_of(caller, &query.tokens).await?;
        let days = self.fetched_days(&cards, query.from, query.to).await?;
        let total =
            |part: fn(&card_day::Model) -> i64| days.iter().map(part).fold(0, i64::saturating_add);
        Ok(HistoryPage {
            total_debit: total(|day| day.total_debit),
            total_credit: total(|day| day.total_credit),
            operations: self.page_of(&cards, &query, &days).await?,
        })
    }

    /// One operation of a card of the caller: `monitoring.get.entry`.
    ///
    /// # Errors
    /// -32332: this partner has no such operation.
    pub async fn history_entry(&self, caller: &Caller, id: &OperationId) -> Result<Entry, Error> {
        let not_found = || Error::from(ErrorCode::DataNotFound);
        let public_id = id.digits().ok_or_else(not_found)?;
        let found = operations::find(&*self.database, caller.partner.id, public_id).await?;
        let operation = found.ok_or_else(not_found)?;
        let card = cards::find(&*self.database, caller.partner.id, operation.card_id).await?;
        let pan = self.payments.open_card(&card.ok_or_else(not_found)?)?.pan;
        let card_number = match caller.partner.permissions.allow(PAN_READ) {
            true => {
                self.record_reading(caller, public_id).await?;
                Some(pan.digits().to_owned())
            }
            false => None,
        };
        Ok(Entry {
            listed: Listed { operation, pan },
            card_number,
        })
    }

    /// Records a reading before the number is shown: what cannot be recorded is not shown.
    async fn record_reading(&self, caller: &Caller, public_id: &str) -> Result<(), Error> {
        let record = Record {
            who: caller.partner.name.clone(),
            source: caller.arrival.source.address().to_string(),
            object: format!("operation {public_id}"),
            outcome: "ok".to_owned(),
            detail: format!("{} {}", GetEntry::NAME, caller.request_id),
            ..Record::of(self.clock.now(), PAN_READ)
        };
        Ok(self.audit.record(record).await?)
    }

    /// The caller's cards with these tokens, in their order, each once.
    async fn cards_of(
        &self,
        caller: &Caller,
        tokens: &TokenList,
    ) -> Result<Vec<(card::Model, CardAccess)>, Error> {
        let unknown = || Error::from(ErrorCode::CardNotRegistered);
        let ids: Vec<Option<Uuid>> = tokens.tokens().iter().map(|token| token.uuid()).collect();
        let known: Vec<Uuid> = ids.iter().copied().flatten().collect();
        let rows = cards::find_all(&*self.database, caller.partner.id, &known).await?;
        let mut rows: HashMap<Uuid, Option<card::Model>> =
            rows.into_iter().map(|row| (row.id, Some(row))).collect();
        let mut cards = Vec::with_capacity(rows.len());
        for id in ids {
            let row = rows.get_mut(&id.ok_or_else(unknown)?).ok_or_else(unknown)?;
            // The token is given twice.
            if let Some(row) = row.take() {
                self.check_connected(from_stored(row.network), account_of(caller, &row))?;
                let access = self.payments.open_card(&row)?;
                cards.push((row, access));
            }
        }
        Ok(cards)
    }

    /// The days of all cards, fetched in parallel where needed. Days in the future have none.
    async fn fetched_days(
        self: &Arc<Self>,
        cards: &[(card::Model, CardAccess)],
        from: Day,
        to: Day,
    ) -> Result<Vec<card_day::Model>, Error> {
        let to = to.min(Day::of(self.clock.now()));
        if to < from {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = cards.iter().map(|(row, _)| row.id).collect();
        let stored = self.stored_days(&ids, from, to).await?;
        let mut by_card: HashMap<Uuid, Vec<card_day::Model>> = HashMap::new();
        for day in stored {
            by_card.entry(day.card_id).or_default().push(day);
        }
        let mut days = Vec::new();
        let mut fetches = JoinSet::new();
        for (place, (row, access)) in cards.iter().enumerate() {
            let stored = by_card.remove(&row.id).unwrap_or_default();
            if self.span_to_fetch(&stored, from, to).is_none() {
                days.extend(stored);
                continue;
            }
            let (gateway, row, access) = (Arc::clone(self), row.clone(), access.clone());
            let fetch = async move { (place, gateway.fetch(&row, &access, from, to).await) };
            let fetch = Behalf::current().during(fetch);
            // What it logs belongs to this call.
            fetches.spawn(fetch.in_current_span());
        }
        // All of them run to their end, so that one failure does not lose what the others fetched.
        let mut failures = Vec::new();
        while let Some(ended) = fetches.join_next().await {
            let (place, fetched) = ended
                .map_err(|panic| Error::Corrupt(format!("a history was not fetched: {panic}")))?;
            match fetched {
                Ok(fetched) => days.extend(fetched),
                Err(error) => failures.push((place, error)),
            }
        }
        // The first card's failure, so that the same call gets the same answer.
        match failures.into_iter().min_by_key(|(place, _)| *place) {
            Some((_, error)) => Err(error),
            None => Ok(days),
        }
    }

    /// A page of all cards together. The counts of the days tell on which day the page begins. From there, one query
    /// per card, which is answered from an index, gives the places of its operations up to the end of the page. They
    /// are merged here, and only the operations of the page itself are read. So a page costs about one day of the
    /// cards, however far back it is and however many cards and operations are stored.
    async fn page_of(
        &self,
        cards: &[(card::Model, CardAccess)],
        query: &HistoryQuery,
        days: &[card_day::Model],
    ) -> Result<Vec<Listed>, Error> {
        let before = u64::from(query.page) * u64::from(query.size);
        let Some((last, skipped)) = first_day_of_page(days, before) else {
            return Ok(Vec::new());
        };
        let wanted = skipped + u64::from(query.size);
        let (from, until) = (query.from.begins_at(), last.ends_at());
        let mut places: Vec<Place> = Vec::new();
        for (row, _) in cards {
            let newest = operations::newest(row.id, from, until, wanted);
            places.extend(operations::places(&*self.database, newest).await?);
        }
        places.sort_unstable_by_key(|place| Reverse(*place));
        let ids: Vec<i64> = places
            .into_iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
            .take(usize::try_from(query.size).unwrap_or(usize::MAX))
            .map(|(_, id)| id)
            .collect();
        let mut rows = operations::with_ids(&*self.database, &ids).await?;
        rows.sort_unstable_by_key(|row| Reverse((row.at, row.id)));
        let pans: HashMap<Uuid, &Pan> = cards
            .iter()
            .map(|(row, access)| (row.id, &access.pan))
            .collect();
        let listed = rows.into_iter().filter_map(|operation| {
            let pan = (*pans.get(&operation.card_id)?).clone();
            Some(Listed { operation, pan })
        });
        Ok(listed.collect())
    }
}

/// The day with which a page begins if this many operations come before it, and how many of those are of that day;
/// `None` if there are not that many.
fn first_day_of_page(days: &[card_day::Model], before: u64) -> Option<(Day, u64)> {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for day in days {
        *counts.entry(day.day).or_default() += u64::try_from(day.operations).unwrap_or_default();
    }
    let mut before = before;
    for (day, count) in counts.into_iter().rev() {
        if before < count {
            return Some((Day::from_number(day)?, before));
        }
        before -= count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::time::UnixMillis;

    #[test]
    fn a_page_begins_on_the_day_that_the_counts_tell() {
        let day = |card: u128, day: i32, operations: i64| card_day::Model {
            card_id: Uuid::from_u128(card),
            day,
            total_debit: 0,
            total_credit: 0,
            operations,
            fetched_at: UnixMillis(0),
        };
        let days = [
            day(1, 20_261_101, 3),
            day(1, 20_261_102, 0),
            day(1, 20_261_103, 2),
            day(2, 20_261_101, 1),
            day(2, 20_261_103, 1),
        ];
        let begin =
            |before| first_day_of_page(&days, before).map(|(day, skipped)| (day.number(), skipped));
        assert_eq!(begin(0), Some((20_261_103, 0)));
        assert_eq!(begin(2), Some((20_261_103, 2)));
        assert_eq!(begin(3), Some((20_261_101, 0)));
        assert_eq!(begin(6), Some((20_261_101, 3)));
        assert_eq!(begin(7), None);
        assert_eq!(first_day_of_page(&[], 0), None);
    }
}
