//! What the networks remember, one struct a kind of record. These are also the lines of the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cards::Network;

/// The money of a card, in tiyin. `available + blocked + taken` never changes by a sale, a hold or what follows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) pan: String,
    pub(crate) available: i64,
    /// Held, or created and not yet confirmed.
    pub(crate) blocked: i64,
    /// What merchants have taken from the card.
    pub(crate) taken: i64,
    /// UZCARD's token of the card, once its code was verified.
    pub(crate) token: Option<String>,
}

/// A movement that the account can't make: there is not enough money where it should come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotEnough;

impl Account {
    pub(crate) fn pay(&self, amount: i64) -> Result<Self, NotEnough> {
        Ok(Self {
            available: less(self.available, amount)?,
            taken: more(self.taken, amount)?,
            ..self.clone()
        })
    }

    pub(crate) fn block(&self, amount: i64) -> Result<Self, NotEnough> {
        Ok(Self {
            available: less(self.available, amount)?,
            blocked: more(self.blocked, amount)?,
            ..self.clone()
        })
    }

    /// Ends a block of `held`: `taken` of it goes to the merchant, the rest is free again.
    pub(crate) fn settle(&self, held: i64, taken: i64) -> Result<Self, NotEnough> {
        Ok(Self {
            available: more(self.available, less(held, taken)?)?,
            blocked: less(self.blocked, held)?,
            taken: more(self.taken, taken)?,
            ..self.clone()
        })
    }

    pub(crate) fn give_back(&self, amount: i64) -> Result<Self, NotEnough> {
        Ok(Self {
            available: more(self.available, amount)?,
            taken: less(self.taken, amount)?,
            ..self.clone()
        })
    }
}

fn less(from: i64, amount: i64) -> Result<i64, NotEnough> {
    from.checked_sub(amount)
        .filter(|rest| *rest >= 0)
        .ok_or(NotEnough)
}

fn more(to: i64, amount: i64) -> Result<i64, NotEnough> {
    to.checked_add(amount).ok_or(NotEnough)
}

/// A code that SVGate has sent and waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Otp {
    pub(crate) id: u64,
    pub(crate) pan: String,
    pub(crate) sent_at: i64,
    /// A spent code is forgotten: its id is as unknown as one that never was.
    pub(crate) spent: bool,
}

/// A payment or a capture on SVGate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tran {
    pub(crate) id: u64,
    /// The caller's reference, unique.
    pub(crate) ext: String,
    pub(crate) user_name: String,
    pub(crate) pan: String,
    pub(crate) amount: i64,
    pub(crate) commission: Option<i64>,
    pub(crate) merchant_id: String,
    pub(crate) terminal_id: String,
    pub(crate) stan: i64,
    pub(crate) at: i64,
    pub(crate) state: TranState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TranState {
    Done,
    /// Refused in a result instead of an error, with this `resp`.
    Refused {
        resp: i64,
    },
    Reversed,
}

/// Money held on SVGate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) id: u64,
    pub(crate) user_name: String,
    pub(crate) pan: String,
    pub(crate) amount: i64,
    pub(crate) minutes: i64,
    pub(crate) at: i64,
    pub(crate) state: HoldState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HoldState {
    Active,
    Captured,
    Dismissed,
    Expired,
}

impl Hold {
    /// The millisecond from which on the money is free again.
    pub(crate) fn ends_at(&self) -> i64 {
        self.at.saturating_add(self.minutes.saturating_mul(60_000))
    }
}

/// A payment on HUMO's `PaymentServer`, sale and hold alike: both are created first and confirmed later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: u64,
    /// The caller's reference, unique.
    pub(crate) payment_ref: String,
    pub(crate) biller: Biller,
    pub(crate) pan: String,
    /// What was blocked at the creation.
    pub(crate) amount: i64,
    /// What was taken at the confirmation.
    pub(crate) taken: Option<i64>,
    /// The items of the request, which every reply repeats.
    pub(crate) items: BTreeMap<String, String>,
    pub(crate) at: i64,
    pub(crate) state: PaymentState,
}

/// `billerRef`, which says what sort of payment it is (section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Biller {
    /// Single message: a sale, confirmed at once.
    #[serde(rename = "SOAP_SMS")]
    Sale,
    /// Dual message: a hold, confirmed later, perhaps for less.
    #[serde(rename = "SOAP_DMS")]
    Hold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentState {
    Active,
    Finished,
    Returned,
    Cancelled,
}

/// A message to a phone, as `GET /sandbox/messages` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) phone: String,
    pub(crate) text: String,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

/// A row of `GET /sandbox/ledger`: something that moved money.
///
/// - `reference` is the caller's own wherever the protocol has one: `ext` of a UZCARD payment or capture, `paymentRef` of
///   everything on HUMO; a `reverse` has the reference of what it reverses. A UZCARD hold has none, so `hold` and
///   `release` carry the hold's id.
/// - A hold ends with one row: `capture` (its amount is what was taken; the rest is freed without a row of its own) or
///   `release` (also when its time is over).
/// - A HUMO sale is one `pay` at its confirmation. Cancelling one that was never confirmed leaves no row, as no money went
///   to anybody; cancelling a HUMO hold is a `release`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Execution {
    pub(crate) network: Network,
    pub(crate) reference: String,
    pub(crate) action: Action,
    pub(crate) pan: String,
    pub(crate) amount: i64,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Pay,
    Hold,
    Capture,
    Release,
    Reverse,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_conserved_and_never_negative() {
        let account = Account {
            pan: "8600".into(),
            available: 100,
            blocked: 0,
            taken: 0,
            token: None,
        };
        let total = |a: &Account| a.available + a.blocked + a.taken;
        let held = account.block(60).unwrap();
        assert_eq!((held.available, held.blocked, total(&held)), (40, 60, 100));
        let captured = held.settle(60, 25).unwrap();
        assert_eq!(
            (captured.available, captured.blocked, captured.taken),
            (75, 0, 25)
        );
        let returned = captured.give_back(25).unwrap();
        assert_eq!(returned, account);
        assert_eq!(account.pay(101), Err(NotEnough));
        assert_eq!(held.settle(60, 61), Err(NotEnough));
        assert_eq!(account.give_back(1), Err(NotEnough));
    }
}
