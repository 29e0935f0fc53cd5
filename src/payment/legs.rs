//! The legs of a transfer: the route of its money, its first movement, its credit, and its reversal.

use std::sync::Arc;

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transaction::{self, Kind};
use entity::transfer::{self, Legs};
use rpc_schema::values::{Amount, Expiry, Network, Pan};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::database::Connection;
use crate::domain::call::{
    Call, CardAccess, Credit, CreditSender, Debit, P2p, Receipt, Reference, Reversal, Terminal,
};
use crate::domain::network::from_stored;
use crate::domain::person::Person;
use crate::domain::tariff::Direction;
use crate::domain::transition::{Next, Route};
use crate::error::Error;
use crate::random::RandomError;
use crate::repository::transfer as transfers;
use crate::vault::Owner;

use super::Payments;
use super::intent::PendingCall;
use super::stored::{amount_of, receipt_of, terminal_of};

/// What a commit needs to know of a transfer. It is read before the commit begins: within it, each question would be a round
/// trip to PostgreSQL.
pub(super) struct Known {
    /// The recipient's side.
    pub(super) side: Option<Arc<transfer::Model>>,
    /// The call of the leg that follows, and the keyed hash of its card's number.
    pub(super) leg: Option<(Call, Vec<u8>)>,
}

impl Payments {
    /// The first movement: all of a transfer in one leg, else the debit of amount and fee.
    #[expect(
        clippy::too_many_arguments,
        reason = "what a transfer is, and nothing else"
    )]
    pub(crate) fn first_leg(
        &self,
        legs: Legs,
        sender: CardAccess,
        recipient: &Pan,
        amount: Amount,
        fee: i64,
        terminal: Terminal,
        reference: Reference,
        (partner, at): (&str, UnixMillis),
    ) -> Result<Call, Error> {
        Ok(match legs {
            Legs::One => Call::P2p(P2p {
                sender,
                recipient: recipient.clone(),
                amount,
                fee,
                terminal,
                reference,
            }),
            Legs::Two => Call::Pay(Debit {
                card: sender,
                amount: with_fee(amount, fee)?,
                terminal,
                reference,
                partner: partner.to_owned(),
                at,
            }),
        })
    }

    /// The terminal of the first movement, at this network under this account.
    pub(crate) fn first_terminal(
        &self,
        legs: Legs,
        (network, account): (Network, &str),
        cards: [&Pan; 2],
    ) -> Terminal {
        let transfers = &self.rules.transfers;
        let terminal = match legs {
            Legs::One => transfers.p2p_terminal(network, account, cards),
            Legs::Two => transfers.terminal(network, account),
        };
        terminal.clone()
    }

    /// Our reference of the first movement. A transfer between the networks has another one in one leg than in two: where an
    /// older copy of the database does not know it, and the setting has changed since, neither is taken for the other.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn transfer_reference(
        &self,
        direction: Direction,
        legs: Legs,
        partner_id: Uuid,
        ext_id: Option<&str>,
    ) -> Result<Reference, RandomError> {
        match legs {
            Legs::One if direction.from != direction.to => {
                self.one_leg_reference(partner_id, ext_id)
            }
            Legs::One | Legs::Two => self.first_reference(partner_id, ext_id),
        }
    }

    /// The number of the card that pays a transfer.
    pub(super) async fn sender_pan(
        &self,
        db: &impl Connection,
        transaction: &transaction::Model,
    ) -> Result<Pan, Error> {
        Ok(self.card_of(db, transaction).await?.0.pan)
    }

    /// The second leg of a transfer between the networks, and the keyed hash of the recipient's number. `sender`: the number of
    /// the card that was debited.
    pub(super) fn credit_of(
        &self,
        transaction: &transaction::Model,
        side: &transfer::Model,
        sender: Pan,
        debit: Receipt,
        reference: Reference,
    ) -> Result<(Call, Vec<u8>), Error> {
        let from = from_stored(transaction.network);
        let to = from_stored(side.to_network);
        let expiry = Expiry::from_yymm(&side.expiry).ok_or_else(|| {
            Error::Corrupt(format!(
                "transfer {} has a malformed expiry",
                transaction.id
            ))
        })?;
        let call = Call::Credit(Credit {
            recipient: self.open_recipient(transaction, side)?,
            expiry,
            amount: amount_of(transaction)?,
            terminal: (self.rules.transfers)
                .credit_terminal(to, &side.account)
                .clone(),
            reference,
            account: side.account.clone(),
            sender: CreditSender {
                card: sender,
                debit_reference: match from {
                    Network::Uzcard => debit.ref_num,
                    Network::Humo => debit.rrn,
                },
                person: self.open_sender(transaction, side)?,
            },
        });
        Ok((call, side.pan_hash.clone()))
    }

    /// The reversal of the debit of a transfer that could not be credited, and the keyed hash of the sender's number.
    pub(super) async fn reversal_of(
        &self,
        db: &impl Connection,
        transaction: &transaction::Model,
        debit: Receipt,
    ) -> Result<(Call, Vec<u8>), Error> {
        let (card, pan_hash) = self.card_of(db, transaction).await?;
        let call = Call::Reverse(Reversal {
            payment: debit,
            pan: card.pan,
            amount: with_fee(amount_of(transaction)?, transaction.fee)?,
            terminal: terminal_of(transaction)?,
        });
        Ok((call, pan_hash))
    }

    /// What must be known before the commit begins from which `next` follows.
    pub(super) async fn known_of(
        &self,
        pending: &PendingCall,
        side: Option<Arc<transfer::Model>>,
        next: &Next,
    ) -> Result<Known, Error> {
        let transaction = &pending.transaction;
        let db = &*self.database;
        let leg = match next {
            Next::Credit(debit) => {
                let side = side.as_ref().ok_or_else(|| no_leg(transaction))?;
                let reference = self.credit_reference(&debit.reference);
                let sender = if let Call::Pay(debit) = &pending.call {
                    debit.card.pan.clone()
                } else {
                    // HUMO's confirm names no card.
                    self.sender_pan(db, transaction).await?
                };
                Some(self.credit_of(transaction, side, sender, debit.clone(), reference)?)
            }
            Next::GiveBack { debit, .. } => {
                let debit = match debit {
                    Some(debit) => debit.clone(),
                    None => receipt_of(transaction)?,
                };
                Some(self.reversal_of(db, transaction, debit).await?)
            }
            Next::Done(..)
            | Next::Undone
            | Next::Failed(..)
            | Next::TakenBefore(..)
            | Next::Confirm(_)
            | Next::Cancel(..)
            | Next::Retry
            | Next::Manual(_)
            | Next::Wait => None,
        };
        Ok(Known { side, leg })
    }

    /// The recipient's number.
    pub(crate) fn open_recipient(
        &self,
        transaction: &transaction::Model,
        side: &transfer::Model,
    ) -> Result<Pan, Error> {
        let owner = Owner::transfer(transaction.partner_id, transaction.id);
        Ok(self
            .vault
            .open_pan(owner, &side.pan_key_id, &side.pan_sealed)?)
    }

    /// Who sends the transfer, where the partner has said so.
    fn open_sender(
        &self,
        transaction: &transaction::Model,
        side: &transfer::Model,
    ) -> Result<Option<Person>, Error> {
        let (Some(key_id), Some(sealed)) = (&side.sender_key_id, &side.sender_sealed) else {
            return Ok(None);
        };
        let owner = Owner::transfer(transaction.partner_id, transaction.id);
        let text = self.vault.open_person(owner, key_id, sealed)?;
        // What serde says of it could repeat it.
        let person = serde_json::from_slice(&text).map_err(|_| {
            Error::Corrupt(format!(
                "transfer {} has an unreadable sender",
                transaction.id
            ))
        })?;
        Ok(Some(person))
    }

    /// Encrypts the recipient's number, and who sends it, for the row of this transaction.
    pub(crate) fn seal_people(
        &self,
        transaction: &transaction::Model,
        pan: &Pan,
        sender: Option<&Person>,
        side: &transfer::Model,
    ) -> Result<transfer::Model, Error> {
        let owner = Owner::transfer(transaction.partner_id, transaction.id);
        let random = self.random.as_ref();
        let sealed = self.vault.seal(random, owner, pan)?;
        let sender = match sender {
            Some(person) => {
                let text = serde_json::to_vec(person).map(Zeroizing::new);
                let text = text.map_err(|_| Error::Corrupt("a person is no JSON".to_owned()))?;
                Some(self.vault.seal_person(random, owner, &text)?)
            }
            None => None,
        };
        let (sender_key_id, sender_sealed) =
            sender.map(|sealed| (sealed.key_id, sealed.bytes)).unzip();
        Ok(transfer::Model {
            transaction_id: transaction.id,
            pan_key_id: sealed.key_id,
            pan_sealed: sealed.bytes,
            sender_key_id,
            sender_sealed,
            ..side.clone()
        })
    }
}

