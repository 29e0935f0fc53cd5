//! `transactions.debit` and its confirmation: a debit or a hold, with a code or at once.

use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, CardToken, Code, ExtId, Phone};
use sea_orm::{ConnectionTrait, Set, SqlErr};

use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::domain::operation::{Operation, allow};
use crate::gateway::{Caller, Error, Gateway};
use crate::processing::{Call, CardAccess, Terminal};
use crate::repository::transaction::Change;
use crate::repository::{card, partner, transaction as transactions};

use super::code::{Checked, Purpose};
use super::execution::{Intended, amount_of, terminal_of};

/// What a partner orders with `transactions.debit`.
#[derive(Debug, Clone)]
pub struct DebitOrder {
    pub token: CardToken,
    pub amount: Amount,
    pub terminal: Terminal,
    pub hold: bool,
    pub force_code: bool,
    pub ext_id: Option<ExtId>,
    /// Tells this order from another one with the same `ext_id`.
    pub fingerprint: Vec<u8>,
}

/// What a debit comes to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub enum Answer {
    /// The holder has a code; the transaction waits for it.
    CodeSent { phone: String, transaction_id: i64 },
    /// The money was moved or held.
    Done(transaction::Model),
}

impl Gateway {
    /// Debits or holds.
    ///
    /// # Errors
    /// In the order of design section 1: `extId` re-used or under way, -32301, the card, -32362, -32328/-32329,
    /// -32372, -32349; then what the network says.
    pub async fn debit(&self, caller: &Caller, order: DebitOrder) -> Result<Answer, Error> {
        if let Some(ext_id) = &order.ext_id
            && let Some(answer) = self
                .answer_repeat(caller, ext_id, &order.fingerprint)
                .await?
        {
            return Ok(answer);
        }
        let unknown = || Error::from(ErrorCode::CardNotRegistered);
        let token = order.token.uuid().ok_or_else(unknown)?;
        let row = card::find(&*self.database, caller.partner.id, token)
            .await?
            .ok_or_else(unknown)?;
        let access = self.open_card(&row)?;
        let phone = if self.needs_code(caller, &order) {
            Some(self.phone_on_file(&row, &access).await?)
        } else {
            None
        };
        self.check_order(caller, &row, &order)?;
        match phone {
            Some(phone) => {
                self.debit_with_code(caller, order, &row, &access, phone)
                    .await
            }
            None => self.debit_at_once(caller, order, &row, access).await,
        }
    }

    /// Checks the code of a debit or hold, and carries it out.
    ///
    /// # Errors
    /// -32314, -32401 (`is_hold`), the status (design section 3), -32308; then what the network says.
    pub async fn confirm_debit(
        &self,
        caller: &Caller,
        transaction_id: i64,
        code: &Code,
        is_hold: Option<bool>,
    ) -> Result<transaction::Model, Error> {
        let tx = self.database.write().await?;
        let found = transactions::find_locked(&*tx, caller.partner.id, transaction_id).await?;
        let transaction = found.ok_or(ErrorCode::TransactionNotFound)?;
        let hold = match transaction.kind {
            Kind::Debit => false,
            Kind::Hold => true,
            Kind::Attachment | Kind::Transfer => return Err(ErrorCode::TransactionNotFound.into()),
        };
        if is_hold.is_some_and(|said| said != hold) {
            return Err(Failure::new(ErrorCode::InvalidInput)
                .because("is_hold_differs")
                .field("is_hold")
                .into());
        }
        if let Err(refusal) = allow(Operation::Confirm, &transaction, self.clock.now()) {
            self.expire_code_if_over(&*tx, &transaction, &refusal)
                .await?;
            tx.commit().await?;
            return Err(refusal.into());
        }
        if let Checked::Refused(reason) = self.check_code(&*tx, &transaction, code).await? {
            tx.commit().await?;
            return Err(Failure::new(ErrorCode::InvalidCode).because(reason).into());
        }
        let (access, pan_hash) = self.card_of(&*tx, &transaction).await?;
        let now = self.clock.now();
        if !transactions::advance(
            &*tx,
            &transaction,
            Status::Processing,
            Change::default(),
            "code right",
            now,
        )
        .await?
        {
            return Err(Error::Corrupt(format!(
                "transaction {transaction_id} changed under its lock"
            )));
        }
        let transaction = transaction::Model {
            status: Status::Processing,
            version: transaction.version + 1,
            updated_at: now,
            ..transaction
        };
        let (amount, terminal) = (amount_of(&transaction)?, terminal_of(&transaction)?);
        let call = self.movement(hold, access, amount, terminal)?;
        let intended = self
            .intend(&*tx, transaction, call.action(), call, pan_hash)
            .await
            .map_err(hold_under_way)?;
        self.commit_intent(tx, &intended).await?;
        self.carry_out(&caller.departure, intended).await
    }

    /// A code is asked for where the order says so, or from the least of the policies' amounts on.
    fn needs_code(&self, caller: &Caller, order: &DebitOrder) -> bool {
        let policies = [
            self.rules.code_required_from,
            caller.partner.code_required_from,
        ];
        order.force_code
            || policies
                .into_iter()
                .flatten()
                .min()
                .is_some_and(|from| order.amount.tiyin() >= from)
    }

    /// The phone that the network has on file for the card: the one place to which a code may go.
    async fn phone_on_file(
        &self,
        row: &entity::card::Model,
        access: &CardAccess,
    ) -> Result<Phone, Error> {
        let info = self.usable_card(from_stored(row.network), access).await?;
        let phone = info.phone.as_deref().and_then(Phone::parse);
        phone.ok_or_else(|| ErrorCode::SmsServiceOff.into())
    }

