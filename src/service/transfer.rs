//! Transfers from card to card: whose card it is, what it costs, and the four directions.
//!
//! Inside a network a transfer is one movement. Between the networks it has two legs, debit then credit: a declined
//! credit gives the debit back, an unknown one is resolved first (docs/contract.md#transfers). From UZCARD it may be one
//! movement there, too, if the settings say so (docs/networks.md#svgate-transfers-and-credits).

use std::slice;

use entity::ids::TransactionId;
use entity::transaction::{self, Kind};
use entity::transfer::{self, Fiscal, Legs};
use entity::{banned, card};
use rpc_schema::errors::ErrorCode;
use rpc_schema::hint::Hint;
use rpc_schema::methods::p2p::TransferSender;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Amount, CardToken, Code, Expiry, ExtId, Network, Pan};

use crate::caller::Caller;
use crate::clock::tashkent_day;
use crate::database::{Connection, Turn};
use crate::domain::call::{Call, CardAccess, Receipt, Terminal};
use crate::domain::code_text::Purpose;
use crate::domain::failure::Failure;
use crate::domain::inquiry::{AskError, RecipientCard};
use crate::domain::network::{from_stored, to_stored};
use crate::domain::person::Person;
use crate::domain::tariff::{Direction, Tariff};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::legs::{direction_of, legs_of, recipient_side};
use crate::payment::stored::{amount_of, receipt_of, terminal_of};
use crate::repository::{banned as bans, card as cards};

use super::answer::{Answer, OrderId};
use super::claim::{Claim, Claimed};
use super::order::{Order, RecipientSide, Stored, account_of};
use super::restored::FirstCall;
use super::sender::person_of;

/// What a partner orders with one of the four transfer methods.
#[derive(Debug, Clone)]
pub struct TransferOrder {
    pub direction: Direction,
    pub token: CardToken,
    /// The recipient's number.
    pub pan: Pan,
    /// The recipient's expiry.
    pub expiry: Expiry,
    /// What the recipient gets.
    pub amount: Amount,
    pub force_code: bool,
    /// Who sends it, where the partner has said so.
    pub sender: Option<TransferSender>,
    pub id: OrderId,
}

/// What a transfer costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Tiyin.
    pub fee: i64,
    /// In percent.
    pub rate: String,
    /// Tiyin.
    pub total: i64,
}

/// A transfer that was carried out, with both legs and the fiscal receipt.
#[derive(Debug, Clone)]
pub struct TransferRecord {
    pub direction: Direction,
    /// The sender's side, or the whole of a transfer in one leg.
    pub debit: Receipt,
    /// The recipient's side of a transfer in two.
    pub credit: Option<Receipt>,
    pub legs: Legs,
    /// Where the fiscal receipt can be seen, once it is registered.
    pub fiscal_url: Option<String>,
}

impl TransferRecord {
    /// Both legs and the fiscal receipt of a transfer that was carried out.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn of(db: &impl Connection, transaction: &transaction::Model) -> Result<Self, Error> {
        let side = recipient_side(db, transaction.id).await?;
        let corrupt = || {
            Error::Corrupt(format!(
                "transfer {} has no readable receipt",
                transaction.id
            ))
        };
        let credit = match &side.credit_receipt {
            Some(text) => Some(serde_json::from_str(text).map_err(|_| corrupt())?),
            None => None,
        };
        Ok(Self {
            direction: direction_of(transaction, &side),
            debit: receipt_of(transaction)?,
            credit,
            legs: legs_of(transaction, &side),
            fiscal_url: side.fiscal_url,
        })
    }
}

impl Gateway {
    /// Whose card it is, and its network: `p2p.recipient-info`.
    ///
    /// # Errors
    /// -32374 for a number of no network; -32302 for any refusal of the network; -32338/-32339.
    pub async fn recipient_info(
        &self,
        caller: &Caller,
        pan: &Pan,
    ) -> Result<(Network, RecipientCard), Error> {
        let network = self.network_of_card(pan)?;
        self.check_connected(network, caller.partner.account(network))?;
        self.count_recipient(caller, pan).await?;
        let question = self
            .networks
            .of(network, caller.partner.account(network))
            .recipient(pan);
        let asked = self.about(pan, question).await;
        let found = asked.map_err(|error| match &error {
            AskError::Refused(refusal) => {
                Failure::refused_as(ErrorCode::CardInfoUnavailable, network, refusal)
            }
            AskError::Unavailable(_) => self.unanswered(network, "recipient", &error),
        });
        Ok((network, found?))
    }

