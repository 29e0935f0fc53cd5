//! How events are delivered: at least once, those of a transaction one after another.
//!
//! All gateways on a database share the work. One takes a due event by a guarded update until a moment at which its try is
//! over in any case; if it dies meanwhile, another one takes it then. Each partner has its own few workers, so that one who
//! is slow keeps none of the others waiting.

use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use entity::partner_webhook;
use entity::time::UnixMillis;
use entity::webhook_event::{self, Kind, State};
use hyper::header::{HeaderName, HeaderValue, USER_AGENT};
use sea_orm::{DbErr, Set};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::address::AddressError;
use super::event_id::event_id;
use super::schedule::pause_ms;
use super::secret::Secret;
use super::signature::sign;
use super::webhooks::Webhooks;
use crate::caller::Ended;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::processing::exchange::DirectReply;
use crate::repository::webhook::{self as webhooks, Tried};

/// How many events of one partner a gateway tries at the same time.
const WORKERS: usize = 4;

/// How many due events a worker looks at to find one that nobody else takes.
const PAGE: u64 = 8;

/// How much longer than its time-out a try is left alone, milliseconds: it has to be recorded, and clocks differ.
const LEASE_MARGIN_MS: i64 = 30_000;

/// How much of a receiver's reply is kept, in bytes.
const EXCERPT_BYTES: usize = 1_024;

/// How many events one statement names.
const CHUNK: usize = 500;

/// How many old events one commit deletes.
const PRUNED: u64 = 500;

/// A place among the workers of a partner, free again when it is dropped.
struct Place {
    webhooks: Arc<Webhooks>,
    partner_id: Uuid,
}

impl Drop for Place {
    fn drop(&mut self) {
        let workers = self.webhooks.workers.lock();
        let mut workers = workers.unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = workers.entry(self.partner_id) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// How one try went.
pub(super) struct Attempt {
    at: UnixMillis,
    took_ms: i64,
    reply: Result<DirectReply, String>,
}

impl Attempt {
    fn status(&self) -> Option<u16> {
        self.reply.as_ref().ok().map(|reply| reply.status)
    }

    fn is_delivered(&self) -> bool {
        self.status()
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// How long the receiver asks to be left alone: only a receiver that is overloaded can ask.
    fn asked_s(&self) -> Option<u32> {
        let reply = self.reply.as_ref().ok()?;
        reply
            .retry_after_s
            .filter(|_| matches!(reply.status, 429 | 503))
    }
}

impl Webhooks {
    /// Gives each partner that has due events one more worker, if it has not enough, and returns those that were begun. A
    /// worker ends when nothing of its partner is due any more, or `stopping` says so.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start_workers(
        self: &Arc<Self>,
        stopping: &CancellationToken,
    ) -> Result<JoinSet<()>, DbErr> {
        self.settle_replies().await?;
        let now = self.clock.now();
        let mut workers = JoinSet::new();
        for partner_id in webhooks::partners_with_due(&*self.database, now).await? {
            let Some(place) = self.take_place(partner_id) else {
                continue;
            };
            let stopping = stopping.clone();
            workers.spawn(async move {
                let work = place.webhooks.work(partner_id);
                // A try that is cut off is made again: at least once.
                stopping.run_until_cancelled(work).await;
                drop(place);
            });
        }
        Ok(workers)
    }

    fn take_place(self: &Arc<Self>, partner_id: Uuid) -> Option<Place> {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let count = workers.entry(partner_id).or_default();
        (*count < WORKERS).then(|| {
            *count += 1;
            Place {
                webhooks: Arc::clone(self),
                partner_id,
            }
        })
    }

    async fn work(&self, partner_id: Uuid) {
        loop {
            match self.deliver_next(partner_id).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(%partner_id, error = %ErrorChain(&error), "a webhook's event could not be dealt with; trying again");
                    return;
                }
            }
        }
    }

    /// Forgets the events that their partners heard in a reply, and makes those due whose reply was lost.
    ///
    /// # Errors
    /// The database failed; it is done at the next turn.
    pub async fn settle_replies(&self) -> Result<(), DbErr> {
        let ended = self.replies.take();
        if ended.told.is_empty() && ended.lost.is_empty() {
            return Ok(());
        }
        let settled = self.settle_ended(&ended).await;
        if settled.is_err() {
            self.replies.put_back(ended);
        }
        settled
    }

