//! How an order of a debit, hold or transfer begins, with a code or at once, and how its code is confirmed.

use entity::ids::TransactionId;
use entity::transaction::{self, Kind, Status};
use entity::{card, transfer};
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{CardToken, Code, Phone};
use sea_orm::{ConnectionTrait, Set, SqlErr};

use crate::caller::Caller;
use crate::database::WriteTransaction;
use crate::domain::call::{Call, CardAccess, Terminal};
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::domain::operation::{Operation, allow};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::{card as cards, transaction as transactions, transfer as transfers};

use super::answer::{Answer, OrderId};
use super::code::{Checked, Purpose};

/// An order that has passed all checks.
pub(super) struct Order<'a> {
    pub(super) kind: Kind,
    pub(super) id: &'a OrderId,
    /// The card that pays.
    pub(super) card: &'a card::Model,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) terminal: Terminal,
    /// The recipient's side of a transfer. Its row has no transaction number yet.
    pub(super) transfer: Option<RecipientSide<'a>>,
}

/// See [`Order::transfer`].
pub(super) struct RecipientSide<'a> {
    pub(super) pan: &'a rpc_schema::values::Pan,
    pub(super) row: transfer::Model,
}

impl Gateway {
    /// The partner's card with this token, and how its network knows it.
    ///
    /// # Errors
    /// -32301
    pub(super) async fn card_by_token(
        &self,
        caller: &Caller,
        token: &CardToken,
    ) -> Result<(card::Model, CardAccess), Error> {
        let unknown = || Error::from(ErrorCode::CardNotRegistered);
        let token = token.uuid().ok_or_else(unknown)?;
        let found = cards::find(&*self.database, caller.partner.id, token).await?;
        let row = found.ok_or_else(unknown)?;
        let access = self.payments.open_card(&row)?;
        Ok((row, access))
    }

    /// The phone that must confirm this amount by a code. `None` where no code is needed: the order does not ask for
    /// one, and the amount is below the lowest limit of the gateway's and the partner's policy.
    pub(super) async fn phone_for_code(
        &self,
        caller: &Caller,
        row: &card::Model,
        access: &CardAccess,
        amount: i64,
        forced: bool,
    ) -> Result<Option<Phone>, Error> {
        let policies = [
            self.rules.code_required_from,
            caller.partner.code_required_from,
        ];
        let required = policies.into_iter().flatten().min();
        if !forced && required.is_none_or(|from| amount < from) {
            return Ok(None);
        }
        // A code goes only to the phone that the network has on file.
        let info = self.usable_card(from_stored(row.network), access).await?;
        let phone = info.phone.as_deref().and_then(Phone::parse);
        phone
            .map(Some)
            .ok_or_else(|| ErrorCode::SmsServiceOff.into())
    }

    /// Stores the order and sends its code.
    pub(super) async fn begin_with_code(
        &self,
        caller: &Caller,
        order: &Order<'_>,
        phone: &Phone,
        purpose: Purpose<'_>,
    ) -> Result<Answer, Error> {
        let tx = self.database.write().await?;
        self.take_sms(&*tx, caller, phone.digits()).await?;
        let written = match self.insert_order(&*tx, caller, order, Some(phone)).await {
            Ok(stored) => self.attach_code(&*tx, stored).await,
            Err(error) => Err(error),
        };
        let (transaction, code) = match written {
            Ok(written) => written,
            Err(error) => {
                drop(tx);
                return self.lost_to_a_repeat(caller, order.id, error).await;
            }
        };
        if let Err(lost) = tx.commit().await {
            // It may have committed all the same, and then the code must still be sent.
            let stored = transactions::get(&*self.database, transaction.id).await;
            let ours = |row: &transaction::Model| row.code_mac == transaction.code_mac;
            if !matches!(stored, Ok(Some(row)) if ours(&row)) {
                return Err(lost.into());
            }
        }
        self.send_code(caller, &transaction, phone, &code, purpose)
            .await?;
        Ok(Answer::CodeSent {
            phone: phone.digits().to_owned(),
            transaction_id: transaction.id,
        })
    }

