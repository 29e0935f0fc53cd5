//! Which period does this database lack, and what may have happened to a transaction in it?
//! (docs/operations.md#restoring-an-older-copy)

use entity::ids::TransactionId;
use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::Network;

use crate::caller::Caller;
use crate::domain::call::Reference;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::legs::{direction_of, legs_of, recipient_side};
use crate::payment::restored::LostPeriod;
use crate::payment::stored::receipt_of;
use crate::processing::books::BookState;
use crate::repository::{lost_period, transaction as transactions};

impl Gateway {
    /// From the beginning of the first period that was lost, and is not closed, to the end of the last one.
    pub(super) async fn lost_period(&self) -> Result<Option<LostPeriod>, Error> {
        let open = lost_period::open(&*self.database).await?;
        let since = open.iter().map(|period| period.since).min();
        let until = open.iter().map(|period| period.until).max();
        Ok(since
            .zip(until)
            .map(|(since, until)| LostPeriod { since, until }))
    }

    /// Why a network may have carried out what has this reference; `None`: it has not, and no call of the period can arrive any
    /// more.
    pub(super) async fn trace_of(
        &self,
        (network, account): (Network, &str),
        reference: &Reference,
        period: LostPeriod,
    ) -> Option<String> {
        // Before the network is asked: a call may arrive between its answer and the moment from which on none can.
        let is_final = self.payments.final_at(network, period.until) <= self.clock.now();
        let entry = self.networks.book_entry((network, account), reference);
        match entry.await {
            Ok(entry) => match entry.state {
                BookState::Absent if is_final => None,
                BookState::Absent => Some("it may still arrive".to_owned()),
                BookState::Refused => None,
                BookState::Active | BookState::Done | BookState::Undone => {
                    Some("the network knows it".to_owned())
                }
                BookState::Unclear(cause) => Some(cause.to_owned()),
            },
            Err(error) => Some(error.to_string()),
        }
    }

    /// A status of the copy may be of the past: the payment may have been confirmed in the period, or the hold have been charged,
    /// and what is refused now have been carried out then.
    ///
    /// # Errors
    /// -32365 `restored` while that may be.
    pub(super) async fn check_stood_still(
        &self,
        transaction: &transaction::Model,
    ) -> Result<(), Error> {
        match self.may_have_gone_on(transaction).await? {
            Some(cause) => {
                let network = from_stored(transaction.network).name();
                let failure = not_begun(network, transaction.ext_id.as_deref(), &cause);
                Err(failure.about(transaction.id).into())
            }
            None => Ok(()),
        }
    }

    /// Why what is refused by a status of the copy may have been carried out in the period; `None`: it was not.
    async fn may_have_gone_on(
        &self,
        transaction: &transaction::Model,
    ) -> Result<Option<String>, Error> {
        let Some(period) = self.lost_period().await? else {
            return Ok(None);
        };
        if transaction.created_at >= period.until {
            return Ok(None);
        }
        // Boxed: it is seldom needed.
        let gone_on = Box::pin(async {
            match transaction.status {
                Status::AwaitingCode => self.confirmed_then(transaction, period).await,
                // One that had ended before the period was not confirmed in it; and where there is a receipt, a hold has ended.
                Status::Expired
                    if transaction.receipt.is_none() && transaction.updated_at >= period.since =>
                {
                    self.confirmed_then(transaction, period).await
                }
                Status::Held => self.ended_then(transaction).await,
                // What these say of a payment stays so.
                Status::Processing
                | Status::Manual
                | Status::Succeeded
                | Status::Cancelled
                | Status::Reversed
                | Status::Declined
                | Status::Expired => Ok(None),
            }
        });
        gone_on.await
    }

