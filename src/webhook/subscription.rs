//! What operators do: set and switch off a partner's webhook, rotate its secret, test it, look at events and send them
//! again.

use entity::time::UnixMillis;
use entity::webhook_event::{self, Kind, State};
use entity::{partner, partner_webhook, webhook_try};
use rpc_schema::webhook::WebhookData;
use sea_orm::{DbErr, Set};
use uuid::Uuid;

use super::address::AddressError;
use super::event::body;
use super::event_id::event_id;
use super::secret::Secret;
use super::webhooks::Webhooks;
use crate::domain::day::stamp;
use crate::error::Error;
use crate::random::RandomError;
use crate::repository::{partner as partners, webhook as webhooks};
use crate::vault::VaultError;

const HOUR_MS: i64 = 3_600_000;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    #[error("there is no partner {0:?}; `aloqa-gateway partner list` shows all")]
    UnknownPartner(String),
    #[error("partner {0} has no webhook; `aloqa-gateway partner webhook set {0} URL` sets one")]
    NoWebhook(String),
    #[error(
        "the webhook of partner {0} is off; `aloqa-gateway partner webhook set {0} URL` switches it on"
    )]
    Off(String),
    #[error("the webhook of partner {0} is off already")]
    AlreadyOff(String),
    // Not as its source: that would be told a second time.
    #[error("the address cannot be used: {0}")]
    Address(AddressError),
    #[error(
        "the secret before this one signs too until {until}, and a partner has two at most: wait, or use --now, which ends \
         all secrets but the new one at once",
        until = stamp(*.until)
    )]
    RotationUnderWay { until: UnixMillis },
    #[error("there is no event {0}; `aloqa-gateway webhooks list` shows them")]
    NoEvent(String),
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error(transparent)]
    Failed(#[from] Box<Error>),
}

/// What came of setting an address.
pub struct Subscribed {
    /// Its secret, if it is new; it cannot be shown again.
    pub secret: Option<Secret>,
    /// Whether the webhook was off.
    pub was_off: bool,
    /// Why the name does not resolve now, which it may do later.
    pub unresolved: Option<AddressError>,
}

/// All about an event.
#[derive(Debug)]
pub struct Shown {
    pub event: webhook_event::Model,
    /// The name of its partner.
    pub partner: String,
    pub tries: Vec<webhook_try::Model>,
}

impl Webhooks {
    /// Sets the address of a partner's webhook, and switches it on. The first time, it gets a secret.
    ///
    /// # Errors
    /// There is no such partner, or the address cannot be used.
    pub async fn set(&self, name: &str, url: &str) -> Result<Subscribed, SubscriptionError> {
        let partner_id = self.partner(name).await?.id;
        let receiver = self
            .rules
            .receiver(url)
            .map_err(SubscriptionError::Address)?;
        let unresolved = match self.rules.resolve(&receiver).await {
            Ok(_) => None,
            Err(error @ AddressError::Unresolved(_)) => Some(error),
            Err(error) => return Err(SubscriptionError::Address(error)),
        };
        let tx = self.database.write().await?;
        let known = webhooks::find(&*tx, partner_id).await?;
        let was_off = known.as_ref().is_some_and(|known| known.off_at.is_some());
        let secret = if known.is_some() {
            let changed = partner_webhook::ActiveModel {
                partner_id: Set(partner_id),
                url: Set(url.to_owned()),
                off_at: Set(None),
                off_cause: Set(None),
                failing_since: Set(None),
                ..Default::default()
            };
            webhooks::update(&*tx, changed).await?;
            None
        } else {
            let secret = Secret::random(self.random.as_ref())?;
            let sealed =
                self.vault
                    .seal_webhook_secret(self.random.as_ref(), partner_id, secret.bytes())?;
            let webhook = partner_webhook::Model {
                partner_id,
                url: url.to_owned(),
                secret_key_id: sealed.key_id,
                secret_sealed: sealed.bytes,
                former_key_id: None,
                former_sealed: None,
                former_until: None,
                created_at: self.clock.now(),
                off_at: None,
                off_cause: None,
                failing_since: None,
            };
            webhooks::insert(&*tx, webhook).await?;
            Some(secret)
        };
        tx.commit().await?;
        Ok(Subscribed {
            secret,
            was_off,
            unresolved,
        })
    }

