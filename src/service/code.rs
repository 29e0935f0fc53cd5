//! Confirmation codes: made by the gateway, sent by SMS, kept as a keyed hash, used once (docs/contract.md#codes).

use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Code, Phone};
use sea_orm::{EntityTrait as _, Set};

use crate::caller::{Caller, SendGate};
use crate::clock::tashkent_day;
use crate::database::{Connection, Run as _, Statements, WriteTransaction};
use crate::domain::code_text::{Purpose, SENDER};
use crate::domain::failure::Failure;
use crate::domain::operation::status_at;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::notices::Notice;
use crate::payment::stored::error_columns;
use crate::processing::sms::SmsError;
use crate::repository::transaction::Change;
use crate::repository::{lost_period, sms_count, transaction as transactions};
use crate::vault::same_mac;
use crate::webhook::News;

/// What became of the message with a code.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub(super) enum Sending {
    /// It was sent, or may have been.
    Sent,
    /// It was not, but the transaction, as it is now, does not wait for its code any more: somebody had it all the same.
    Overtaken(transaction::Model),
}

/// Whether a code was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Right,
    /// Wrong, or too late. The try is recorded.
    Refused(Reason),
}

impl Gateway {
    /// Counts a code sent to `phone`, in the caller's database transaction.
    ///
    /// # Errors
    /// -32372: the day's limit of this partner for this phone is reached.
    pub(super) async fn take_sms(
        &self,
        db: &impl Connection,
        caller: &Caller,
        phone: &str,
    ) -> Result<(), Error> {
        let day = tashkent_day(self.clock.now());
        if sms_count::take(
            db,
            caller.partner.id,
            phone,
            day,
            self.rules.sms_daily_limit,
        )
        .await?
        {
            Ok(())
        } else {
            let hint = Hint::MessagesPerDay(self.rules.sms_daily_limit);
            Err(Failure::new(ErrorCode::SmsLimitReached).hint(hint).into())
        }
    }

    /// The SMS: who asks, for what, the code. The language is the caller's, Russian without one
    /// (docs/contract.md#language-and-application).
    pub(super) fn message(&self, caller: &Caller, code: &Code, purpose: Purpose<'_>) -> String {
        let application = caller.app_name.as_ref().map(|name| name.application());
        let sender = application.filter(|application| caller.partner.may_name(application));
        let lang = caller.lang.unwrap_or(Lang::Ru);
        let texts = &self.rules.code_texts;
        texts.message(sender.unwrap_or(SENDER), lang, code, purpose)
    }

    /// Makes the code of a transaction that was just stored, in the caller's database transaction.
    pub(super) async fn attach_code(
        &self,
        db: &Statements,
        mut transaction: transaction::Model,
    ) -> Result<(transaction::Model, Code), Error> {
        let code = self.new_code()?;
        let code_mac = self
            .vault
            .code_mac(transaction.partner_id, transaction.id, &code)
            .to_vec();
        let change = transaction::ActiveModel {
            id: Set(transaction.id),
            code_mac: Set(Some(code_mac.clone())),
            ..Default::default()
        };
        transaction::Entity::update(change).run(db).await?;
        transaction.code_mac = Some(code_mac);
        Ok((transaction, code))
    }

