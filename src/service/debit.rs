//! `transactions.debit` and its confirmation: a debit or a hold, with a code or at once.

use entity::ids::TransactionId;
use entity::transaction::{self, Kind};
use rpc_schema::errors::ErrorCode;
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Amount, CardToken, Code, ExtId};

use crate::caller::Caller;
use crate::database::Turn;
use crate::domain::call::{Call, CardAccess, Debit, Reference, Terminal};
use crate::domain::code_text::Purpose;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::stored::{amount_of, terminal_of};
use crate::repository::partner;

use super::answer::{Answer, OrderId};
use super::claim::{Claim, Claimed};
use super::order::{Order, Stored, account_of};
use super::restored::FirstCall;

/// What a partner orders with `transactions.debit`.
#[derive(Debug, Clone)]
pub struct DebitOrder {
    pub token: CardToken,
    pub amount: Amount,
    pub terminal: Terminal,
    pub hold: bool,
    pub force_code: bool,
    pub id: OrderId,
}

impl DebitOrder {
    /// Whether it takes or holds.
    fn kind(&self) -> Kind {
        match self.hold {
            true => Kind::Hold,
            false => Kind::Debit,
        }
    }
}

impl Gateway {
    /// Debits or holds.
    ///
    /// # Errors
    /// In the order of docs/contract.md#order-of-checks: `extId` re-used or under way, -32301, the card, -32362, -32328/-32329, -32372,
    /// -32349; then what the network says.
    pub async fn debit(&self, caller: &Caller, order: DebitOrder) -> Result<Answer, Error> {
        let claim = match self.claim(caller, &order.id, Turn::Begins).await? {
            Claimed::Ours(claim) => claim,
            Claimed::Repeat(answer) => return Ok(answer),
        };
        // Boxed: the checks are over while the network is waited for.
        match Box::pin(self.store_debit(caller, &order, &claim)).await {
            Ok(stored) => self.carry_out(caller, stored).await,
            Err(error) => self.refuse(claim, error).await,
        }
    }

    /// All checks of a debit or hold, up to its intent.
    async fn store_debit(
        &self,
        caller: &Caller,
        order: &DebitOrder,
        claim: &Claim<'_>,
    ) -> Result<Stored, Error> {
        if let Some(found) = self.find_lost_debit(caller, order, claim).await? {
            return Ok(found);
        }
        let (row, access) = self.connected_card(caller, &order.token).await?;
        self.check_currency(&row)?;
        let amount = order.amount.tiyin();
        let phone = self
            .phone_for_code(caller, &row, &access, amount, order.force_code)
            .await?;
        self.check_debit(caller, &row, order)?;
        let checked = Order {
            kind: order.kind(),
            claim,
            card: &row,
            account: account_of(caller, &row).to_owned(),
            amount,
            fee: 0,
            terminal: order.terminal.clone(),
            transfer: None,
        };
        let mask = access.pan.mask();
        let call = self.first_call(caller, order, access)?;
        match phone {
            Some(phone) => {
                let purpose = Purpose::Debit {
                    tiyin: amount,
                    pan_mask: &mask,
                };
                self.store_with_code(caller, &checked, phone, purpose).await
            }
            None => self.store_with_call(caller, &checked, call).await,
        }
    }

    /// Checks the code of a debit or hold, and runs it.
    ///
    /// # Errors
    /// -32314, -32401 (`is_hold`), the status (docs/contract.md#operations-by-status), -32308; then what the network says.
    pub async fn confirm_debit(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
        code: &Code,
        is_hold: Option<bool>,
    ) -> Result<transaction::Model, Error> {
        let fits = |transaction: &transaction::Model| {
            let hold = match transaction.kind {
                Kind::Debit => false,
                Kind::Hold => true,
                Kind::Attachment | Kind::Transfer => {
                    return Err(Failure::new(ErrorCode::TransactionNotFound));
                }
            };
            if is_hold.is_some_and(|said| said != hold) {
                return Err(Failure::new(ErrorCode::InvalidInput)
                    .because(Reason::IsHoldDiffers)
                    .field("is_hold"));
            }
            Ok(())
        };
        let (tx, transaction) = self
            .check_order_code(caller, transaction_id, code, fits)
            .await?;
        let (access, pan_hash) = self.payments.card_of(&*tx, &transaction).await?;
        let (amount, terminal) = (amount_of(&transaction)?, terminal_of(&transaction)?);
        let reference = self
            .payments
            .first_reference(transaction.partner_id, transaction.ext_id.as_deref())?;
        let hold = transaction.kind == Kind::Hold;
        let call = self.movement(caller, hold, access, amount, terminal, reference);
        self.run_confirmed(caller, tx, transaction, call, pan_hash)
            .await
    }

    fn check_debit(
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
            let network = from_stored(row.network);
            let mut unknown =
                Failure::new(ErrorCode::TerminalNotFound).hint(Hint::TerminalOf(network));
            unknown.data.network = Some(network);
            return Err(unknown.into());
        }
        let (least, greatest) = (self.rules.min_debit, self.rules.max_debit);
        Failure::check_amount(order.amount, least, greatest).map_err(Error::from)
    }

    /// A debit or hold that its network knows from a lost period, stored once more; `None` where it is new, or nothing was lost.
    /// It comes before each check: what was carried out is not told as refused, whatever has changed since.
    ///
    /// # Errors
    /// -32365 `restored` while the network does not tell for certain.
    async fn find_lost_debit(
        &self,
        caller: &Caller,
        order: &DebitOrder,
        claim: &Claim<'_>,
    ) -> Result<Option<Stored>, Error> {
        let first = match order.hold {
            true => FirstCall::Hold,
            false => FirstCall::Pay,
        };
        let then = self.card_then(caller, &order.token, claim, first);
        let Some((period, row, access)) = then.await? else {
            return Ok(None);
        };
        let mut made = Order {
            kind: order.kind(),
            claim,
            card: &row,
            account: account_of(caller, &row).to_owned(),
            amount: order.amount.tiyin(),
            fee: 0,
            terminal: order.terminal.clone(),
            transfer: None,
        };
        let call = self.first_call(caller, order, access)?;
        self.find_lost_order(caller, &mut made, [Some(call), None], period)
            .await
    }

    /// The first call of an order.
    fn first_call(
        &self,
        caller: &Caller,
        order: &DebitOrder,
        card: CardAccess,
    ) -> Result<Call, Error> {
        let ext_id = order.id.ext_id.as_ref().map(ExtId::as_str);
        let reference = self.payments.first_reference(caller.partner.id, ext_id)?;
        let terminal = order.terminal.clone();
        Ok(self.movement(caller, order.hold, card, order.amount, terminal, reference))
    }

    fn movement(
        &self,
        caller: &Caller,
        hold: bool,
        card: CardAccess,
        amount: Amount,
        terminal: Terminal,
        reference: Reference,
    ) -> Call {
        let debit = Debit {
            card,
            amount,
            terminal,
            reference,
            partner: caller.partner.name.clone(),
            at: self.clock.now(),
        };
        match hold {
            true => Call::Hold(debit),
            false => Call::Pay(debit),
        }
    }
}
