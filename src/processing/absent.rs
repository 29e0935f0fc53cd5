//! What stands for a network that is not configured: nothing reaches it, and nothing becomes known of it.

use async_trait::async_trait;
use rpc_schema::values::Pan;

use super::card_network::CardNetwork;
use super::history::NetworkHistory;
use super::payment_network::PaymentNetwork;
use crate::domain::call::{Call, CallResult, CardAccess, Doubt, LookupReply, Traces};
use crate::domain::day::Day;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard, Silence, Unanswered};

/// Why it gives no answer.
const CAUSE: &str = "the network, or our account there, is not configured";

/// See the module.
#[derive(Debug)]
pub(crate) struct Absent;

/// The answer to each question.
pub(crate) fn unanswered() -> AskError {
    AskError::Unavailable(Unanswered {
        kind: Silence::NotReached,
        cause: CAUSE.to_owned(),
    })
}

#[async_trait]
impl CardNetwork for Absent {
    async fn card_info(&self, _: &CardAccess) -> Result<CardInfo, AskError> {
        Err(unanswered())
    }

    async fn recipient(&self, _: &Pan) -> Result<RecipientCard, AskError> {
        Err(unanswered())
    }

    async fn history(&self, _: &CardAccess, _: Day, _: Day) -> Result<NetworkHistory, AskError> {
        Err(unanswered())
    }
}

#[async_trait]
impl PaymentNetwork for Absent {
    async fn execute(&self, _: &Call) -> CallResult {
        CallResult::not_executed(CAUSE)
    }

    async fn look_up(&self, _: &Call, _: &Traces) -> LookupReply {
        not_asked()
    }

    async fn find_named(&self, _: &Call, _: &str, _: &Traces) -> LookupReply {
        not_asked()
    }
}

/// The answer to each look-up: what became of a call of an earlier configuration is not known.
fn not_asked() -> LookupReply {
    LookupReply::Unclear(Doubt::new(CAUSE))
}
