//! Which changes are events, and how one is written with the change that it tells.
//!
//! What makes a transaction final, or known again, is an event unless the reply that made it tells it. Whether it does is
//! known only when it was handed over, so the event is written in any case, and forgotten then ([`crate::caller::PendingReply`]).

use entity::time::UnixMillis;
use entity::transaction::{self, Kind as TransactionKind, Status};
use entity::webhook_event::{self, Kind, State};
use rpc_schema::webhook::{WebhookData, WebhookEvent, WebhookEventType};
use sea_orm::DbErr;
use uuid::Uuid;

use super::event_id::event_id;
use super::webhooks::Webhooks;
use crate::caller::{Hearer, SendGate};
use crate::database::Statements;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::repository::{transaction as transactions, webhook as webhooks};

/// What a change of a transaction was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It has reached its status.
    Status,
    /// Money was given back: all that was left, or a part, after which the payment still stands.
    GivenBack,
}

impl Webhooks {
    /// Writes the event of a transaction's new status, if that is one and the partner has a webhook, in the caller's
    /// database transaction. `gate` is that of the call that made it.
    ///
    /// # Errors
    /// The database failed, or the system gives no random bytes.
    pub async fn announce(
        &self,
        db: &Statements,
        moved: &transaction::Model,
        news: News,
        gate: &SendGate,
    ) -> Result<(), Error> {
        let Some(kind) = kind_of(moved, news) else {
            return Ok(());
        };
        let reply = match gate.hearer() {
            Hearer::Nobody => None,
            Hearer::WithoutWebhook => return Ok(()),
            Hearer::Reply(reply) => Some(reply),
        };
        let webhook = webhooks::find(db, moved.partner_id).await?;
        if webhook.is_none_or(|webhook| webhook.off_at.is_some()) {
            return Ok(());
        }
        let id = moved.id;
        let stored = transactions::get(db, id).await?;
        let stored = stored.ok_or_else(|| Error::Corrupt(format!("transaction {id} is gone")))?;
        let version = stored.version;
        let data = match self.teller.tell(db, stored).await {
            Ok(told) => WebhookData::Transaction(told),
            Err(error @ Error::Database(_)) => return Err(error),
            // The outcome of a movement of money is recorded all the same.
            Err(error) => {
                let (transaction_id, error) = (id.0, ErrorChain(&error));
                tracing::error!(transaction_id, %error, "a transaction cannot be told, so its webhook has no event");
                return Ok(());
            }
        };
        let now = self.clock.now();
        let event_id = self.random.uuid_at(now)?;
        let due_at = match reply.and_then(|reply| reply.tells(event_id)) {
            Some(within_ms) => now + within_ms,
            None => now,
        };
        let event = webhook_event::Model {
            id: event_id,
            partner_id: moved.partner_id,
            transaction_id: Some(id),
            version,
            kind,
            body: body(event_id, kind, now, data)?,
            state: State::Waiting,
            tries: 0,
            due_at,
            created_at: now,
            settled_at: None,
        };
        Ok(webhooks::insert_event(db, event).await?)
    }
}

/// The event of a status that was reached; `None` where it is none.
fn kind_of(moved: &transaction::Model, news: News) -> Option<Kind> {
    match moved.kind {
        TransactionKind::Attachment => return None,
        TransactionKind::Debit | TransactionKind::Hold | TransactionKind::Transfer => {}
    }
    match moved.status {
        Status::AwaitingCode | Status::Processing => None,
        Status::Succeeded if news == News::GivenBack => Some(Kind::Reversed),
        Status::Held | Status::Succeeded | Status::Declined | Status::Cancelled => {
            Some(Kind::Settled)
        }
        // Without a receipt it is the code that has expired.
        Status::Expired if moved.receipt.is_none() => Some(Kind::Settled),
        Status::Expired => Some(Kind::HoldExpired),
        Status::Reversed => Some(Kind::Reversed),
        Status::Manual => Some(Kind::Manual),
    }
}

/// The JSON of an event.
pub(super) fn body(
    id: Uuid,
    kind: Kind,
    at: UnixMillis,
    data: WebhookData,
) -> Result<String, Error> {
    let event = WebhookEvent {
        event_type: match kind {
            Kind::Settled => WebhookEventType::TransactionSettled,
            Kind::Reversed => WebhookEventType::TransactionReversed,
            Kind::HoldExpired => WebhookEventType::HoldExpired,
            Kind::Manual => WebhookEventType::TransactionManual,
            Kind::Test => WebhookEventType::WebhookTest,
        },
        id: event_id(id),
        created_at: at.0,
        data,
    };
    serde_json::to_string(&event).map_err(|error| DbErr::Json(error.to_string()).into())
}