    /// What a transfer of `amount` from one card to another costs: `p2p.fee-info`. No network is asked.
    ///
    /// # Errors
    /// -32374, -32387, -32328/-32329, -32354.
    pub fn quote(
        &self,
        caller: &Caller,
        sender: &Pan,
        recipient: &Pan,
        amount: Amount,
    ) -> Result<Quote, Error> {
        let direction = Direction {
            from: self.network_of_card(sender)?,
            to: self.network_of_card(recipient)?,
        };
        let account = caller.partner.account(direction.from);
        self.check_connected(direction.from, account)?;
        self.check_recipient_connected(caller, direction, account, amount)?;
        if sender == recipient {
            return Err(ErrorCode::SameCard.into());
        }
        let tariff = self.tariff(caller, direction);
        check_amount(tariff, amount)?;
        self.check_bank(direction.to, recipient, amount)?;
        Ok(Quote {
            fee: tariff.fee(amount),
            rate: tariff.rate_percent(),
            total: tariff.total(amount),
        })
    }

    /// Transfers from a card of this partner to any card.
    ///
    /// # Errors
    /// In the order of docs/contract.md#order-of-checks: `extId`, -32301, the card, -32374, -32387, -32328/-32329, -32354, the recipient's card,
    /// the banned lists, -32372, -32349; then what the networks say.
    pub async fn transfer(&self, caller: &Caller, order: TransferOrder) -> Result<Answer, Error> {
        let claim = match self.claim(caller, &order.id, Turn::Begins).await? {
            Claimed::Ours(claim) => claim,
            Claimed::Repeat(answer) => return Ok(answer),
        };
        // Boxed: the checks are over while the networks are waited for.
        let stored = match Box::pin(self.store_transfer(caller, &order, &claim)).await {
            Ok(stored) => stored,
            Err(error) => return self.refuse(claim, error).await,
        };
        let answer = self.carry_out(caller, stored).await?;
        if let Answer::Done(transaction) = &answer {
            self.register_fee(transaction).await;
        }
        Ok(answer)
    }

    /// All checks of a transfer, up to its intent.
    async fn store_transfer(
        &self,
        caller: &Caller,
        order: &TransferOrder,
        claim: &Claim<'_>,
    ) -> Result<Stored, Error> {
        if let Some(found) = self.find_lost_transfer(caller, order, claim).await? {
            return Ok(found);
        }
        let (row, access) = self.connected_card(caller, &order.token).await?;
        let account = account_of(caller, &row).to_owned();
        self.check_currency(&row)?;
        let tariff = *self.tariff(caller, order.direction);
        let (amount, fee) = (order.amount.tiyin(), tariff.fee(order.amount));
        let phone = self
            .phone_for_code(caller, &row, &access, amount, order.force_code)
            .await?;
        self.check_pair(caller, order, &row, &access)?;
        check_amount(&tariff, order.amount)?;
        self.check_bank(order.direction.to, &order.pan, order.amount)?;
        let legs = self.legs(order.direction, &account, order.amount);
        let sender = self.check_sender(order, legs)?;
        let recipient = self.usable_recipient(caller, order).await?;
        self.check_bans(order, &row, recipient.as_ref()).await?;
        let cards = [&access.pan, &order.pan];
        let terminal =
            (self.payments).first_terminal(legs, (order.direction.from, &account), cards);
        let mask = access.pan.mask();
        let call = self.first_leg_of(caller, order, legs, &access, fee, &terminal)?;
        let checked = Order {
            kind: Kind::Transfer,
            claim,
            card: &row,
            amount,
            fee,
            terminal,
            account,
            transfer: Some(self.side_of(caller, order, legs, sender)),
        };
        match phone {
            Some(phone) => {
                let purpose = Purpose::Transfer {
                    tiyin: tariff.total(order.amount),
                    pan_mask: &mask,
                    recipient_mask: &order.pan.mask(),
                };
                self.store_with_code(caller, &checked, phone, purpose).await
            }
            None => self.store_with_call(caller, &checked, call).await,
        }
    }