    fn check_order(
        &self,
        caller: &Caller,
        row: &entity::card::Model,
        order: &DebitOrder,
    ) -> Result<(), Error> {
        let Terminal {
            merchant_id,
            terminal_id,
        } = &order.terminal;
        if !partner::may_use(
            &caller.partner.terminals,
            row.network,
            merchant_id,
            terminal_id,
        ) {
            return Err(ErrorCode::TerminalNotFound.into());
        }
        if order.amount.tiyin() < self.rules.min_debit {
            return Err(ErrorCode::AmountTooSmall.into());
        }
        if order.amount.tiyin() > self.rules.max_debit {
            return Err(ErrorCode::AmountTooLarge.into());
        }
        Ok(())
    }

    async fn debit_with_code(
        &self,
        caller: &Caller,
        order: DebitOrder,
        row: &entity::card::Model,
        access: &CardAccess,
        phone: Phone,
    ) -> Result<Answer, Error> {
        let now = self.clock.now();
        let tx = self.database.write().await?;
        self.take_sms(&*tx, caller, phone.digits()).await?;
        let new = transactions::New {
            phone: Set(Some(phone.digits().to_owned())),
            code_expires_at: Set(Some(now + self.rules.code_lifetime_ms)),
            ..new_debit(caller, &order, row, Status::AwaitingCode, now)
        };
        let written = match transactions::insert(&*tx, new, "debit with a code").await {
            Ok(stored) => self.attach_code(&*tx, stored).await,
            Err(error) => Err(error.into()),
        };
        let (transaction, code) = match written {
            Ok(written) => written,
            Err(error) => {
                drop(tx);
                return self.lost_to_a_repeat(caller, &order, error).await;
            }
        };
        tx.commit().await?;
        let purpose = Purpose::Debit {
            tiyin: order.amount.tiyin(),
            pan_mask: &access.pan.mask(),
        };
        self.send_code(caller, &transaction, &phone, &code, purpose)
            .await?;
        Ok(Answer::CodeSent {
            phone: phone.digits().to_owned(),
            transaction_id: transaction.id,
        })
    }

    async fn debit_at_once(
        &self,
        caller: &Caller,
        order: DebitOrder,
        row: &entity::card::Model,
        access: CardAccess,
    ) -> Result<Answer, Error> {
        let call = self.movement(order.hold, access, order.amount, order.terminal.clone())?;
        let tx = self.database.write().await?;
        match self.intend_debit(&*tx, caller, &order, row, call).await {
            Ok(intended) => {
                self.commit_intent(tx, &intended).await?;
                self.carry_out(&caller.departure, intended)
                    .await
                    .map(Answer::Done)
            }
            Err(error) => {
                drop(tx);
                self.lost_to_a_repeat(caller, &order, error).await
            }
        }
    }

    async fn intend_debit(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        order: &DebitOrder,
        row: &entity::card::Model,
        call: Call,
    ) -> Result<Intended, Error> {
        let new = new_debit(caller, order, row, Status::Processing, self.clock.now());
        let transaction = transactions::insert(db, new, "debit").await?;
        self.intend(db, transaction, call.action(), call, row.pan_hash.clone())
            .await
    }

    /// A unique index refused the rows: a parallel call with the same `extId` was faster, or another hold on this
    /// card is under way.
    async fn lost_to_a_repeat(
        &self,
        caller: &Caller,
        order: &DebitOrder,
        error: Error,
    ) -> Result<Answer, Error> {
        if is_unique_violation(&error)
            && let Some(ext_id) = &order.ext_id
            && let Some(answer) = self
                .answer_repeat(caller, ext_id, &order.fingerprint)
                .await?
        {
            return Ok(answer);
        }
        Err(hold_under_way(error))
    }

    fn movement(
        &self,
        hold: bool,
        card: CardAccess,
        amount: Amount,
        terminal: Terminal,
    ) -> Result<Call, Error> {
        let reference = self.new_reference()?;
        Ok(match hold {
            true => Call::Hold {
                card,
                amount,
                terminal,
                reference,
            },
            false => Call::Pay {
                card,
                amount,
                terminal,
                reference,
            },
        })
    }

    /// The status already says `expired` where the clock does; the row follows when somebody looks.
    async fn expire_code_if_over(
        &self,
        db: &impl ConnectionTrait,
        transaction: &transaction::Model,
        refusal: &Failure,
    ) -> Result<(), Error> {
        if refusal.code == ErrorCode::InvalidCode {
            self.expire_code(db, transaction).await
        } else {
            Ok(())
        }
    }
}

fn new_debit(
    caller: &Caller,
    order: &DebitOrder,
    row: &entity::card::Model,
    status: Status,
    now: i64,
) -> transactions::New {
    transactions::New {
        partner_id: Set(caller.partner.id),
        kind: Set(if order.hold { Kind::Hold } else { Kind::Debit }),
        status: Set(status),
        version: Set(1),
        network: Set(row.network),
        card_id: Set(Some(row.id)),
        amount: Set(order.amount.tiyin()),
        fee: Set(0),
        merchant_id: Set(Some(order.terminal.merchant_id.clone())),
        terminal_id: Set(Some(order.terminal.terminal_id.clone())),
        ext_id: Set(order
            .ext_id
            .as_ref()
            .map(|ext_id| ext_id.as_str().to_owned())),
        fingerprint: Set(order.ext_id.is_some().then(|| order.fingerprint.clone())),
        app_name: Set(caller
            .app_name
            .as_ref()
            .map(|name| name.as_str().to_owned())),
        code_tries: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
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
