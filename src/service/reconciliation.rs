//! The daily reconciliation of HUMO's terminals (docs/networks.md#humo-reconciliation).
//!
//! It moves no money, and is not idempotent: each confirmation ends a period. So what is confirmed is written before the
//! confirmation leaves, and one whose answer was lost is asked about, never confirmed unseen. Of several gateways, the one
//! that has pushed a row's `due_at` into the future makes the try.

use std::collections::{BTreeMap, BTreeSet};

use entity::reconciliation::{ActiveModel, Model, State};
use entity::time::UnixMillis;
use rpc_schema::values::Network;
use sea_orm::Set;

use crate::domain::call::Reference;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::humo::HumoCards;
use crate::processing::reconciliation::{Standing, Totals};
use crate::repository::{partner, reconciliation as reconciliations};

/// How long after a failure it is tried again, milliseconds.
const PAUSE_MS: i64 = 600_000;

/// For so long rows are kept, as long as those of comparisons.
const KEPT_MS: i64 = 400 * 24 * 3_600 * 1_000;

/// Why there are no totals of a period that has ended.
const PARTIAL: &str = "HUMO does not know the first confirmation, so the totals of this one may be of a part of the period";

impl Gateway {
    /// Reconciles the terminals that are due. What goes wrong with one is logged, and it is tried again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reconcile_terminals(&self) -> Result<(), Error> {
        let Some(rules) = self.rules.reconciliation else {
            return Ok(());
        };
        let now = self.clock.now();
        let today = Day::of(now);
        if now >= today.begins_at() + rules.from_ms {
            self.begin_reconciliations(today, now).await?;
        }
        for row in reconciliations::due(&*self.database, now).await? {
            if self.stopping.is_cancelled() {
                break;
            }
            // Where the account is not there, it is left to the gateways that have it.
            let Some(humo) = self.networks.humo_under(&row.account) else {
                continue;
            };
            let lease_until = self.clock.now() + rules.lease_ms;
            let taken = ActiveModel {
                due_at: Set(lease_until),
                tries: Set(row.tries.saturating_add(1)),
                ..Default::default()
            };
            if self.change(&row, taken).await? {
                let row = Model {
                    due_at: lease_until,
                    ..row
                };
                self.reconcile(humo, row, rules.lease_ms).await?;
            }
        }
        Ok(())
    }

    /// Makes the terminals of today due, once, and gives up those of earlier days.
    async fn begin_reconciliations(&self, today: Day, now: UnixMillis) -> Result<(), Error> {
        let db = &*self.database;
        let begun = reconciliations::of_day(db, today.number()).await?;
        let begun: BTreeSet<&str> = begun.iter().map(|row| row.terminal_id.as_str()).collect();
        let mut terminals = self.terminals_of_humo().await?;
        terminals.retain(|terminal, _| !begun.contains(terminal.as_str()));
        if terminals.is_empty() {
            return Ok(());
        }
        for row in reconciliations::open_before(db, today.number()).await? {
            let state = match row.confirm_sent_at {
                Some(_) => State::Lost,
                None => State::Failed,
            };
            tracing::error!(
                terminal = row.terminal_id,
                day = row.day,
                lost = state == State::Lost,
                "a reconciliation was given up: compare holds nothing against that period's totals"
            );
            let given_up = ActiveModel {
                state: Set(state),
                ended_at: Set(Some(now)),
                ..Default::default()
            };
            self.change(&row, given_up).await?;
        }
        let tx = self.database.write().await?;
        for (terminal, account) in &terminals {
            reconciliations::intend(&*tx, (terminal, account), today.number(), now).await?;
        }
        let oldest = Day::of(now - KEPT_MS);
        reconciliations::prune(&*tx, oldest.number()).await?;
        Ok(tx.commit().await?)
    }

    /// The terminals of HUMO that take money from cards, with their accounts: those that are there.
    async fn terminals_of_humo(&self) -> Result<BTreeMap<String, String>, Error> {
        let transfers = &self.rules.transfers;
        let mut of_transfers = Vec::new();
        for account in transfers.humo.names() {
            for terminal in transfers.terminals(Network::Humo, account) {
                of_transfers.push((terminal.terminal_id.clone(), account.to_owned()));
            }
        }
        // A terminal belongs to one contract. Where several accounts name one, it is that of the first that is there, the default
        // one before others.
        let of_partners = partner::terminals_of_humo(&*self.database).await?;
        let mut terminals = BTreeMap::new();
        for (terminal, account) in of_transfers.into_iter().chain(of_partners) {
            if self.networks.has(Network::Humo, &account) {
                terminals.entry(terminal).or_insert(account);
            }
        }
        Ok(terminals)
    }

    /// One try, as far as it comes.
    async fn reconcile(
        &self,
        humo: &HumoCards,
        mut row: Model,
        lease_ms: i64,
    ) -> Result<(), Error> {
        // A confirmation whose answer was lost.
        let mut standing = match (&row.reference, row.confirm_sent_at) {
            (Some(reference), Some(_)) => {
                let reference = Reference(reference.clone());
                match humo.find_reconciliation(&reference).await {
                    Ok(standing) => standing,
                    Err(error) => return self.try_later(&row, "the look-up", &error).await,
                }
            }
            (_, None) | (None, Some(_)) => Standing::Absent,
        };
        if standing == Standing::Absent {
            // The one that was confirmed may have ended a period, whatever HUMO says now: then this one has the rest.
            row.is_partial |= row.confirm_sent_at.is_some();
            let reference = self.payments.new_reference()?;
            row.reference = Some(reference.0.clone());
            // Where one was confirmed, that it was stays written: nobody knows whether it has ended anything.
            standing = match humo
                .create_reconciliation(&reference, &row.terminal_id)
                .await
            {
                Ok(standing) => standing,
                Err(error) => return self.try_later(&row, "the create", &error).await,
            };
        }
        let Standing::Created(payment_id) = standing else {
            return self.end(&row, standing).await;
        };
        let reference = row.reference.clone().unwrap_or_default();
        let now = self.clock.now();
        row.confirm_sent_at = row.confirm_sent_at.or(Some(now));
        row.payment_id = Some(payment_id.clone());
        // From now on, too, nobody else may begin the same.
        let lease_until = now + lease_ms;
        let to_confirm = ActiveModel {
            due_at: Set(lease_until),
            is_partial: Set(row.is_partial),
            reference: Set(row.reference.clone()),
            payment_id: Set(row.payment_id.clone()),
            confirm_sent_at: Set(row.confirm_sent_at),
            ..Default::default()
        };
        if !self.change(&row, to_confirm).await? {
            return Ok(());
        }
        row.due_at = lease_until;
        let reference = Reference(reference);
        match humo.confirm_reconciliation(&reference, &payment_id).await {
            Ok(standing) => self.end(&row, standing).await,
            Err(error) => self.try_later(&row, "the confirmation", &error).await,
        }
    }

    /// What HUMO has answered.
    async fn end(&self, row: &Model, standing: Standing) -> Result<(), Error> {
        let totals = match standing {
            Standing::Done(totals) => totals,
            Standing::Absent | Standing::Created(_) => {
                let error = AskError::unreadable("it is not confirmed");
                return self.try_later(row, "the confirmation", &error).await;
            }
        };
        let now = self.clock.now();
        let (state, totals, why) = match row.is_partial {
            false => (State::Done, totals, None),
            true => {
                let part = Totals {
                    code: totals.code,
                    ..Totals::default()
                };
                (State::Lost, part, Some(PARTIAL.to_owned()))
            }
        };
        let Totals {
            code,
            debits,
            reversals,
        } = totals;
        tracing::info!(
            terminal = row.terminal_id,
            day = row.day,
            code,
            lost = state == State::Lost,
            "a terminal is reconciled"
        );
        let done = ActiveModel {
            state: Set(state),
            is_partial: Set(row.is_partial),
            reference: Set(row.reference.clone()),
            payment_id: Set(row.payment_id.clone()),
            confirm_sent_at: Set(row.confirm_sent_at.or(Some(now))),
            ended_at: Set(Some(now)),
            code: Set(code),
            debits: Set(debits.map(|total| total.number)),
            debited: Set(debits.map(|total| total.amount)),
            reversals: Set(reversals.map(|total| total.number)),
            reversed: Set(reversals.map(|total| total.amount)),
            why: Set(why),
            ..Default::default()
        };
        self.change(row, done).await?;
        Ok(())
    }

    async fn try_later(&self, row: &Model, what: &str, error: &AskError) -> Result<(), Error> {
        let why = format!("{what}: {error}");
        tracing::warn!(
            terminal = row.terminal_id,
            day = row.day,
            why,
            "a terminal was not reconciled; trying again"
        );
        let later = ActiveModel {
            due_at: Set(self.clock.now() + PAUSE_MS),
            reference: Set(row.reference.clone()),
            payment_id: Set(row.payment_id.clone()),
            confirm_sent_at: Set(row.confirm_sent_at),
            is_partial: Set(row.is_partial),
            why: Set(Some(why)),
            ..Default::default()
        };
        self.change(row, later).await?;
        Ok(())
    }

    /// Changes a row, if it is still this gateway's.
    async fn change(&self, row: &Model, changed: ActiveModel) -> Result<bool, Error> {
        let tx = self.database.write().await?;
        let is_ours = reconciliations::change(&*tx, row, changed).await?;
        tx.commit().await?;
        Ok(is_ours)
    }
}
