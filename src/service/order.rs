//! How an order of a debit, hold or transfer begins, with a code or at once, and how its code is confirmed.

use std::sync::Arc;

use entity::ids::TransactionId;
use entity::transaction::{self, Kind, Status};
use entity::{card, transfer};
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{CardToken, Code, Network, Phone};

use crate::caller::Caller;
use crate::database::{self, Statements, WriteTransaction, was_refused};
use crate::domain::call::{Call, CardAccess, Terminal};
use crate::domain::code_text::Purpose;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::domain::operation::{Operation, allow};
use crate::domain::person::Person;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::intent::PendingCall;
use crate::repository::{card as cards, transaction as transactions, transfer as transfers};

use super::answer::Answer;
use super::claim::Claim;
use super::code::{Checked, Sending};

/// An order that has passed all checks.
pub(super) struct Order<'a> {
    pub(super) kind: Kind,
    /// By which it may be stored.
    pub(super) claim: &'a Claim<'a>,
    /// The card that pays.
    pub(super) card: &'a card::Model,
    /// The account at its network under which it pays.
    pub(super) account: String,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) terminal: Terminal,
    /// The recipient's side of a transfer. Its row has no transaction number yet.
    pub(super) transfer: Option<RecipientSide<'a>>,
}

/// See [`Order::transfer`].
pub(super) struct RecipientSide<'a> {
    pub(super) pan: &'a rpc_schema::values::Pan,
    /// Who sends it, where the recipient's network is told.
    pub(super) sender: Option<Person>,
    pub(super) row: transfer::Model,
}

/// An order that is stored, and what is to be done next.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub(super) enum Stored {
    WithCode {
        transaction: transaction::Model,
        phone: Phone,
        /// The message with the code.
        text: String,
    },
    WithCall(PendingCall),
    /// Its network had it from a lost period: there is nothing to be done.
    Found(transaction::Model),
}

impl Gateway {
    /// The partner's card with this token, whose network is there.
    ///
    /// # Errors
    /// -32301, -32374
    pub(super) async fn connected_card(
        &self,
        caller: &Caller,
        token: &CardToken,
    ) -> Result<(card::Model, CardAccess), Error> {
        let (row, access) = self.card_by_token(caller, token).await?;
        let account = account_of(caller, &row);
        self.check_connected(from_stored(row.network), account)?;
        Ok((row, access))
    }