    /// The same before a code is looked at: its order may have been confirmed and carried out in the period.
    ///
    /// # Errors
    /// -32365 `restored` while that may be.
    pub(super) async fn check_not_confirmed_then(
        &self,
        caller: &Caller,
        id: TransactionId,
    ) -> Result<(), Error> {
        if self.lost_period().await?.is_none() {
            return Ok(());
        }
        let found = transactions::find(&*self.database, caller.partner.id, id).await?;
        match found.filter(|found| found.status == Status::AwaitingCode) {
            Some(waiting) => self.check_stood_still(&waiting).await,
            None => Ok(()),
        }
    }

    /// The transaction as its status may be told: one that may have been confirmed in the period is under way, and not at its end.
    pub(super) async fn told_of_copy(
        &self,
        transaction: transaction::Model,
    ) -> Result<transaction::Model, Error> {
        let has_no_call = match transaction.status {
            Status::AwaitingCode => true,
            Status::Expired => transaction.receipt.is_none(),
            Status::Processing
            | Status::Manual
            | Status::Held
            | Status::Succeeded
            | Status::Cancelled
            | Status::Reversed
            | Status::Declined => false,
        };
        let status = match has_no_call && self.may_have_gone_on(&transaction).await?.is_some() {
            true => Status::Processing,
            false => transaction.status,
        };
        Ok(transaction::Model {
            status,
            ..transaction
        })
    }

    /// Why an order that waits for its code in the copy may have been confirmed in the period; `None`: it was not.
    async fn confirmed_then(
        &self,
        transaction: &transaction::Model,
        period: LostPeriod,
    ) -> Result<Option<String>, Error> {
        if (transaction.code_expires_at).is_none_or(|end| end <= period.since) {
            return Ok(None);
        }
        let network = from_stored(transaction.network);
        let partner_id = transaction.partner_id;
        let named = transaction.ext_id.as_deref();
        let payments = &self.payments;
        let reference = match (transaction.kind, network) {
            (Kind::Attachment, _) => return Ok(None),
            (Kind::Debit | Kind::Hold | Kind::Transfer, _) if named.is_none() => {
                return Ok(Some(
                    "it has no extId, by which it could be looked up".to_owned(),
                ));
            }
            (Kind::Hold, Network::Uzcard) => {
                return Ok(Some("SVGate finds a hold by its card alone".to_owned()));
            }
            (Kind::Debit, Network::Uzcard | Network::Humo) | (Kind::Hold, Network::Humo) => {
                payments.first_reference(partner_id, named)?
            }
            (Kind::Transfer, Network::Uzcard | Network::Humo) => {
                let side = recipient_side(&*self.database, transaction.id).await?;
                let direction = direction_of(transaction, &side);
                let legs = legs_of(transaction, &side);
                payments.transfer_reference(direction, legs, partner_id, named)?
            }
        };
        let at = (network, transaction.account.as_str());
        Ok(self.trace_of(at, &reference, period).await)
    }

    /// Why a hold of the copy may have ended since; `None`: it still stands.
    async fn ended_then(&self, transaction: &transaction::Model) -> Result<Option<String>, Error> {
        let receipt = receipt_of(transaction)?;
        let at = (
            from_stored(transaction.network),
            transaction.account.as_str(),
        );
        let hold = (receipt.network_id.as_str(), &receipt.reference);
        Ok(match self.networks.hold_entry(at, hold).await {
            Ok(entry) => match entry.state {
                BookState::Active => None,
                BookState::Absent | BookState::Refused | BookState::Done | BookState::Undone => {
                    Some("the network has the hold as ended".to_owned())
                }
                BookState::Unclear(cause) => Some(cause.to_owned()),
            },
            Err(error) => Some(error.to_string()),
        })
    }
}

/// -32365 `restored` about what may have been carried out.
pub(super) fn not_begun(network: &str, ext_id: Option<&str>, cause: &str) -> Failure {
    tracing::error!(
        network,
        ext_id,
        cause,
        "what a partner asks for may have been carried out in a lost period: it is not begun. See `aloqa-gateway restored`"
    );
    let mut failure = Failure::new(ErrorCode::InProcess).because(Reason::Restored);
    failure.data.ext_id = ext_id.map(str::to_owned);
    failure
}
