//! `transactions.debit.reverse`: a debit or a charged hold is given back, all of it or a part.

use entity::ids::TransactionId;
use entity::processing_request::Action;
use entity::reversal;
use entity::transaction;
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Amount, ExtId, Network, Pan};

use crate::caller::Caller;
use crate::database::{Turn, WriteTransaction};
use crate::domain::call::{Call, PartReversal, Reversal};
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::domain::operation::{Operation, allow};
use crate::domain::taken;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::intent::PendingCall;
use crate::payment::restored::Found;
use crate::payment::stored::{receipt_of, terminal_of};
use crate::repository::{reversal as reversals, transaction as transactions};

use super::answer::{Answer, OrderId};
use super::claim::{Claim, Claimed};

/// What a partner orders with `transactions.debit.reverse`.
#[derive(Debug, Clone)]
pub struct ReverseOrder {
    pub transaction_id: TransactionId,
    /// `None`: all that is left.
    pub amount: Option<Amount>,
    pub id: OrderId,
}

/// What is asked for, as the transaction stands.
struct Asked {
    /// What it gives back, of which so much must be left.
    amount: Amount,
    call: Call,
}

/// A reversal that was made in a lost period.
struct LostReversal {
    /// What was looked up.
    action: Action,
    amount: Amount,
    found: Box<Found>,
}

/// What was looked for of a lost period, before the transaction is locked.
enum Search {
    /// Nothing was lost, or the network knows nothing.
    Nothing,
    /// The transaction allows no reversal.
    NotMade,
    Found(LostReversal),
}

impl LostReversal {
    fn is(&self, amount: Amount, call: &Call) -> bool {
        (self.action, self.amount) == (call.action(), amount)
    }
}

impl Gateway {
    /// Gives back a debit or a charged hold.
    ///
    /// # Errors
    /// `extId` re-used or under way; -32314 and the status (docs/contract.md#operations-by-status); -32330 where less is left
    /// or the network refuses; -32401 where the network gives back only the whole.
    pub async fn reverse(&self, caller: &Caller, order: ReverseOrder) -> Result<Answer, Error> {
        let claim = match self.claim(caller, &order.id, Turn::GoesOn).await? {
            Claimed::Ours(claim) => claim,
            Claimed::Repeat(answer) => return Ok(answer),
        };
        match self.begin_reversal(caller, &order, &claim).await {
            Ok(Some(pending)) => {
                let reversed = self.payments.run(&caller.gate, pending).await;
                reversed.map(|_| Answer::Reversed)
            }
            Ok(None) => self.answer_found_reversal(caller, &order.id).await,
            Err(error) => self.refuse(claim, error).await,
        }
    }

    /// All checks of a reversal, up to its intent. `None`: its network had carried it out in a lost period, and it is
    /// recorded.
    async fn begin_reversal(
        &self,
        caller: &Caller,
        order: &ReverseOrder,
        claim: &Claim<'_>,
    ) -> Result<Option<PendingCall>, Error> {
        let search = self.look_for_lost(caller, order).await?;
        let tx = self.database.write().await?;
        let id = order.transaction_id;
        let found = transactions::find_locked(&*tx, caller.partner.id, id).await?;
        let found = found.ok_or_else(|| Error::from(ErrorCode::TransactionNotFound));
        let (tx, transaction) = tx.unless_refused(found).await?;
        let now = self.clock.now();
        if let Err(refusal) = allow(Operation::Reverse, &transaction, now) {
            return Err(self.refuse_status(tx, transaction, now, refusal).await);
        }
        let intended = async {
            let (card, pan_hash) = self.payments.card_of(&*tx, &transaction).await?;
            let Asked { amount, call } = self.asked_of(&transaction, card.pan, order)?;
            let is_as_it_was = match &search {
                Search::Nothing => true,
                Search::NotMade => false,
                Search::Found(lost) => lost.is(amount, &call),
            };
            if !is_as_it_was {
                // The payment has changed since it was looked for.
                return Err(ErrorCode::PreviousAttemptInProcess.into());
            }
            self.spend_claim(&*tx, caller, claim).await?;
            self.intend_reversal(&tx, order, transaction, (amount, call), pan_hash)
                .await
        };
        let intended = intended.await;
        let (tx, pending) = tx.unless_refused(intended).await?;
        claim.stores_reversal(pending.id);
        match search {
            Search::Found(lost) => {
                self.payments
                    .adopt(&caller.gate, tx, pending, *lost.found)
                    .await?;
                Ok(None)
            }
            Search::Nothing | Search::NotMade => {
                self.payments.commit_intent(tx, &pending).await?;
                Ok(Some(pending))
            }
        }
    }

