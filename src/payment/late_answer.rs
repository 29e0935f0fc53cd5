//! What becomes of an answer that came after its request was settled, so that nothing of it was written?

use crate::domain::call::CallResult;
use crate::error::Error;
use crate::repository::request;

use super::Payments;
use super::intent::PendingCall;
use super::resolution::Resolution;

impl Payments {
    /// Handles an answer that arrived after the request was settled. It no longer changes anything; if it says the
    /// opposite, it is kept with the request, and an alarm is raised. One that says nothing itself left after all: the
    /// network is asked what became of it, as an alarm must be true.
    ///
    /// # Errors
    /// The request is not settled: then another process has moved the transaction, which is a fault, as only one request may
    /// be under way.
    pub(super) async fn note_late_answer(
        &self,
        pending: &PendingCall,
        resolution: &Resolution,
    ) -> Result<(), Error> {
        let (request_id, transaction_id) = (pending.id, pending.transaction.id.0);
        let found = request::find(&*self.database, request_id).await?;
        if found.is_some_and(|row| !row.state.is_settled()) {
            return Err(Error::Corrupt(format!(
                "transaction {transaction_id} was moved by another process"
            )));
        }
        let (network, asked);
        let resolution = if resolution.is_open() && resolution.is_reply() {
            network = pending.network();
            let reply = self.ask(network, pending).await?;
            let result = CallResult::of_lookup(network, &pending.call, reply, None, true);
            asked = Resolution::by_lookup(result, false, None);
            &asked
        } else {
            resolution
        };
        let tx = self.database.write().await?;
        let settled = request::find(&*tx, request_id).await?.ok_or_else(|| {
            Error::Corrupt(format!(
                "processing_request {request_id} does not exist, and has a result: {resolution}"
            ))
        })?;
        let Some(answer) = resolution.contradiction_of(&settled) else {
            return Ok(());
        };
        tracing::error!(
            transaction_id,
            call_id = request_id.0,
            answer,
            "a late answer contradicts how a call was settled: compare with the network, and correct by hand"
        );
        let answers = match settled.contradiction {
            Some(before) => format!("{before}; {answer}"),
            None => answer,
        };
        request::keep_contradiction(&*tx, request_id, answers).await?;
        Ok(tx.commit().await?)
    }
}