    /// Gives a webhook a new secret. The one before signs beside it for so many hours; 0: not at all.
    ///
    /// # Errors
    /// There is no such webhook, or its last rotation is not over.
    pub async fn rotate(
        &self,
        name: &str,
        overlap_hours: u16,
    ) -> Result<Secret, SubscriptionError> {
        let partner_id = self.partner(name).await?.id;
        // The commands of operators run in processes of their own, whose clocks no sandbox moves on.
        let now = self.clock.shared_now();
        let secret = Secret::random(self.random.as_ref())?;
        let tx = self.database.write().await?;
        let webhook = webhooks::find(&*tx, partner_id).await?;
        let webhook = webhook.ok_or_else(|| SubscriptionError::NoWebhook(name.to_owned()))?;
        let overlaps = overlap_hours > 0;
        if let Some(until) = webhook
            .former_until
            .filter(|until| overlaps && now < *until)
        {
            return Err(SubscriptionError::RotationUnderWay { until });
        }
        let sealed =
            self.vault
                .seal_webhook_secret(self.random.as_ref(), partner_id, secret.bytes())?;
        let until = now + i64::from(overlap_hours) * HOUR_MS;
        let changed = partner_webhook::ActiveModel {
            partner_id: Set(partner_id),
            secret_key_id: Set(sealed.key_id),
            secret_sealed: Set(sealed.bytes),
            former_key_id: Set(overlaps.then_some(webhook.secret_key_id)),
            former_sealed: Set(overlaps.then_some(webhook.secret_sealed)),
            former_until: Set(overlaps.then_some(until)),
            ..Default::default()
        };
        webhooks::update(&*tx, changed).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Switches a webhook off: no event is written for it any more, and those that wait are given up. How many these are.
    ///
    /// # Errors
    /// There is no such webhook that is on.
    pub async fn off(&self, name: &str, by: &str) -> Result<u64, SubscriptionError> {
        let partner_id = self.partner(name).await?.id;
        let tx = self.database.write().await?;
        let given_up = webhooks::switch_off(&*tx, partner_id, self.clock.now(), by).await?;
        let Some(given_up) = given_up else {
            let name = name.to_owned();
            return Err(match webhooks::find(&*tx, partner_id).await? {
                Some(_) => SubscriptionError::AlreadyOff(name),
                None => SubscriptionError::NoWebhook(name),
            });
        };
        tx.commit().await?;
        Ok(given_up)
    }

    /// Sends a test event, once and at once.
    ///
    /// # Errors
    /// There is no such webhook that is on. A receiver that refuses is no error: the try tells.
    pub async fn test(&self, name: &str) -> Result<Shown, SubscriptionError> {
        let (partner, webhook) = self.webhook_on(name).await?;
        let now = self.clock.now();
        let id = self.random.uuid_at(now)?;
        let failed = |error| SubscriptionError::Failed(Box::new(error));
        let event = webhook_event::Model {
            id,
            partner_id: partner.id,
            transaction_id: None,
            version: 0,
            kind: Kind::Test,
            body: body(id, Kind::Test, now, WebhookData::Test {}).map_err(failed)?,
            state: State::Waiting,
            tries: 0,
            // Ours, so that no gateway takes it.
            due_at: now + self.lease_ms(),
            created_at: now,
            settled_at: None,
        };
        let tx = self.database.write().await?;
        webhooks::insert_event(&tx, event.clone()).await?;
        tx.commit().await?;
        let attempt = self.attempt(&webhook, &event).await.map_err(failed)?;
        self.record_try(&webhook, &event, &attempt)
            .await
            .map_err(failed)?;
        self.show(id).await
    }

    /// All webhooks, with the names of their partners.
    ///
    /// # Errors
    /// The database failed.
    pub async fn all(&self) -> Result<Vec<(String, partner_webhook::Model)>, DbErr> {
        let names = partners::all(&*self.database).await?;
        let webhooks = webhooks::all(&*self.database).await?;
        Ok(webhooks
            .into_iter()
            .map(|webhook| (name_of(&names, webhook.partner_id), webhook))
            .collect())
    }

    /// Events, newest first, with the names of their partners.
    ///
    /// # Errors
    /// There is no such partner.
    pub async fn list(
        &self,
        name: Option<&str>,
        state: Option<State>,
        limit: u64,
    ) -> Result<Vec<(String, webhook_event::Model)>, SubscriptionError> {
        let partner_id = match name {
            Some(name) => Some(self.partner(name).await?.id),
            None => None,
        };
        let names = partners::all(&*self.database).await?;
        let events = webhooks::list(&*self.database, partner_id, state, limit).await?;
        Ok(events
            .into_iter()
            .map(|event| (name_of(&names, event.partner_id), event))
            .collect())
    }

    /// All about an event.
    ///
    /// # Errors
    /// There is no such event.
    pub async fn show(&self, id: Uuid) -> Result<Shown, SubscriptionError> {
        let event = webhooks::event(&*self.database, id).await?;
        let event = event.ok_or_else(|| SubscriptionError::NoEvent(event_id(id)))?;
        let names = partners::all(&*self.database).await?;
        Ok(Shown {
            partner: name_of(&names, event.partner_id),
            tries: webhooks::tries(&*self.database, id).await?,
            event,
        })
    }

    /// Sends an event again, under the same id, as if it had never been tried.
    ///
    /// # Errors
    /// There is no such event, or its webhook is off.
    pub async fn resend(&self, id: Uuid) -> Result<(), SubscriptionError> {
        let Shown { partner, .. } = self.show(id).await?;
        self.webhook_on(&partner).await?;
        let tx = self.database.write().await?;
        webhooks::resend(&*tx, id, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The same for all failed events of a partner. How many these are.
    ///
    /// # Errors
    /// There is no such webhook that is on.
    pub async fn resend_failed(&self, name: &str) -> Result<u64, SubscriptionError> {
        let (partner, _) = self.webhook_on(name).await?;
        let tx = self.database.write().await?;
        let resent = webhooks::resend_failed(&*tx, partner.id, self.clock.now()).await?;
        tx.commit().await?;
        Ok(resent)
    }

    async fn partner(&self, name: &str) -> Result<partner::Model, SubscriptionError> {
        let found = partners::find(&*self.database, name).await?;
        found.ok_or_else(|| SubscriptionError::UnknownPartner(name.to_owned()))
    }

    async fn webhook_on(
        &self,
        name: &str,
    ) -> Result<(partner::Model, partner_webhook::Model), SubscriptionError> {
        let partner = self.partner(name).await?;
        let webhook = webhooks::find(&*self.database, partner.id).await?;
        let webhook = webhook.ok_or_else(|| SubscriptionError::NoWebhook(name.to_owned()))?;
        if webhook.off_at.is_some() {
            return Err(SubscriptionError::Off(name.to_owned()));
        }
        Ok((partner, webhook))
    }
}

fn name_of(partners: &[partner::Model], id: Uuid) -> String {
    let found = partners.iter().find(|partner| partner.id == id);
    found.map_or_else(|| id.to_string(), |partner| partner.name.clone())
}