    /// Reserves the amount, and writes the intent and the partner's id of it.
    async fn intend_reversal(
        &self,
        tx: &WriteTransaction,
        order: &ReverseOrder,
        transaction: transaction::Model,
        (amount, call): (Amount, Call),
        pan_hash: Vec<u8>,
    ) -> Result<PendingCall, Error> {
        let reserved = self
            .payments
            .reserve(tx, transaction, amount, "reverse asked")
            .await?;
        let transaction = reserved.ok_or_else(exceeds_rest)?;
        let pending = self
            .payments
            .intend(tx, transaction, call, pan_hash, 0)
            .await?;
        if let Some(ext_id) = &order.id.ext_id {
            let row = reversal::Model {
                request_id: pending.id,
                transaction_id: pending.transaction.id,
                partner_id: pending.transaction.partner_id,
                ext_id: ext_id.as_str().to_owned(),
                fingerprint: order.id.fingerprint.clone(),
                error_code: None,
                error_data: None,
            };
            reversals::insert(tx, row).await?;
        }
        Ok(pending)
    }

    /// What is asked of a transaction that may be reversed.
    fn asked_of(
        &self,
        transaction: &transaction::Model,
        pan: Pan,
        order: &ReverseOrder,
    ) -> Result<Asked, Error> {
        let rest = Amount::new(taken::rest(transaction)).ok_or_else(exceeds_rest)?;
        let amount = order.amount.unwrap_or(rest);
        if amount.tiyin() > rest.tiyin() {
            return Err(exceeds_rest().into());
        }
        let payment = receipt_of(transaction)?;
        // What is left after a part was given back is itself a part.
        let is_whole = amount.tiyin() == taken::captured(transaction);
        let call = match (is_whole, from_stored(transaction.network)) {
            (true, Network::Uzcard | Network::Humo) => Call::Reverse(Reversal {
                payment,
                pan,
                amount,
                terminal: terminal_of(transaction)?,
            }),
            (false, Network::Uzcard) => {
                let ext_id = order.id.ext_id.as_ref().map(ExtId::as_str);
                Call::ReversePart(PartReversal {
                    payment,
                    amount,
                    is_last: amount == rest,
                    reference: self
                        .payments
                        .part_reference(transaction.partner_id, ext_id)?,
                })
            }
            (false, Network::Humo) => {
                return Err(Failure::new(ErrorCode::InvalidInput)
                    .because(Reason::PartialNotSupported)
                    .field("amount")
                    .into());
            }
        };
        Ok(Asked { amount, call })
    }

    /// What the network knows of a reversal with an `extId` that may have been made in a lost period.
    async fn look_for_lost(&self, caller: &Caller, order: &ReverseOrder) -> Result<Search, Error> {
        let Some(ext_id) = &order.id.ext_id else {
            return Ok(Search::Nothing);
        };
        let Some(period) = self.lost_period().await? else {
            return Ok(Search::Nothing);
        };
        let id = order.transaction_id;
        let found = transactions::find(&*self.database, caller.partner.id, id).await?;
        let now = self.clock.now();
        let Some(transaction) = found else {
            return Ok(Search::NotMade);
        };
        if allow(Operation::Reverse, &transaction, now).is_err() {
            return Ok(Search::NotMade);
        }
        let (card, _) = self.payments.card_of(&*self.database, &transaction).await?;
        let Ok(Asked { amount, call }) = self.asked_of(&transaction, card.pan, order) else {
            return Ok(Search::NotMade);
        };
        let network = from_stored(transaction.network);
        let is_all_left = order.amount.is_none() && call.action() == Action::Reverse;
        if is_all_left && network == Network::Uzcard {
            self.check_no_part(ext_id, &transaction, period).await?;
        }
        let found = self
            .find_lost_reversal(ext_id, &call, period, (network, &transaction.account))
            .await?;
        Ok(found.map_or(Search::Nothing, |found| {
            Search::Found(LostReversal {
                action: call.action(),
                amount,
                found,
            })
        }))
    }

    /// The answer to a reversal that was found at its network, and is recorded now.
    async fn answer_found_reversal(&self, caller: &Caller, id: &OrderId) -> Result<Answer, Error> {
        let answer = self.answer_repeat(caller, id).await?;
        answer.ok_or_else(|| Error::Corrupt("a reversal was written and is not there".to_owned()))
    }
}

/// More is asked for than is left to be given back.
fn exceeds_rest() -> Failure {
    Failure::new(ErrorCode::CancelFailed)
        .because(Reason::AmountExceedsRest)
        .field("amount")
}