    /// Stores the order together with the intent of its first call, and runs it.
    pub(super) async fn begin_at_once(
        &self,
        caller: &Caller,
        order: &Order<'_>,
        call: Call,
    ) -> Result<Answer, Error> {
        let tx = self.database.write().await?;
        let written = match self.insert_order(&*tx, caller, order, None).await {
            Ok(stored) => {
                let pan_hash = order.card.pan_hash.clone();
                self.payments.intend(&*tx, stored, call, pan_hash, 0).await
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(pending) => {
                self.payments.commit_intent(tx, &pending).await?;
                self.payments
                    .run(&caller.gate, pending)
                    .await
                    .map(Answer::Done)
            }
            Err(error) => {
                drop(tx);
                self.lost_to_a_repeat(caller, order.id, error).await
            }
        }
    }

    /// Checks the code of a transaction of the caller that passes `fits`, and marks it as being worked on. Returns the
    /// database transaction still open, for the intent.
    ///
    /// # Errors
    /// -32314, what `fits` says, the status (docs/contract.md#operations-by-status), -32308.
    pub(super) async fn check_order_code(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
        code: &Code,
        fits: impl FnOnce(&transaction::Model) -> Result<(), Failure>,
    ) -> Result<(WriteTransaction, transaction::Model), Error> {
        let tx = self.database.write().await?;
        let found = transactions::find_locked(&*tx, caller.partner.id, transaction_id).await?;
        let transaction = found.ok_or(ErrorCode::TransactionNotFound)?;
        fits(&transaction)?;
        if let Err(refusal) = allow(Operation::Confirm, &transaction, self.clock.now()) {
            if refusal.code == ErrorCode::InvalidCode {
                // By the clock it has expired already. Now the row says so, too.
                self.expire_code(&*tx, &transaction).await?;
                tx.commit().await?;
            }
            return Err(refusal.into());
        }
        if let Checked::Refused(reason) = self.check_code(&*tx, &transaction, code).await? {
            tx.commit().await?;
            return Err(Failure::new(ErrorCode::InvalidCode).because(reason).into());
        }
        let transaction = self
            .payments
            .mark_processing(&*tx, transaction, "code right")
            .await?;
        Ok((tx, transaction))
    }

    /// Writes the first call of a transaction whose code was right, and runs it.
    pub(super) async fn run_confirmed(
        &self,
        caller: &Caller,
        tx: WriteTransaction,
        transaction: transaction::Model,
        call: Call,
        pan_hash: Vec<u8>,
    ) -> Result<transaction::Model, Error> {
        let pending = self
            .payments
            .intend(&*tx, transaction, call, pan_hash, 0)
            .await
            .map_err(hold_under_way)?;
        self.payments.commit_intent(tx, &pending).await?;
        self.payments.run(&caller.gate, pending).await
    }

    pub(super) async fn insert_order(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        order: &Order<'_>,
        phone: Option<&Phone>,
    ) -> Result<transaction::Model, Error> {
        let now = self.clock.now();
        let (status, cause) = match phone {
            Some(_) => (Status::AwaitingCode, "ordered, with a code"),
            None => (Status::Processing, "ordered"),
        };
        let ext_id = order.id.ext_id.as_ref().map(|id| id.as_str().to_owned());
        let new = transactions::New {
            partner_id: Set(caller.partner.id),
            kind: Set(order.kind),
            status: Set(status),
            version: Set(1),
            network: Set(order.card.network),
            card_id: Set(Some(order.card.id)),
            amount: Set(order.amount),
            fee: Set(order.fee),
            merchant_id: Set(Some(order.terminal.merchant_id.clone())),
            terminal_id: Set(Some(order.terminal.terminal_id.clone())),
            fingerprint: Set(ext_id.as_ref().map(|_| order.id.fingerprint.clone())),
            ext_id: Set(ext_id),
            app_name: Set(caller
                .app_name
                .as_ref()
                .map(|name| name.as_str().to_owned())),
            phone: Set(phone.map(|phone| phone.digits().to_owned())),
            code_tries: Set(0),
            code_expires_at: Set(phone.map(|_| now + self.rules.code_lifetime_ms)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let transaction = transactions::insert(db, new, cause).await?;
        if let Some(side) = &order.transfer {
            let row = self
                .payments
                .seal_recipient(transaction.id, side.pan, &side.row)?;
            transfers::insert(db, row).await?;
        }
        Ok(transaction)
    }

    /// A unique index refused the rows: a parallel call with the same `extId` was faster, or another hold on this card
    /// is under way.
    pub(super) async fn lost_to_a_repeat(
        &self,
        caller: &Caller,
        id: &OrderId,
        error: Error,
    ) -> Result<Answer, Error> {
        if is_unique_violation(&error)
            && let Some(answer) = self.answer_repeat(caller, id).await?
        {
            return Ok(answer);
        }
        Err(hold_under_way(error))
    }
}

fn is_unique_violation(error: &Error) -> bool {
    let Error::Database(error) = error else {
        return false;
    };
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Besides `extId`, only the rule of one unsettled hold per card of UZCARD can refuse a new row (-32364).
fn hold_under_way(error: Error) -> Error {
    if is_unique_violation(&error) {
        ErrorCode::PreviousAttemptInProcess.into()
    } else {
        error
    }
}
