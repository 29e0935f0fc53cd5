//! Was the credit of a transfer made in a period that a restored database has lost?
//!
//! The copy may have had the debit under way, and know nothing of what followed: to give that debit back would make money. The
//! reference of a credit follows from that of its debit, so its network can be asked.

use entity::processing_request::{SettledBy, State};
use entity::transaction::{self, Status};
use rpc_schema::values::Network;

use crate::database::WriteTransaction;
use crate::domain::call::{Call, CallResult, Doubt, LookupReply, Receipt, Traces};
use crate::domain::transition::Route;
use crate::error::Error;
use crate::repository::lost_period;
use crate::repository::request::{self, NEVER, Settlement};
use crate::repository::transaction as transactions;

use super::Payments;
use super::intent::PendingCall;
use super::legs::{recipient_side, route_of, side_of_transfer};
use super::resolution::Resolution;
use super::stored::to_json;

impl Payments {
    /// What a look-up has found out about a call that the copy had under way. If it was the debit of a transfer, the credit
    /// may have been made in a lost period, of which the copy knows nothing: then that is what is known, and the debit is
    /// not given back.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn with_lost_credit(
        &self,
        pending: PendingCall,
        mut resolution: Resolution,
    ) -> Result<(PendingCall, Resolution), Error> {
        let CallResult::Approved(debit) = &resolution.result else {
            return Ok((pending, resolution));
        };
        let takes = matches!(pending.call, Call::Pay(_) | Call::Confirm(_));
        let is_under_way = pending.transaction.status == Status::Processing;
        if !takes || !is_under_way {
            return Ok((pending, resolution));
        }
        let side = side_of_transfer(&*self.database, &pending.transaction).await?;
        let Some(side) =
            side.filter(|side| route_of(&pending.transaction, Some(side)) == Route::TwoLegs)
        else {
            return Ok((pending, resolution));
        };
        let periods = lost_period::open(&*self.database).await?;
        let since = periods
            .iter()
            .filter(|period| period.until >= pending.sent_at);
        let Some(until) = since.map(|period| period.until).max() else {
            return Ok((pending, resolution));
        };
        let to = match pending.network() {
            Network::Uzcard => Network::Humo,
            Network::Humo => Network::Uzcard,
        };
        let reference = self.credit_reference(&debit.reference);
        let sender = self.sender_pan(&*self.database, &pending.transaction);
        let sender = sender.await?;
        let (credit, _) = self.credit_of(
            &pending.transaction,
            &side,
            sender,
            debit.clone(),
            reference,
        )?;
        let traces = Traces {
            window: (pending.sent_at, until),
            claimed_holds: Vec::new(),
        };
        // Before the network is asked: the credit may arrive between its answer and the moment from which on it cannot.
        let now = self.clock.now();
        let cause = match self.look_up((to, &side.account), &credit, &traces).await {
            LookupReply::Executed(receipt) => {
                let tx = self.database.write().await?;
                let Some(next) = self.intend_credit(&tx, &pending, debit).await? else {
                    // Settled by another process: this is a late answer.
                    tx.roll_back().await?;
                    return Ok((pending, resolution));
                };
                self.commit_intent(tx, &next).await?;
                let result = CallResult::Approved(receipt);
                return Ok((next, Resolution::by_lookup(result, false, None)));
            }
            LookupReply::NotExecuted(_) => return Ok((pending, resolution)),
            LookupReply::NotFound if self.final_at(to, until) <= now => {
                return Ok((pending, resolution));
            }
            LookupReply::NotFound => "it may still arrive".to_owned(),
            LookupReply::Blocked(_) | LookupReply::Overtaken(_) => {
                "it has not come to its end".to_owned()
            }
            LookupReply::Unclear(doubt) => doubt.cause,
        };
        let doubt = Doubt::new(format!(
            "its credit may have been made in a lost period: {cause}"
        ));
        resolution.result = CallResult::Unknown(doubt);
        Ok((pending, resolution))
    }

    /// Settles a debit as carried out, and writes the intent of its credit. `None`: it was settled already.
    pub(super) async fn intend_credit(
        &self,
        tx: &WriteTransaction,
        pending: &PendingCall,
        debit: &Receipt,
    ) -> Result<Option<PendingCall>, Error> {
        let receipt = to_json(debit)?;
        let settlement = Settlement {
            state: State::Approved,
            receipt: Some(receipt.clone()),
            processing_code: None,
            cause: None,
            by: SettledBy::LookUp,
            look_ups: 0,
            open_code: None,
            silent_at: None,
            next_check_at: NEVER,
        };
        if !request::settle(&**tx, pending.id, settlement, self.clock.now()).await? {
            return Ok(None);
        }
        transactions::keep_receipt(tx, pending.transaction.id, receipt.clone()).await?;
        let transaction = transaction::Model {
            receipt: Some(receipt),
            ..pending.transaction.clone()
        };
        let reference = self.credit_reference(&debit.reference);
        let side = recipient_side(&**tx, transaction.id).await?;
        let sender = self.sender_pan(&**tx, &transaction).await?;
        let (credit, pan_hash) =
            self.credit_of(&transaction, &side, sender, debit.clone(), reference)?;
        let next = self.intend(tx, transaction, credit, pan_hash, 0).await?;
        Ok(Some(next))
    }
}