    /// The same as the gateway stops. If it fails, partners hear twice.
    pub async fn settle_last_replies(&self) {
        if let Err(error) = self.settle_replies().await {
            let error = ErrorChain(&error);
            tracing::warn!(%error, "some partners will hear by webhook what they were told");
        }
    }

    async fn settle_ended(&self, Ended { told, lost }: &Ended) -> Result<(), DbErr> {
        let now = self.clock.now();
        let tx = self.database.write().await?;
        for ids in told.chunks(CHUNK) {
            webhooks::forget_told(&*tx, ids).await?;
        }
        for ids in lost.chunks(CHUNK) {
            webhooks::make_due(&*tx, ids, now).await?;
        }
        tx.commit().await
    }

    /// Tries one due event of a partner. False: there is none.
    async fn deliver_next(&self, partner_id: Uuid) -> Result<bool, Error> {
        let found = webhooks::find(&*self.database, partner_id).await?;
        let Some(webhook) = found.filter(|webhook| webhook.off_at.is_none()) else {
            // Written while it was being switched off.
            let tx = self.database.write().await?;
            webhooks::give_up(&*tx, partner_id, self.clock.now()).await?;
            tx.commit().await?;
            return Ok(false);
        };
        let Some(event) = self.take_due(partner_id).await? else {
            return Ok(false);
        };
        let attempt = self.attempt(&webhook, &event).await?;
        self.record_try(&webhook, &event, &attempt).await?;
        Ok(true)
    }

    async fn take_due(&self, partner_id: Uuid) -> Result<Option<webhook_event::Model>, DbErr> {
        let now = self.clock.now();
        for row in webhooks::due(&*self.database, partner_id, now, PAGE).await? {
            let lease_until = now + self.lease_ms();
            let tx = self.database.write().await?;
            let is_ours = webhooks::claim(&*tx, &row, lease_until).await?;
            tx.commit().await?;
            if is_ours {
                return Ok(Some(webhook_event::Model {
                    due_at: lease_until,
                    ..row
                }));
            }
        }
        Ok(None)
    }

    pub(super) fn lease_ms(&self) -> i64 {
        i64::from(self.rules.timeout_ms) + LEASE_MARGIN_MS
    }

    /// Signs an event afresh and posts it once.
    pub(super) async fn attempt(
        &self,
        webhook: &partner_webhook::Model,
        event: &webhook_event::Model,
    ) -> Result<Attempt, Error> {
        let secrets = self.live_secrets(webhook)?;
        let (at, began) = (self.clock.now(), self.clock.steady());
        let limit = Duration::from_millis(self.rules.timeout_ms.into());
        let posted = tokio::time::timeout(limit, self.post(webhook, event, &secrets)).await;
        let reply = posted.unwrap_or_else(|_| {
            let limit = self.rules.timeout_ms;
            Err(format!("no complete reply within {limit} ms"))
        });
        Ok(Attempt {
            at,
            took_ms: self.clock.steady() - began,
            reply,
        })
    }