    /// Whether this card can be used as it was attached. One of UZCARD whose account is gone is to be attached anew.
    pub(super) fn is_connected(&self, caller: &Caller, card: &card::Model) -> bool {
        self.networks
            .has(from_stored(card.network), account_of(caller, card))
    }

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
        self.check_sms()?;
        // A code goes only to the phone that the network has on file.
        let under = (from_stored(row.network), account_of(caller, row));
        let info = self.usable_card(under, access).await?;
        let phone = info.phone.and_then(|phone| phone.or_known(&row.phone));
        phone
            .map(Some)
            .ok_or_else(|| ErrorCode::SmsServiceOff.into())
    }

    /// Stores an order whose code is to be sent.
    ///
    /// # Errors
    /// -32372, -32364. Nothing is stored.
    pub(super) async fn store_with_code(
        &self,
        caller: &Caller,
        order: &Order<'_>,
        phone: Phone,
        purpose: Purpose<'_>,
    ) -> Result<Stored, Error> {
        let tx = self.database.write_as(order.claim.turn()).await?;
        let stored = async {
            self.take_sms(&*tx, caller, phone.digits()).await?;
            let receiver = self.vault.phone_hash(phone.digits());
            self.count_code(&*tx, &receiver).await?;
            self.spend_claim(&*tx, caller, order.claim).await?;
            let (stored, _) = self.insert_order(&tx, caller, order, Some(&phone)).await?;
            let coded = self.attach_code(&tx, stored).await;
            coded.map_err(other_is_under_way)
        };
        let stored = stored.await;
        let (tx, (transaction, code)) = tx.unless_refused(stored).await?;
        order.claim.stores(transaction.id);
        if let Err(lost) = tx.commit().await {
            // It may have committed all the same, and then the code must still be sent.
            let stored = transactions::get(&*self.database, transaction.id).await;
            let ours = |row: &transaction::Model| row.code_mac == transaction.code_mac;
            if !matches!(stored, Ok(Some(row)) if ours(&row)) {
                return Err(lost.into());
            }
        }
        let text = self.message(caller, &code, purpose);
        Ok(Stored::WithCode {
            transaction,
            phone,
            text,
        })
    }

    /// Stores an order together with the intent of its first call.
    ///
    /// # Errors
    /// -32364, -32382, -32329. The call must not be made.
    pub(super) async fn store_with_call(
        &self,
        caller: &Caller,
        order: &Order<'_>,
        call: Call,
    ) -> Result<Stored, Error> {
        let tx = self.database.write_as(order.claim.turn()).await?;
        match self.write_with_call(tx, caller, order, call).await {
            Ok(pending) => Ok(Stored::WithCall(pending)),
            Err(Error::Database(error)) if was_refused(&error) => {
                self.has_claim(order.claim).await?;
                Err(self.spending_refused(&order.card.pan_hash, error).await?)
            }
            Err(error) => Err(other_is_under_way(error)),
        }
    }

    /// Writes an order together with the intent of its first call. Nothing of it is read before the commit.
    async fn write_with_call(
        &self,
        tx: WriteTransaction,
        caller: &Caller,
        order: &Order<'_>,
        call: Call,
    ) -> Result<PendingCall, Error> {
        let stored = async {
            self.hold_spent_claim(&tx, caller, order.claim).await?;
            let (stored, side) = self.insert_order(&tx, caller, order, None).await?;
            let pan_hash = order.card.pan_hash.clone();
            let now = self.clock.now();
            self.count_debit(&tx, &stored, &pan_hash, now).await?;
            let pending = self.payments.intend(&tx, stored, call, pan_hash, 0);
            Ok::<_, Error>(PendingCall {
                side,
                ..pending.await?
            })
        };
        let stored = stored.await;
        let (tx, pending) = tx.unless_refused(stored).await?;
        order.claim.stores(pending.transaction.id);
        self.payments.commit_intent(tx, &pending).await?;
        Ok(pending)
    }

    /// Goes on with an order that is stored: sends its code, or makes its call.
    ///
    /// # Errors
    /// -32349; what the network says.
    pub(super) async fn carry_out(&self, caller: &Caller, stored: Stored) -> Result<Answer, Error> {
        match stored {
            Stored::WithCode {
                transaction,
                phone,
                text,
            } => match self
                .send_code(&caller.gate, &transaction, &phone, &text)
                .await?
            {
                Sending::Sent => Ok(Answer::CodeSent {
                    phone: phone.digits().to_owned(),
                    transaction_id: transaction.id,
                }),
                Sending::Overtaken(now) => self.answer_standing(now).await,
            },
            Stored::Found(transaction) => self.answer_standing(transaction).await,
            Stored::WithCall(pending) => {
                let done = self.payments.run(&caller.gate, pending).await;
                done.map(Answer::Done)
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
        self.check_not_confirmed_then(caller, transaction_id)
            .await?;
        let tx = self.database.write().await?;
        let found = transactions::find_locked(&*tx, caller.partner.id, transaction_id).await?;
        let found = found.ok_or_else(|| Failure::new(ErrorCode::TransactionNotFound));
        let found = found.and_then(|found| fits(&found).map(|()| found));
        let (tx, transaction) = tx.unless_refused(found.map_err(Error::from)).await?;
        let now = self.clock.now();
        if let Err(refusal) = allow(Operation::Confirm, &transaction, now) {
            return Err(self.refuse_status(tx, transaction, now, refusal).await);
        }
        if let Checked::Refused(reason) = self
            .check_code(&tx, &caller.gate, &transaction, code)
            .await?
        {
            tx.commit().await?;
            return Err(Failure::new(ErrorCode::InvalidCode).because(reason).into());
        }
        let transaction = self
            .payments
            .mark_processing(&tx, transaction, "code right")
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
        let written = self.write_confirmed(tx, transaction, call, &pan_hash);
        let pending = match written.await {
            // The transaction is locked, so this was the only guard.
            Err(Error::Database(error)) if was_refused(&error) => {
                return Err(self.spending_refused(&pan_hash, error).await?);
            }
            written => written.map_err(other_is_under_way)?,
        };
        self.payments.run(&caller.gate, pending).await
    }

    async fn write_confirmed(
        &self,
        tx: WriteTransaction,
        transaction: transaction::Model,
        call: Call,
        pan_hash: &[u8],
    ) -> Result<PendingCall, Error> {
        let now = self.clock.now();
        let intended = async {
            self.count_debit(&tx, &transaction, pan_hash, now).await?;
            let pan_hash = pan_hash.to_vec();
            self.payments
                .intend(&tx, transaction, call, pan_hash, 0)
                .await
        };
        let intended = intended.await;
        let (tx, pending) = tx.unless_refused(intended).await?;
        self.payments.commit_intent(tx, &pending).await?;
        Ok(pending)
    }

    /// Writes an order, with the recipient's side of a transfer, whose claim is spent in the same database transaction. A unique index may refuse it, at the latest at the
    /// commit, see [`other_is_under_way`].
    pub(super) async fn insert_order(
        &self,
        db: &Statements,
        caller: &Caller,
        order: &Order<'_>,
        phone: Option<&Phone>,
    ) -> Result<(transaction::Model, Option<Arc<transfer::Model>>), Error> {
        let now = self.clock.now();
        let id = order.claim.id();
        let (status, cause) = match phone {
            Some(_) => (Status::AwaitingCode, "ordered, with a code"),
            None => (Status::Processing, "ordered"),
        };
        let ext_id = id.ext_id.as_ref().map(|id| id.as_str().to_owned());
        let new = transactions::New {
            id: transactions::NO_ID,
            partner_id: caller.partner.id,
            kind: order.kind,
            status,
            version: 1,
            network: order.card.network,
            account: order.account.clone(),
            card_id: Some(order.card.id),
            amount: order.amount,
            fee: order.fee,
            captured: None,
            reversed: None,
            reversing: 0,
            merchant_id: Some(order.terminal.merchant_id.clone()),
            terminal_id: Some(order.terminal.terminal_id.clone()),
            fingerprint: ext_id.as_ref().map(|_| id.fingerprint.clone()),
            ext_id,
            app_name: (caller.app_name.as_ref()).map(|name| name.as_str().to_owned()),
            phone: phone.map(|phone| phone.digits().to_owned()),
            code_mac: None,
            code_tries: 0,
            code_expires_at: phone.map(|_| now + self.rules.code_lifetime_ms),
            hold_expires_at: None,
            receipt: None,
            error_code: None,
            error_data: None,
            created_at: now,
            updated_at: now,
        };
        let transaction = transactions::insert(db, new, cause).await?;
        let Some(side) = &order.transfer else {
            return Ok((transaction, None));
        };
        let row =
            self.payments
                .seal_people(&transaction, side.pan, side.sender.as_ref(), &side.row)?;
        transfers::insert(db, row.clone()).await?;
        Ok((transaction, Some(Arc::new(row))))
    }
}

/// The account under which a card pays now. SVGate's token of a card is that of the account under which it was attached; at
/// HUMO the number is all, and the partner's account counts.
pub(super) fn account_of<'a>(caller: &'a Caller, card: &'a card::Model) -> &'a str {
    match from_stored(card.network) {
        Network::Uzcard => &card.account,
        Network::Humo => caller.partner.account(Network::Humo),
    }
}

fn is_unique_violation(error: &Error) -> bool {
    let Error::Database(error) = error else {
        return false;
    };
    database::is_unique_violation(error)
}

/// A unique index refused the rows: another hold on this card of UZCARD is under way, or a gateway of an earlier version,
/// which knows no claims, has stored this `extId`.
pub(super) fn other_is_under_way(error: Error) -> Error {
    if is_unique_violation(&error) {
        ErrorCode::PreviousAttemptInProcess.into()
    } else {
        error
    }
}
