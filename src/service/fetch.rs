//! How the history of cards is fetched from their networks and stored: which days, and once for all who ask.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Instant;

use entity::time::UnixMillis;
use entity::{card, card_day, operation};
use rpc_schema::values::Network;
use sea_orm::{ActiveModelTrait as _, ActiveValue, IntoActiveModel as _};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _};
use crate::domain::account;
use crate::domain::call::CardAccess;
use crate::domain::currency::SUM;
use crate::domain::day::{Day, clock_number};
use crate::domain::failure::Failure;
use crate::domain::inquiry::AskError;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::history::{NetworkHistory, NetworkOperation};
use crate::repository::{card as cards, card_day as days, operation as operations};

use super::question::about_us;

/// How many operations one database transaction stores, unless a single day has more: others need to write, too.
const CHUNK: usize = 2_000;

impl Gateway {
    /// The stored days of some cards, both days included.
    pub(super) async fn stored_days(
        &self,
        cards: &[Uuid],
        from: Day,
        to: Day,
    ) -> Result<Vec<card_day::Model>, Error> {
        let stored = days::in_period(cards, from.number(), to.number());
        Ok(stored.fetch_all(&*self.database).await?)
    }

    /// The first and the last day that must be fetched; `None` when all that is stored can be served.
    pub(super) fn span_to_fetch(
        &self,
        stored: &[card_day::Model],
        from: Day,
        to: Day,
    ) -> Option<(Day, Day)> {
        let now = self.clock.now();
        let stored: HashMap<i32, UnixMillis> =
            stored.iter().map(|day| (day.day, day.fetched_at)).collect();
        let missing = |day: &Day| {
            stored.get(&day.number()).is_none_or(|fetched_at| {
                let complete = day.ends_at() + self.rules.history.lag_ms <= *fetched_at;
                let fresh = now - *fetched_at < self.rules.history.refresh_ms;
                !complete && !fresh
            })
        };
        let mut missing = from.until(to).filter(missing);
        let first = missing.next()?;
        Some((first, missing.last().unwrap_or(first)))
    }