    /// Sends the message with the code of a committed transaction.
    ///
    /// # Errors
    /// -32349, and the transaction is declined: the provider refused, or was not reached. A provider that did not
    /// answer may have sent the message.
    pub(super) async fn send_code(
        &self,
        gate: &SendGate,
        transaction: &transaction::Model,
        phone: &Phone,
        text: &str,
    ) -> Result<Sending, Error> {
        let transaction_id = transaction.id.0;
        let message_id = self.message_id(transaction);
        let unsent = |cause| self.notices.tell(Notice::UnsentCode(cause));
        let sent = match &self.sms {
            Some(sms) => sms.send(phone, text, &message_id).await,
            None => Err(SmsError::NotSent(
                "no SMS provider is configured".to_owned(),
            )),
        };
        let cause = match sent {
            Ok(()) => return Ok(Sending::Sent),
            Err(SmsError::NoAnswer(cause)) => {
                unsent("no_answer");
                tracing::info!(
                    transaction_id,
                    cause,
                    "the SMS provider did not answer; the code may have been sent"
                );
                return Ok(Sending::Sent);
            }
            Err(SmsError::Refused(cause)) => {
                unsent("refused");
                cause
            }
            Err(SmsError::NotSent(cause)) => {
                unsent("not_reached");
                cause
            }
        };
        tracing::info!(
            transaction_id,
            cause,
            "the SMS provider did not take the code"
        );
        let failure = Failure::new(ErrorCode::SmsGatewayUnavailable);
        let change = Change {
            error: Some(error_columns(&failure)?),
            ..Change::default()
        };
        let tx = self.database.write().await?;
        // A provider that refuses is believed only while nobody has entered the code: a confirmation that has begun
        // moves money.
        let now = self.locked(&*tx, transaction).await?;
        if now.status != Status::AwaitingCode {
            tx.roll_back().await?;
            return Ok(Sending::Overtaken(now));
        }
        let declined = self
            .end_code(&tx, now, Status::Declined, change, "code not sent")
            .await?;
        self.webhooks
            .announce(&tx, &declined, News::Status, gate)
            .await?;
        tx.commit().await?;
        Err(failure.into())
    }

    /// What the message with a transaction's code is called at the provider: no other installation, and no other copy of this
    /// one's database, calls one of its own so.
    fn message_id(&self, transaction: &transaction::Model) -> String {
        let (id, at) = (transaction.id.0, transaction.created_at.0);
        let parts: [&[u8]; 3] = [b"message", &id.to_be_bytes(), &at.to_be_bytes()];
        let mac = hex::encode(self.vault.reference_mac(&parts));
        format!("aloqa{}", mac.get(..24).unwrap_or(&mac))
    }

    /// Compares a code with that of a locked transaction that awaits one. A wrong code is counted; the last try ends
    /// the transaction. The caller commits in either case.
    pub(super) async fn check_code(
        &self,
        db: &Statements,
        gate: &SendGate,
        transaction: &transaction::Model,
        code: &Code,
    ) -> Result<Checked, Error> {
        let phone = transaction.phone.as_deref().unwrap_or_default();
        // Before the comparison: whoever tries many codes of a phone at once is counted, too.
        if !self.count_try(db, phone).await? {
            let ended = self
                .use_up_tries(db, transaction.clone(), transaction.code_tries)
                .await?;
            self.webhooks
                .announce(db, &ended, News::Status, gate)
                .await?;
            return Ok(Checked::Refused(Reason::TriesUsedUp));
        }
        let expected = transaction.code_mac.as_deref().unwrap_or_default();
        let sent = self
            .vault
            .code_mac(transaction.partner_id, transaction.id, code);
        if same_mac(expected, &sent) {
            self.forgive_try(db, phone).await?;
            return Ok(Checked::Right);
        }
        self.count_wrong_code(db, gate, transaction).await
    }

    /// Counts a wrong code; the last try ends the transaction.
    async fn count_wrong_code(
        &self,
        db: &Statements,
        gate: &SendGate,
        transaction: &transaction::Model,
    ) -> Result<Checked, Error> {
        let now = self.clock.now();
        let tries = transaction.code_tries + 1;
        if tries < self.rules.code_tries {
            transactions::count_wrong_code(db, transaction, now).await?;
            return Ok(Checked::Refused(Reason::WrongCode));
        }
        let ended = self.use_up_tries(db, transaction.clone(), tries).await?;
        self.webhooks
            .announce(db, &ended, News::Status, gate)
            .await?;
        Ok(Checked::Refused(Reason::TriesUsedUp))
    }

    /// Ends a locked transaction whose last try was wrong, with the error that is told from now on.
    pub(super) async fn use_up_tries(
        &self,
        db: &Statements,
        transaction: transaction::Model,
        tries: i32,
    ) -> Result<transaction::Model, Error> {
        let used_up = Failure::new(ErrorCode::InvalidCode).because(Reason::TriesUsedUp);
        let change = Change {
            code_tries: Some(tries),
            error: Some(error_columns(&used_up)?),
            ..Change::default()
        };
        self.end_code(db, transaction, Status::Expired, change, "last wrong code")
            .await
    }