    async fn post(
        &self,
        webhook: &partner_webhook::Model,
        event: &webhook_event::Model,
        secrets: &[Secret],
    ) -> Result<DirectReply, String> {
        let told = |error: AddressError| error.to_string();
        let receiver = self.rules.receiver(&webhook.url).map_err(told)?;
        let addresses = self.rules.resolve(&receiver).await.map_err(told)?;
        let id = event_id(event.id);
        // Receivers refuse a signature that is five minutes old.
        let timestamp = self.clock.shared_now().0 / 1_000;
        let headers = [
            (
                "webhook-signature",
                sign(secrets, &id, timestamp, &event.body),
            ),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-id", id),
        ];
        let mut all = vec![(USER_AGENT, HeaderValue::from_static("AloqaGateway"))];
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value).map_err(|error| error.to_string())?;
            all.push((HeaderName::from_static(name), value));
        }
        let body = Bytes::from(event.body.clone());
        let posted = self
            .client
            .post(&receiver, &addresses, all, body, EXCERPT_BYTES)
            .await;
        posted.map_err(|failure| failure.to_string())
    }

    /// The secrets that sign now: the partner's, and during a rotation the one before.
    fn live_secrets(&self, webhook: &partner_webhook::Model) -> Result<Vec<Secret>, Error> {
        let partner_id = webhook.partner_id;
        let mut sealed = vec![(&webhook.secret_key_id, &webhook.secret_sealed)];
        let now = self.clock.shared_now();
        if let (Some(key_id), Some(bytes), Some(until)) = (
            &webhook.former_key_id,
            &webhook.former_sealed,
            webhook.former_until,
        ) && now < until
        {
            sealed.push((key_id, bytes));
        }
        let mut secrets = Vec::new();
        for (key_id, bytes) in sealed {
            let opened: Zeroizing<Vec<u8>> =
                self.vault.open_webhook_secret(partner_id, key_id, bytes)?;
            let secret = Secret::of(opened).ok_or_else(|| {
                Error::Corrupt(format!("the webhook of partner {partner_id} has no secret"))
            })?;
            secrets.push(secret);
        }
        Ok(secrets)
    }

    /// Records a try and what follows from it, in one commit.
    pub(super) async fn record_try(
        &self,
        webhook: &partner_webhook::Model,
        event: &webhook_event::Model,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        let (now, partner_id) = (self.clock.now(), webhook.partner_id);
        let is_delivered = attempt.is_delivered();
        let tries = event.tries + 1;
        let chance = u16::from_le_bytes(self.random.bytes()?);
        let again = match event.kind {
            // Whoever sends it sees how it goes.
            Kind::Test => None,
            Kind::Settled | Kind::Reversed | Kind::HoldExpired | Kind::Manual => {
                pause_ms(tries, chance, attempt.asked_s())
            }
        };
        let settled = |state| (state, event.due_at, Some(now));
        let (state, due_at, settled_at) = match (is_delivered, again) {
            (true, _) => settled(State::Delivered),
            (false, Some(pause)) => (State::Waiting, now + pause, None),
            (false, None) => settled(State::Failed),
        };
        let tried = Tried {
            state,
            tries,
            due_at,
            settled_at,
        };
        let tx = self.database.write().await?;
        // If an operator has said meanwhile that it is to be sent again, only the try is kept.
        let is_as_it_was = webhooks::settle(&*tx, event, tried).await?;
        if !is_as_it_was && webhooks::event(&*tx, event.id).await?.is_none() {
            return Ok(());
        }
        let new = webhooks::NewTry {
            event_id: Set(event.id),
            at: Set(attempt.at),
            took_ms: Set(attempt.took_ms),
            status: Set(attempt.status().map(i32::from)),
            error: Set(attempt.reply.as_ref().err().cloned()),
            reply: Set(attempt
                .reply
                .as_ref()
                .ok()
                .map(|reply| legible(&reply.excerpt))),
            ..Default::default()
        };
        webhooks::insert_try(&*tx, new).await?;
        if is_delivered {
            webhooks::note_working(&*tx, partner_id).await?;
        } else {
            webhooks::note_failing(&*tx, partner_id, attempt.at).await?;
        }
        let is_gone = attempt.status() == Some(410);
        if is_gone {
            webhooks::switch_off(&*tx, partner_id, now, "the receiver answered 410 Gone").await?;
        }
        tx.commit().await?;
        self.counts.count(is_delivered);
        let event_id = event_id(event.id);
        let transaction_id = event.transaction_id.map(|id| id.0);
        let (status, took_ms) = (attempt.status(), attempt.took_ms);
        if is_gone {
            tracing::error!(%partner_id, event_id, "a receiver answered 410 Gone: its webhook is off. `aloqa-gateway partner webhook set` switches it on again");
        } else if is_delivered {
            tracing::info!(%partner_id, event_id, transaction_id, status, took_ms, tries, "a webhook's event was delivered");
        } else {
            let error = attempt.reply.as_ref().err();
            let is_last = state == State::Failed;
            tracing::warn!(%partner_id, event_id, transaction_id, status, error, took_ms, tries, is_last, "a webhook's event was not delivered");
        }
        Ok(())
    }

    /// Deletes what was settled long ago; true: there is more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn prune(&self) -> Result<bool, DbErr> {
        let before = self.clock.now() - self.rules.keep_ms;
        let tx = self.database.write().await?;
        let deleted = webhooks::prune(&*tx, before, PRUNED).await?;
        if deleted > 0 {
            tx.commit().await?;
        }
        Ok(deleted == PRUNED)
    }
}

/// The beginning of a reply as one line of text: it is somebody else's, and is shown in terminals.
fn legible(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn a_reply_is_kept_as_one_line() {
        assert_eq!(legible(b"ok\r\n\x1b[31m\xff\0"), "ok   [31m\u{fffd} ");
    }
}