    /// Checks the code of a transfer, and runs it: `p2p.confirm`.
    ///
    /// # Errors
    /// -32314, the status (docs/contract.md#operations-by-status), -32308; then what the networks say.
    pub async fn confirm_transfer(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
        code: &Code,
    ) -> Result<transaction::Model, Error> {
        let fits = |transaction: &transaction::Model| match transaction.kind {
            Kind::Transfer => Ok(()),
            Kind::Attachment | Kind::Debit | Kind::Hold => {
                Err(Failure::new(ErrorCode::TransactionNotFound))
            }
        };
        let (tx, transaction) = self
            .check_order_code(caller, transaction_id, code, fits)
            .await?;
        let (access, pan_hash) = self.payments.card_of(&*tx, &transaction).await?;
        let side = recipient_side(&*tx, transaction_id).await?;
        let pan = self.payments.open_recipient(&transaction, &side)?;
        let legs = legs_of(&transaction, &side);
        let reference = self.payments.transfer_reference(
            direction_of(&transaction, &side),
            legs,
            transaction.partner_id,
            transaction.ext_id.as_deref(),
        )?;
        let call = self.payments.first_leg(
            legs,
            access,
            &pan,
            amount_of(&transaction)?,
            transaction.fee,
            terminal_of(&transaction)?,
            reference,
            (&caller.partner.name, self.clock.now()),
        )?;
        let done = self
            .run_confirmed(caller, tx, transaction, call, pan_hash)
            .await?;
        self.register_fee(&done).await;
        Ok(done)
    }

    /// A transfer that a network knows from a lost period, stored once more; `None` where it is new, or nothing was lost. It comes
    /// before each check: what was carried out is not told as refused, whatever has changed since.
    ///
    /// # Errors
    /// -32365 `restored` while a network does not tell for certain.
    async fn find_lost_transfer(
        &self,
        caller: &Caller,
        order: &TransferOrder,
        claim: &Claim<'_>,
    ) -> Result<Option<Stored>, Error> {
        let first = FirstCall::Transfer(order.direction);
        let then = self.card_then(caller, &order.token, claim, first);
        let Some((period, row, access)) = then.await? else {
            return Ok(None);
        };
        let fee = self.tariff(caller, order.direction).fee(order.amount);
        let is_payable = order.amount.tiyin().checked_add(fee).is_some();
        if from_stored(row.network) != order.direction.from || !is_payable {
            // It has never been an order.
            return Ok(None);
        }
        let account = account_of(caller, &row).to_owned();
        let legs = self.legs(order.direction, &account, order.amount);
        let cards = [&access.pan, &order.pan];
        let terminal =
            (self.payments).first_terminal(legs, (order.direction.from, &account), cards);
        let first_leg = |legs| self.first_leg_of(caller, order, legs, &access, fee, &terminal);
        let call = first_leg(legs)?;
        let other = other_legs(order.direction, legs)
            .map(first_leg)
            .transpose()?;
        // As it was then: the document may have run out since.
        let then = tashkent_day(period.since);
        let sender = order.sender.as_ref();
        let sender = sender.and_then(|sender| person_of(sender, then, None).ok());
        let mut made = Order {
            kind: Kind::Transfer,
            claim,
            card: &row,
            amount: order.amount.tiyin(),
            fee,
            terminal: terminal.clone(),
            account,
            transfer: Some(self.side_of(caller, order, legs, sender)),
        };
        self.find_lost_order(caller, &mut made, [Some(call), other], period)
            .await
    }

    /// The first movement of an order that is carried out in so many legs.
    fn first_leg_of(
        &self,
        caller: &Caller,
        order: &TransferOrder,
        legs: Legs,
        access: &CardAccess,
        fee: i64,
        terminal: &Terminal,
    ) -> Result<Call, Error> {
        let ext_id = order.id.ext_id.as_ref().map(ExtId::as_str);
        let reference =
            (self.payments).transfer_reference(order.direction, legs, caller.partner.id, ext_id)?;
        self.payments.first_leg(
            legs,
            access.clone(),
            &order.pan,
            order.amount,
            fee,
            terminal.clone(),
            reference,
            (&caller.partner.name, self.clock.now()),
        )
    }

    /// In how many legs a transfer is carried out. One call carries no details of the sender, so from the amount on that needs
    /// them a transfer between the networks has two in any case.
    fn legs(&self, direction: Direction, account: &str, amount: Amount) -> Legs {
        let Direction { from, to } = direction;
        let in_one_call = self.rules.transfers.across_in_one_call(from, account);
        if from == to || in_one_call && !self.needs_sender(direction, amount) {
            Legs::One
        } else {
            Legs::Two
        }
    }