    /// The transaction as it may be told: if the time of its code is over, it is written first that it has expired. A
    /// confirmation that was judged in time may be about to commit, and then it has not.
    ///
    /// If that cannot be written, the transaction still waits for its code: nobody is told of an end that may not be one.
    pub(super) async fn as_it_stands(&self, transaction: transaction::Model) -> transaction::Model {
        if !code_is_over(&transaction, self.clock.now()) {
            return transaction;
        }
        match self.expire_if_over(&transaction).await {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(
                    transaction_id = transaction.id.0,
                    error = %ErrorChain(&error),
                    "a code's time is over, which could not be written"
                );
                transaction
            }
        }
    }

    async fn expire_if_over(
        &self,
        transaction: &transaction::Model,
    ) -> Result<transaction::Model, Error> {
        let tx = self.database.write().await?;
        let now = self.locked(&*tx, transaction).await?;
        if !code_is_over(&now, self.clock.now()) {
            tx.roll_back().await?;
            return Ok(now);
        }
        let expired = self.expire_code(&tx, now).await?;
        tx.commit().await?;
        Ok(expired)
    }

    /// Refuses what the status of a locked transaction does not allow, unless that is of the past.
    pub(super) async fn refuse_status(
        &self,
        tx: WriteTransaction,
        transaction: transaction::Model,
        now: UnixMillis,
        refusal: Failure,
    ) -> Error {
        let told = async {
            // Of the wrong kind it is whatever became of it.
            let is_wrong_kind =
                refusal.code == ErrorCode::TransactionNotFound && transaction.kind != Kind::Hold;
            let is_period_open = !lost_period::open(&*tx).await?.is_empty();
            if is_period_open && !is_wrong_kind {
                // No lock is held while a network is asked; whoever comes between refuses by the same status.
                tx.roll_back().await?;
                self.check_stood_still(&transaction).await?;
                self.expire_if_over(&transaction).await?;
                return Ok(());
            }
            if code_is_over(&transaction, now) {
                // What is told as final is written first.
                self.expire_code(&tx, transaction).await?;
                return Ok(tx.commit().await?);
            }
            Ok(tx.roll_back().await?)
        };
        told.await.err().unwrap_or_else(|| refusal.into())
    }

    /// Records that the code of a locked transaction has expired. That is no webhook's event: partners know how long a code
    /// lives, and it is written when somebody asks.
    pub(super) async fn expire_code(
        &self,
        db: &Statements,
        transaction: transaction::Model,
    ) -> Result<transaction::Model, Error> {
        self.end_code(
            db,
            transaction,
            Status::Expired,
            Change::default(),
            "code expired",
        )
        .await
    }

    /// The transaction as it is now, locked.
    async fn locked(
        &self,
        db: &impl Connection,
        transaction: &transaction::Model,
    ) -> Result<transaction::Model, Error> {
        let (partner_id, id) = (transaction.partner_id, transaction.id);
        let found = transactions::find_locked(db, partner_id, id).await?;
        found.ok_or_else(|| Error::Corrupt(format!("transaction {id} is gone")))
    }

    /// Ends a locked transaction that waits for its code.
    async fn end_code(
        &self,
        db: &Statements,
        transaction: transaction::Model,
        to: Status,
        change: Change,
        cause: &str,
    ) -> Result<transaction::Model, Error> {
        let now = self.clock.now();
        if !transactions::advance(db, &transaction, to, change, cause, now).await? {
            return Err(Error::Corrupt(format!(
                "transaction {} changed under its lock",
                transaction.id
            )));
        }
        Ok(transaction::Model {
            status: to,
            version: transaction.version + 1,
            updated_at: now,
            ..transaction
        })
    }
}

/// Whether a transaction still waits for its code, whose time is over.
pub(super) fn code_is_over(transaction: &transaction::Model, now: UnixMillis) -> bool {
    status_at(transaction, now) != transaction.status
}
