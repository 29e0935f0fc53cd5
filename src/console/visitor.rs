//! Who asks, and what the pages of the console are made of.

use std::fmt;
use std::sync::Arc;

use entity::operator;
use sea_orm::DbErr;

use super::accounts::Role;
use super::password_check::PasswordChecks;
use crate::audit::{Record, Unrecorded};
use crate::background::JobStatus;
use crate::domain::source::Source;
use crate::gateway::Gateway;

/// What all pages are made of.
pub(super) struct House {
    pub(super) gateway: Arc<Gateway>,
    pub(super) jobs: Arc<JobStatus>,
    pub(super) profile: &'static str,
    pub(super) passwords: PasswordChecks,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
    #[error("there are no random bytes")]
    Random(#[from] crate::random::RandomError),
    #[error("{0}")]
    Other(String),
}

/// An operator who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) operator: operator::Model,
    pub(super) source: Source,
    /// By which the sign-in is kept.
    pub(super) token_mac: Vec<u8>,
    /// What its forms carry.
    pub(super) form_token: String,
}

impl Visitor {
    pub(super) fn may(&self, role: Role) -> bool {
        self.operator.role >= role
    }
}

impl House {
    /// A row of what a visitor does.
    pub(super) fn record(
        &self,
        visitor: &Visitor,
        action: &'static str,
        object: String,
        outcome: &str,
        detail: String,
    ) -> Record {
        Record {
            who: visitor.operator.name.clone(),
            source: visitor.source.address().to_string(),
            object,
            outcome: outcome.to_owned(),
            detail,
            ..Record::of(self.gateway.clock.now(), action)
        }
    }

    /// Records what is shown, before it is.
    pub(super) async fn shown(
        &self,
        visitor: &Visitor,
        action: &'static str,
        object: String,
        detail: String,
    ) -> Result<(), Trouble> {
        let record = self.record(visitor, action, object, "ok", detail);
        Ok(self.gateway.audit.record(record).await?)
    }

    /// Records that an act is asked for, before anything is done.
    pub(super) async fn asked(
        &self,
        visitor: &Visitor,
        action: &'static str,
        object: String,
        detail: String,
    ) -> Result<(), Trouble> {
        let record = self.record(visitor, action, object, "asked", detail);
        Ok(self.gateway.audit.record(record).await?)
    }

    /// Records what became of an act. It was done, or not, whether that can be written or not.
    pub(super) async fn became(&self, record: Record) {
        if let Err(error) = self.gateway.audit.record(record).await {
            tracing::error!(%error, "what became of an act in the console is not in the audit log");
        }
    }
}

/// Does something in a task of its own: whoever closes the page does not stop what has begun, nor its last row.
pub(super) async fn to_its_end<T: Send + 'static>(
    act: impl Future<Output = Result<T, Trouble>> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::spawn(act).await;
    done.map_err(|panic| Trouble::Other(panic.to_string()))?
}

/// Does something with its rows in the audit log: that it was asked for, before anything is done, then what became of it.
pub(super) async fn act<T, E>(
    house: &Arc<House>,
    visitor: &Visitor,
    (action, object): (&'static str, String),
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<Result<T, E>, Trouble>
where
    T: Send + 'static,
    E: fmt::Display + Send + 'static,
{
    let (house, visitor) = (Arc::clone(house), visitor.clone());
    to_its_end(async move {
        let asked = house.asked(
            &visitor,
            action,
            object.clone(),
            "in the console".to_owned(),
        );
        asked.await?;
        let became = work.await;
        let (outcome, detail) = match &became {
            Ok(_) => ("done", String::new()),
            Err(error) => ("failed", error.to_string()),
        };
        house
            .became(house.record(&visitor, action, object, outcome, detail))
            .await;
        Ok(became)
    })
    .await
}
