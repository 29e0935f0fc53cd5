//! Who asks, and what the pages of the console are made of.

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
}
