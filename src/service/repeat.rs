//! The partner's own id of an operation, `extId`: how a repeat is answered (docs/contract.md#repeats-with-extid).

use entity::ids::TransactionId;
use entity::processing_request::{self, State};
use entity::reversal;
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Connection;
use crate::domain::failure::Failure;
use crate::domain::operation::why_code_ended;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::stored::{failure_of, failure_of_reversal};
use crate::repository::{request, reversal as reversals, transaction as transactions};

use super::answer::{Answer, First, OrderId};

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
        let found = find_first(&*self.database, caller.partner.id, ext_id.as_str()).await?;
        match found {
            Some(first) => self.answer_first(id, first).await.map(Some),
            None => Ok(None),
        }
    }

    /// The answer to an order under whose `extId` this is stored.
    pub(super) async fn answer_first(&self, id: &OrderId, first: First) -> Result<Answer, Error> {
        let fingerprint = match &first {
            First::Transaction(transaction) => transaction.fingerprint.as_deref(),
            First::Reversal(reversal, _) => Some(reversal.fingerprint.as_slice()),
        };
        if !id.is(fingerprint.unwrap_or_default()) {
            let mut failure = Failure::new(ErrorCode::InvalidInput)
                .because(Reason::ExtIdReused)
                .field("extId");
            failure.data.ext_id = id.ext_id.as_ref().map(|ext_id| ext_id.as_str().to_owned());
            return Err(failure.into());
        }
        match first {
            First::Transaction(transaction) => self.answer_standing(transaction).await,
            First::Reversal(reversal, request) => self.answer_reversal(&reversal, &request).await,
        }
    }

    /// What a reversal is answered as its call stands.
    async fn answer_reversal(
        &self,
        reversal: &reversal::Model,
        request: &processing_request::Model,
    ) -> Result<Answer, Error> {
        let of = reversal.transaction_id;
        match request.state {
            State::Approved => Ok(Answer::Reversed),
            State::Declined => Err(failure_of_reversal(reversal)?.into()),
            State::Sent | State::Unknown => {
                let transaction = transactions::get(&*self.database, of).await?;
                let status = transaction.map(|transaction| transaction.status);
                Err(if status == Some(Status::Manual) {
                    Failure::new(ErrorCode::InProcess)
                        .because(Reason::Manual)
                        .about(of)
                        .into()
                } else {
                    processing(of, is_unknown(request, self.clock.now()))
                })
            }
        }
    }

    /// What an order is answered as its transaction stands.
    pub(super) async fn answer_standing(&self, first: transaction::Model) -> Result<Answer, Error> {
        let first = self.as_it_stands(first).await;
        match first.status {
            Status::AwaitingCode => {
                self.check_stood_still(&first).await?;
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
            Status::Expired if first.receipt.is_none() => {
                self.check_stood_still(&first).await?;
                Err(Failure::new(ErrorCode::InvalidCode)
                    .because(why_code_ended(&first))
                    .into())
            }
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
        let unknown = requests.iter().any(|row| is_unknown(row, now));
        Ok(processing(first.id, unknown))
    }
}

/// -32364 about a call that is being made, -32365 about one of which nobody knows how it ended.
fn processing(id: TransactionId, unknown: bool) -> Error {
    let code = if unknown {
        ErrorCode::InProcess
    } else {
        ErrorCode::PreviousAttemptInProcess
    };
    Failure::new(code)
        .because(Reason::Processing)
        .about(id)
        .into()
}

/// Whether nobody knows how a call ended, and nobody is making it any more.
fn is_unknown(row: &processing_request::Model, now: UnixMillis) -> bool {
    match row.state {
        State::Unknown => true,
        State::Sent => row.lease_until.is_none_or(|until| until <= now),
        State::Approved | State::Declined => false,
    }
}

/// What is stored under the partner's `ext_id`: transactions and reversals share one space.
pub(super) async fn find_first(
    db: &impl Connection,
    partner_id: Uuid,
    ext_id: &str,
) -> Result<Option<First>, DbErr> {
    // Most are new.
    if !reversals::is_used(db, partner_id, ext_id).await? {
        return Ok(None);
    }
    let found = transactions::find_by_ext_id(db, partner_id, ext_id).await?;
    if let Some(transaction) = found {
        return Ok(Some(First::Transaction(transaction)));
    }
    let found = reversals::find_by_ext_id(db, partner_id, ext_id).await?;
    Ok(found.map(|(reversal, request)| First::Reversal(reversal, request)))
}