/// In how many legs a transfer was ordered, whatever the settings say since.
pub(crate) fn legs_of(transaction: &transaction::Model, side: &transfer::Model) -> Legs {
    side.legs.unwrap_or_else(|| {
        // Earlier versions knew no other way.
        if side.to_network == transaction.network {
            Legs::One
        } else {
            Legs::Two
        }
    })
}

/// The route that the money of a transaction takes. `side`: the recipient's, of a transfer.
pub(super) fn route_of(transaction: &transaction::Model, side: Option<&transfer::Model>) -> Route {
    match side.map(|side| legs_of(transaction, side)) {
        None => Route::Debit,
        Some(Legs::One) => Route::OneLeg {
            fee: transaction.fee,
        },
        Some(Legs::Two) => Route::TwoLegs,
    }
}

/// The recipient's side of a transaction that is a transfer.
pub(super) async fn side_of_transfer(
    db: &impl Connection,
    transaction: &transaction::Model,
) -> Result<Option<Arc<transfer::Model>>, Error> {
    match transaction.kind {
        Kind::Transfer => {
            let side = recipient_side(db, transaction.id).await?;
            Ok(Some(Arc::new(side)))
        }
        Kind::Attachment | Kind::Debit | Kind::Hold => Ok(None),
    }
}

/// The networks from and to which a transfer goes.
pub(crate) fn direction_of(transaction: &transaction::Model, side: &transfer::Model) -> Direction {
    Direction {
        from: from_stored(transaction.network),
        to: from_stored(side.to_network),
    }
}

/// The recipient's side of a transfer.
pub(crate) async fn recipient_side(
    db: &impl Connection,
    transaction_id: TransactionId,
) -> Result<transfer::Model, Error> {
    let found = transfers::find(db, transaction_id).await?;
    found.ok_or_else(|| Error::Corrupt(format!("transfer {transaction_id} has no recipient")))
}

pub(super) fn no_leg(transaction: &transaction::Model) -> Error {
    Error::Corrupt(format!("transaction {} has no second leg", transaction.id))
}

/// What the sender of a transfer between the networks is debited.
fn with_fee(amount: Amount, fee: i64) -> Result<Amount, Error> {
    let total = amount.tiyin().checked_add(fee).and_then(Amount::new);
    total.ok_or_else(|| Error::Corrupt("amount and fee of a transfer overflow".to_owned()))
}
