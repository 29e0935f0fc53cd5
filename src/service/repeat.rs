//! The partner's own id of an operation, `extId`: how a repeat is answered (docs/contract.md#repeats-with-extid).

use entity::processing_request::State;
use entity::transaction::{self, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;

use crate::caller::Caller;
use crate::domain::failure::Failure;
use crate::domain::operation::why_code_ended;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::stored::failure_of;
use crate::repository::{request, transaction as transactions};

use super::answer::{Answer, OrderId};

impl Gateway {
    /// The answer to an order whose `extId` was used before. `None`: it has no `extId`, or a new one.
    pub(super) async fn answer_repeat(
        &self,
        caller: &Caller,
        id: &OrderId,
    ) -> Result<Option<Answer>, Error> {
        let Some(ext_id) = &id.ext_id else {
            return Ok(None);
        };
        let found =
            transactions::find_by_ext_id(&*self.database, caller.partner.id, ext_id.as_str())
                .await?;
        match found {
            Some(first) => self.answer_first(id, first).await.map(Some),
            None => Ok(None),
        }
    }

    /// The answer to an order of whose `extId` this is the transaction.
    pub(super) async fn answer_first(
        &self,
        id: &OrderId,
        first: transaction::Model,
    ) -> Result<Answer, Error> {
        if !id.is(first.fingerprint.as_deref().unwrap_or_default()) {
            let mut failure = Failure::new(ErrorCode::InvalidInput)
                .because(Reason::ExtIdReused)
                .field("extId");
            failure.data.ext_id = first.ext_id;
            return Err(failure.into());
        }
        self.answer_standing(first).await
    }

    /// What an order is answered as its transaction stands.
    pub(super) async fn answer_standing(&self, first: transaction::Model) -> Result<Answer, Error> {
        let first = self.as_it_stands(first).await;
        match first.status {
            Status::AwaitingCode => {
                let phone = first.phone.clone().unwrap_or_default();
                Ok(Answer::CodeSent {
                    phone,
                    transaction_id: first.id,
                })
            }
            Status::Processing => Err(self.under_way(&first).await?),
            Status::Manual => Err(Failure::new(ErrorCode::InProcess)
                .because(Reason::Manual)
                .about(first.id)
                .into()),
            Status::Declined => Err(failure_of(&first)?.into()),
            Status::Expired if first.receipt.is_none() => Err(Failure::new(ErrorCode::InvalidCode)
                .because(why_code_ended(&first))
                .into()),
            Status::Held
            | Status::Succeeded
            | Status::Cancelled
            | Status::Reversed
            | Status::Expired => Ok(Answer::Done(first)),
        }
    }

    /// -32364 while the first call is being worked on; -32365 once nobody knows its outcome.
    async fn under_way(&self, first: &transaction::Model) -> Result<Error, Error> {
        let requests = request::of_transaction(&*self.database, first.id).await?;
        let now = self.clock.now();
        // If all are settled, the first call ended between the two reads, and the next repeat hears how.
        let unknown = requests.iter().any(|row| match row.state {
            State::Unknown => true,
            State::Sent => row.lease_until.is_none_or(|until| until <= now),
            State::Approved | State::Declined => false,
        });
        let code = if unknown {
            ErrorCode::InProcess
        } else {
            ErrorCode::PreviousAttemptInProcess
        };
        Ok(Failure::new(code)
            .because(Reason::Processing)
            .about(first.id)
            .into())
    }
}