    /// The days of one card. Missing and old ones are fetched first. When several callers ask at the same time, one of
    /// them fetches and the others use its result.
    pub(super) async fn fetch(
        &self,
        card: &card::Model,
        access: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<Vec<card_day::Model>, Error> {
        let asked = Instant::now();
        let waiting = self.fetches.wait(card.id);
        let mut last_failure = waiting.turn.lock().await;
        if let Some((failed, failure)) = last_failure.as_ref()
            && *failed > asked
        {
            return Err(failure.clone().into());
        }
        let stored = self.stored_days(&[card.id], from, to).await?;
        let Some((first, last)) = self.span_to_fetch(&stored, from, to) else {
            return Ok(stored);
        };
        let last = self.last_to_fetch(card, last);
        if let Err(error) = self.fetch_span(card, access, first, last).await {
            if let Error::Refused(failure) = &error {
                *last_failure = Some((Instant::now(), (**failure).clone()));
            }
            return Err(error);
        }
        self.stored_days(&[card.id], from, to).await
    }

    /// HUMO tells a reversal as an operation of the day on which it was made, so a day is right only with those after it:
    /// they are fetched with it. SVGate marks the operation itself.
    fn last_to_fetch(&self, card: &card::Model, last: Day) -> Day {
        match from_stored(card.network) {
            Network::Uzcard => last,
            Network::Humo => last.max(Day::of(self.clock.now())),
        }
    }

    async fn fetch_span(
        &self,
        card: &card::Model,
        access: &CardAccess,
        first: Day,
        last: Day,
    ) -> Result<(), Error> {
        let network = from_stored(card.network);
        let asked_at = self.clock.now();
        // SVGate knows a card under the account that has its token; at HUMO any account will do.
        let account = match network {
            Network::Uzcard => card.account.as_str(),
            Network::Humo => account::DEFAULT,
        };
        let networks = self.networks.of(network, account);
        let question = networks.history(access, first, last);
        let told = self
            .about(&access.pan, question)
            .await
            .map_err(|error| self.no_history(network, &error))?;
        self.note_skipped(network, &told);
        let mut by_day: HashMap<Day, Vec<NetworkOperation>> = HashMap::new();
        for operation in told.operations {
            by_day
                .entry(Day::of(operation.at))
                .or_default()
                .push(operation);
        }
        let mut chunk = Vec::new();
        let mut size = 0;
        for day in first.until(last) {
            let operations = by_day.remove(&day).unwrap_or_default();
            size += operations.len();
            chunk.push((day, operations));
            if size >= CHUNK || day == last {
                self.store(card, std::mem::take(&mut chunk), asked_at)
                    .await?;
                size = 0;
            }
        }
        if !by_day.is_empty() {
            tracing::warn!(%network, days = by_day.len(), "a history has days that were not asked for; they are ignored");
        }
        Ok(())
    }

    /// Stores whole days with their operations, in one database transaction.
    async fn store(
        &self,
        card: &card::Model,
        fetched: Vec<(Day, Vec<NetworkOperation>)>,
        asked_at: UnixMillis,
    ) -> Result<(), Error> {
        let (Some((first, _)), Some((last, _))) = (fetched.first(), fetched.last()) else {
            return Ok(());
        };
        let (first, last) = (*first, *last);
        let tx = self.database.write().await?;
        cards::lock_history(&*tx, card.id).await?;
        // Another gateway may have asked later and stored sooner: its days are newer.
        let newer = days::in_period(&[card.id], first.number(), last.number());
        let newer: HashSet<i32> = newer
            .fetch_all(&*tx)
            .await?
            .into_iter()
            .filter(|day| day.fetched_at > asked_at)
            .map(|day| day.day)
            .collect();
        let fetched: Vec<_> = fetched
            .into_iter()
            .filter(|(day, _)| !newer.contains(&day.number()))
            .collect();
        let mut told: Vec<NetworkOperation> = Vec::new();
        let mut touched: BTreeSet<Day> = BTreeSet::new();
        for (day, operations) in fetched {
            touched.insert(day);
            told.extend(operations);
        }
        let elsewhere = self.apply_reversals(&*tx, card.id, &mut told).await?;
        // Of two operations in the same second the later one gets the greater number.
        told.sort_by(|one, other| {
            let by_time = one.at.cmp(&other.at);
            by_time.then_with(|| one.reference.cmp(&other.reference))
        });
        let rows: Result<Vec<_>, Error> = told
            .into_iter()
            .map(|operation| self.new_row(card, operation))
            .collect();
        operations::save(&*tx, rows?).await?;
        let mut sums = self.summed(&*tx, card, &touched, asked_at).await?;
        // Days that are stored already keep the time at which they were fetched.
        for day in elsewhere.difference(&touched) {
            let stored = days::in_period(&[card.id], day.number(), day.number());
            if let Some(stored) = stored.fetch_one(&*tx).await? {
                let only = BTreeSet::from([*day]);
                sums.extend(self.summed(&*tx, card, &only, stored.fetched_at).await?);
            }
        }
        days::save(&*tx, sums).await?;
        Ok(tx.commit().await?)
    }

    /// Marks reversed operations: among those fetched, and among those stored on other days. Returns these days.
    async fn apply_reversals(
        &self,
        db: &impl Connection,
        card_id: Uuid,
        told: &mut [NetworkOperation],
    ) -> Result<BTreeSet<Day>, Error> {
        let here: HashSet<(String, i64)> = told
            .iter()
            .filter_map(|operation| Some((operation.reverses.clone()?, operation.amount)))
            .collect();
        let mut undone = here.clone();
        for (reference, amount) in operations::reversed(db, card_id).await? {
            undone.extend(reference.map(|reference| (reference, amount)));
        }
        for operation in told.iter_mut() {
            operation.reversal |= undone.contains(&(operation.reference.clone(), operation.amount));
        }
        let mut days = BTreeSet::new();
        for (reference, amount) in here {
            let marked = operations::mark_reversed(db, card_id, &reference, amount).await?;
            days.extend(marked.and_then(Day::from_number));
        }
        Ok(days)
    }

    fn new_row(
        &self,
        card: &card::Model,
        told: NetworkOperation,
    ) -> Result<operations::New, Error> {
        let now = self.clock.now();
        let row = operation::Model {
            id: 0,
            public_id: self.new_public_id(now)?,
            card_id: card.id,
            network: card.network,
            reference: told.reference,
            at: told.at,
            day: Day::of(told.at).number(),
            utime: clock_number(told.at),
            amount: told.amount,
            currency: told.currency,
            is_credit: told.is_credit,
            reversal: told.reversal,
            reverses: told.reverses,
            created_at: now,
            op_type: told.kind,
            ref_num: told.ref_num,
            sys_num: told.sys_num,
            apr_code: told.apr_code,
            ref_number: told.ref_number,
            merchant: told.merchant,
            terminal: told.terminal,
            description: told.description,
            merchant_name: told.merchant_name,
            city: told.city,
            internal_number: told.internal_number,
        };
        let mut row = row.into_active_model().reset_all();
        row.id = ActiveValue::NotSet;
        Ok(row)
    }

    /// In the form of the documents' ids: four bytes of time, in seconds, and eight random ones.
    fn new_public_id(&self, now: UnixMillis) -> Result<String, Error> {
        let seconds = u32::try_from(now.0 / 1_000).unwrap_or_default();
        let random = self.random.bytes::<8>()?;
        Ok(hex::encode([&seconds.to_be_bytes()[..], &random].concat()))
    }

    /// Rows for these days, with the sums of what is stored now. Days without operations have rows, too.
    async fn summed(
        &self,
        db: &impl Connection,
        card: &card::Model,
        touched: &BTreeSet<Day>,
        fetched_at: UnixMillis,
    ) -> Result<Vec<card_day::Model>, Error> {
        let (Some(first), Some(last)) = (touched.first(), touched.last()) else {
            return Ok(Vec::new());
        };
        let sums = operations::sums(db, card.id, first.begins_at(), last.ends_at(), SUM).await?;
        let sums: HashMap<i32, operations::DaySums> =
            sums.into_iter().map(|sums| (sums.day, sums)).collect();
        let rows = touched.iter().map(|day| {
            let day = day.number();
            let (total_debit, total_credit, operations) = match sums.get(&day) {
                Some(sums) if card.currency == SUM => {
                    (sums.total_debit, sums.total_credit, sums.operations)
                }
                // What a card in another currency pays cannot be added to what others pay.
                Some(sums) => (0, 0, sums.operations),
                None => (0, 0, 0),
            };
            card_day::Model {
                card_id: card.id,
                day,
                total_debit,
                total_credit,
                operations,
                fetched_at,
            }
        });
        Ok(rows.collect())
    }

    /// A row that cannot be read hides no others, but it may be money that is in no total: an operator should know.
    fn note_skipped(&self, network: Network, told: &NetworkHistory) {
        let Some(cause) = told.cause else { return };
        self.questions.skipped_rows(network, told.skipped);
        tracing::warn!(
            %network,
            skipped = told.skipped,
            read = told.operations.len(),
            cause,
            "a history has rows that cannot be read; they are in no list and no total"
        );
    }

    /// -32338/-32339, with the network's own code if it gave one: a refused history is as unavailable as one without
    /// answer.
    fn no_history(&self, network: Network, error: &AskError) -> Failure {
        let failure = self.unanswered(network, "history", error);
        match error {
            AskError::Refused(refusal) => {
                if about_us(refusal.code).is_none() {
                    let code = refusal.processing_code.as_str();
                    tracing::warn!(%network, code, "a network refused a history");
                }
                let unavailable = Failure::unavailable(network);
                Failure::refused_as(unavailable.code, network, refusal)
            }
            AskError::Unavailable(_) => failure,
        }
    }
}
