//! The loop that carries a pending call through: call, record, and what follows, until the transaction settles or its
//! result stays unknown.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use entity::transaction;
use tracing::Instrument as _;

use crate::caller::SendGate;
use crate::domain::call::CallResult;
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::spans;

use super::Payments;
use super::intent::PendingCall;
use super::record::Step;
use super::resolution::Resolution;

/// The pause between two attempts to record a result for which nobody waits any more.
const RECORD_AGAIN: Duration = Duration::from_secs(3);

/// Work that goes on by itself. Its type is named, as it may run what has started it.
type Unwatched = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Payments {
    /// Makes the call, records its result, and goes on with the call that follows from it.
    ///
    /// # Errors
    /// The documented refusal, or -32379 where the result is not known.
    pub(crate) async fn run(
        self: &Arc<Self>,
        gate: &SendGate,
        pending: PendingCall,
    ) -> Result<transaction::Model, Error> {
        let transaction_id = pending.transaction.id;
        let mut pending = pending;
        loop {
            let result = if !self.may_leave(&pending) {
                CallResult::not_executed("its intent was too old")
            } else if gate.open(transaction_id) {
                let span = spans::movement(transaction_id, pending.call.action());
                let to = (pending.network(), pending.account());
                let execute = self.execute(pending.behalf(), to, &pending.call);
                execute.instrument(span).await
            } else {
                CallResult::not_executed("the caller's time was over")
            };
            // Boxed, as the record: a future is as large as its largest part, and a call is mostly waiting for its network.
            let asking = Box::pin(self.ask_if_open(&pending, Resolution::by_reply(result)));
            let resolution = asking.await;
            resolution.log(&pending);
            match Box::pin(self.record(gate, &pending, &resolution)).await {
                Ok(Step::Settled(settled)) => return settled.map_err(Error::from),
                Ok(Step::Next(next)) => pending = *next,
                Err(error) => {
                    // The call was made, and its row still says `sent`.
                    tracing::error!(
                        transaction_id = transaction_id.0,
                        error = %ErrorChain(&error),
                        "the result of a call could not be recorded yet; else recovery will ask the network"
                    );
                    if matches!(error, Error::Database(_)) && resolution.is_worth_keeping() {
                        tokio::spawn(Arc::clone(self).keep_recording(pending, resolution));
                    }
                    return Err(Failure::outcome_unknown(transaction_id).into());
                }
            }
        }
    }

    /// Records what a network answered however long the database is away: nobody could tell it a second time. The partner
    /// does not wait any more, so nothing new is begun.
    fn keep_recording(self: Arc<Self>, pending: PendingCall, answer: Resolution) -> Unwatched {
        Box::pin(async move {
            let transaction_id = pending.transaction.id.0;
            let nobody = SendGate::default();
            loop {
                tokio::time::sleep(RECORD_AGAIN).await;
                let recorded = match self.record_late(&nobody, &pending, &answer).await {
                    Err(Error::Database(_)) => continue,
                    Ok(Step::Settled(_)) => Ok(()),
                    Ok(Step::Next(next)) => self.run(&nobody, *next).await.map(drop),
                    Err(error) => Err(error),
                };
                return match recorded {
                    Ok(()) | Err(Error::Refused(_)) => {
                        tracing::info!(transaction_id, "the result of a call is recorded at last");
                    }
                    Err(error) => {
                        let error = ErrorChain(&error);
                        tracing::error!(transaction_id, %error, "the result of a call was not recorded");
                    }
                };
            }
        })
    }

    /// Asks the network at once where its answer left the outcome open (docs/contract.md#asked-at-once): whoever ordered
    /// the call still waits.
    async fn ask_if_open(&self, pending: &PendingCall, answer: Resolution) -> Resolution {
        let Some(doubt) = answer.result.open_reply().cloned() else {
            return answer;
        };
        answer.log(pending);
        match self.ask(pending.network(), pending).await {
            Ok(reply) => {
                Resolution::by_question(CallResult::of_question(&pending.call, doubt, reply))
            }
            Err(error) => {
                let (transaction_id, error) = (pending.transaction.id.0, ErrorChain(&error));
                tracing::warn!(transaction_id, %error, "the network was not asked after an open answer");
                answer
            }
        }
    }
}
