//! A question to a network that got no answer: told to the caller in one code, and to the operator with its cause.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Network, Pan};

use crate::domain::behalf::Behalf;
use crate::domain::failure::Failure;
use crate::domain::inquiry::{AskError, Silence};
use crate::gateway::Gateway;

/// The kind of refusals for which our credentials or our requests are to blame.
const ACCESS: &str = "access";

impl Gateway {
    /// Asks a network about a card, for the partner whose call this is: both have their share of its places.
    pub(super) async fn about<T>(&self, pan: &Pan, question: impl Future<Output = T>) -> T {
        let card = self.vault.pan_hash(pan);
        Behalf::current().about(&card).during(question).await
    }

    /// The failure of a question that moves no money. What keeps the network from answering is logged and counted here,
    /// once: the caller hears the same whether a name does not resolve or a password is wrong.
    pub(super) fn unanswered(
        &self,
        network: Network,
        question: &'static str,
        error: &AskError,
    ) -> Failure {
        let (kind, cause) = match error {
            AskError::Unavailable(unanswered) => {
                (unanswered.kind.name(), unanswered.cause.as_str())
            }
            AskError::Refused(refusal) => match about_us(refusal.code) {
                Some(kind) => (kind, refusal.processing_code.as_str()),
                None => return Failure::from_ask(network, error),
            },
        };
        self.questions.unanswered(network, kind);
        tracing::warn!(
            %network,
            question,
            kind,
            cause,
            "a network did not answer a question: see whether it is reachable, and whether address and credentials are right"
        );
        Failure::from_ask(network, error)
    }
}

/// The kind of a refusal that says nothing about the card: the network does not know us, does not understand what we send,
/// or says that it cannot answer.
pub(super) fn about_us(code: ErrorCode) -> Option<&'static str> {
    let kinds = [
        (ErrorCode::HumoAccessDenied, ACCESS),
        (ErrorCode::ProcessingSystemError, ACCESS),
        (ErrorCode::UzcardUnavailable, Silence::Code.name()),
        (ErrorCode::HumoUnavailable, Silence::Code.name()),
    ];
    kinds
        .into_iter()
        .find_map(|(known, kind)| (known == code).then_some(kind))
}