    fn side_of<'a>(
        &self,
        caller: &Caller,
        order: &'a TransferOrder,
        legs: Legs,
        sender: Option<Person>,
    ) -> RecipientSide<'a> {
        RecipientSide {
            pan: &order.pan,
            // Only a credit names it, so else it is not kept.
            sender: sender.filter(|_| legs == Legs::Two),
            row: transfer::Model {
                transaction_id: TransactionId(0),
                to_network: to_stored(order.direction.to),
                legs: Some(legs),
                account: caller.partner.account(order.direction.to).to_owned(),
                pan_hash: self.vault.pan_hash(&order.pan).to_vec(),
                pan_key_id: String::new(),
                pan_sealed: Vec::new(),
                expiry: order.expiry.yymm(),
                sender_key_id: None,
                sender_sealed: None,
                credit_receipt: None,
                fiscal: Fiscal::None,
                fiscal_url: None,
                fiscal_attempts: 0,
                fiscal_refusals: 0,
                fiscal_next_at: None,
                fiscal_receipt_id: None,
                fiscal_cause: None,
                fiscal_mark: None,
            },
        }
    }

    /// The tariffs of a partner are those of its account, whichever one a card is attached under.
    fn tariff(&self, caller: &Caller, direction: Direction) -> &Tariff {
        let account = caller.partner.account(direction.from);
        self.rules.transfers.tariff(direction, account)
    }

    fn network_of_card(&self, pan: &Pan) -> Result<Network, Error> {
        let network = self.rules.prefixes.network_of(pan);
        network.ok_or_else(|| ErrorCode::CardTypeNotSupported.into())
    }

    /// The recipient's network must be there, unless the sender's, under this account, carries it out alone.
    fn check_recipient_connected(
        &self,
        caller: &Caller,
        direction: Direction,
        account: &str,
        amount: Amount,
    ) -> Result<(), Error> {
        let to = direction.to;
        let is_alone = direction.from != to && self.legs(direction, account, amount) == Legs::One;
        if is_alone {
            return Ok(());
        }
        Ok(self.check_connected(to, caller.partner.account(to))?)
    }

    /// Both cards must be of the method's networks, and must not be the same card.
    fn check_pair(
        &self,
        caller: &Caller,
        order: &TransferOrder,
        row: &card::Model,
        access: &CardAccess,
    ) -> Result<(), Error> {
        let Direction { from, to } = order.direction;
        if from_stored(row.network) != from {
            let wrong = Failure::new(ErrorCode::CardTypeNotSupported);
            return Err(wrong.because(Reason::SenderNetwork).field("token").into());
        }
        if self.network_of_card(&order.pan)? != to {
            let wrong = Failure::new(ErrorCode::CardTypeNotSupported);
            return Err(wrong.because(Reason::RecipientNetwork).field("pan").into());
        }
        self.check_recipient_connected(
            caller,
            order.direction,
            account_of(caller, row),
            order.amount,
        )?;
        if access.pan == order.pan {
            return Err(ErrorCode::SameCard.into());
        }
        Ok(())
    }

    /// What transfers to the recipient's bank may be.
    fn check_bank(&self, network: Network, pan: &Pan, amount: Amount) -> Result<(), Error> {
        for bank in self.rules.transfers.of_bank(network, pan) {
            if !bank.enabled {
                let mut refused = Failure::new(ErrorCode::RecipientBankNotSupported).field("pan");
                refused.data.network = Some(network);
                return Err(refused.into());
            }
            let greatest = bank.max_amount.unwrap_or(i64::MAX);
            Failure::check_amount(amount, 0, greatest)?;
        }
        Ok(())
    }

    /// Whether the recipient's network asks who sends a transfer.
    fn needs_sender(&self, direction: Direction, amount: Amount) -> bool {
        let across = direction.from != direction.to;
        across && amount.tiyin() >= self.rules.transfers.sender_required_from
    }

    /// Who sends the transfer. From a certain amount on, a credit to a card of the other network needs a person: the
    /// partner's, or that of the settings.
    fn check_sender(&self, order: &TransferOrder, legs: Legs) -> Result<Option<Person>, Error> {
        let transfers = &self.rules.transfers;
        let is_required = self.needs_sender(order.direction, order.amount);
        let Some(sender) = &order.sender else {
            if is_required && !transfers.has_sender_details {
                let missing = Failure::new(ErrorCode::AmountTooLarge)
                    .because(Reason::SenderDetailsRequired)
                    .field("sender")
                    .hint(Hint::SenderDetailsFrom(transfers.sender_required_from));
                return Err(missing.into());
            }
            return Ok(None);
        };
        let today = tashkent_day(self.clock.now());
        let credited_at = (legs == Legs::Two).then_some(order.direction.to);
        Ok(Some(person_of(sender, today, credited_at)?))
    }

    /// The network's description of a recipient's card that may be credited; `None` where that network is not there, and the
    /// sender's alone will tell whether it may.
    async fn usable_recipient(
        &self,
        caller: &Caller,
        order: &TransferOrder,
    ) -> Result<Option<RecipientCard>, Error> {
        let network = order.direction.to;
        let account = caller.partner.account(network);
        if !self.networks.has(network, account) {
            return Ok(None);
        }
        let question = self.networks.of(network, account).recipient(&order.pan);
        let asked = self.about(&order.pan, question).await;
        let recipient = asked.map_err(|error| self.unanswered(network, "recipient", &error))?;
        if let Some(refusal) = &recipient.unusable {
            return Err(Failure::refused(network, refusal).into());
        }
        let this_month = tashkent_day(self.clock.now()) / 100 % 10_000;
        if recipient
            .expiry
            .is_some_and(|expiry| month_number(expiry) < this_month)
        {
            let mut expired = Failure::new(ErrorCode::RecipientCardExpired);
            expired.data.network = Some(network);
            return Err(expired.into());
        }
        if recipient
            .expiry
            .is_some_and(|expiry| expiry != order.expiry)
        {
            let wrong = Failure::new(ErrorCode::InvalidPanOrExpiry);
            return Err(wrong.field("expiry").into());
        }
        Ok(Some(recipient))
    }

    /// The banned lists: -32388 the sender; -32402 the recipient's card, -32399 the recipient, -32398 both.
    ///
    /// SVGate tells no phone of a recipient's card, but that of a card that is attached here is known, whoever attached it.
    async fn check_bans(
        &self,
        order: &TransferOrder,
        row: &card::Model,
        recipient: Option<&RecipientCard>,
    ) -> Result<(), Error> {
        let db = &*self.database;
        let sender_phone = self.vault.phone_hash(&row.phone).to_vec();
        let recipient_card = self.vault.pan_hash(&order.pan).to_vec();
        let told = recipient.and_then(|card| card.phone.as_ref()?.whole());
        let mut phones = cards::phones(db, &recipient_card).await?;
        phones.extend(told.map(|phone| phone.digits().to_owned()));
        let hash = |phone: String| self.vault.phone_hash(&phone).to_vec();
        let phones: Vec<_> = phones.into_iter().map(hash).collect();
        let cards = [row.pan_hash.clone(), recipient_card.clone()];
        let people = [slice::from_ref(&sender_phone), &phones].concat();
        let banned = bans::among(db, &cards, &people).await?;
        let is_banned = |kind, hash: &Vec<u8>| banned.contains(&(kind, hash.clone()));
        if is_banned(banned::Kind::Card, &row.pan_hash)
            || is_banned(banned::Kind::Phone, &sender_phone)
        {
            return Err(ErrorCode::CardBlacklisted.into());
        }
        let card = is_banned(banned::Kind::Card, &recipient_card);
        let person = phones
            .iter()
            .any(|phone| is_banned(banned::Kind::Phone, phone));
        match (person, card) {
            (true, true) => Err(ErrorCode::RecipientAndCardBanned.into()),
            (true, false) => Err(ErrorCode::RecipientBanned.into()),
            (false, true) => Err(ErrorCode::CardOnBlacklist.into()),
            (false, false) => Ok(()),
        }
    }
}

/// The other way in which an order like this may have been carried out under other settings.
fn other_legs(direction: Direction, legs: Legs) -> Option<Legs> {
    match (direction.from, direction.to, legs) {
        (Network::Uzcard, Network::Humo, Legs::One) => Some(Legs::Two),
        (Network::Uzcard, Network::Humo, Legs::Two) => Some(Legs::One),
        (Network::Uzcard, Network::Uzcard, _) | (Network::Humo, _, _) => None,
    }
}

/// `YYMM` as a number, which sorts as months do.
fn month_number(expiry: Expiry) -> i32 {
    expiry.yymm().parse().unwrap_or(i32::MAX)
}

fn check_amount(tariff: &Tariff, amount: Amount) -> Result<(), Error> {
    let (least, greatest) = (tariff.min_amount, tariff.max_amount);
    Failure::check_amount(amount, least, greatest).map_err(Error::from)
}
