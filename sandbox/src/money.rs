//! Where money is and how it moves. Money is never created or lost: what leaves one place arrives in another.

use serde::{Deserialize, Serialize};

/// The money of a card, in tiyin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) pan: String,
    pub(crate) available: i64,
    /// Held, or blocked by a payment that is not confirmed yet.
    pub(crate) blocked: i64,
    /// What merchants have taken from the card.
    pub(crate) taken: i64,
    /// UZCARD's token of the card, once its code was verified.
    pub(crate) token: Option<String>,
}

/// The money of both networks that is not on a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Books {
    /// What credits have taken from the merchants. It may exceed what they have earned; settling that debt is the
    /// acquirer's business.
    pub(crate) paid_out: i64,
    /// The fees of transfers.
    pub(crate) fees: i64,
}

/// The movement is impossible: its source has too little money.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotEnough;

/// Accounts and books after a movement, to be written together.
#[derive(Debug)]
pub(crate) struct Posting {
    pub(crate) accounts: Vec<Account>,
    /// `None`: unchanged.
    pub(crate) books: Option<Books>,
}

impl From<Account> for Posting {
    fn from(account: Account) -> Self {
        Self {
            accounts: vec![account],
            books: None,
        }
    }
}

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

    /// Ends a block of `held`: the merchant gets `taken` of it, the rest becomes available again.
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

    fn send(&self, amount: i64) -> Result<Self, NotEnough> {
        Ok(Self {
            available: less(self.available, amount)?,
            ..self.clone()
        })
    }

    fn receive(&self, amount: i64) -> Result<Self, NotEnough> {
        Ok(Self {
            available: more(self.available, amount)?,
            ..self.clone()
        })
    }
}

/// From one card to another. The sender pays the fee on top of the amount.
#[derive(Clone, Copy)]
pub(crate) struct Transfer<'a> {
    pub(crate) sender: &'a Account,
    pub(crate) recipient: &'a Account,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
}

impl Transfer<'_> {
    /// What the sender pays.
    fn total(self) -> Result<i64, NotEnough> {
        more(self.amount, self.fee)
    }

    pub(crate) fn execute(self, books: Books) -> Result<Posting, NotEnough> {
        self.arrive(self.sender.send(self.total()?)?, books)
    }

    pub(crate) fn block(self) -> Result<Account, NotEnough> {
        self.sender.block(self.total()?)
    }

    /// Executes a transfer whose amount and fee are blocked.
    pub(crate) fn execute_blocked(self, books: Books) -> Result<Posting, NotEnough> {
        let sender = Account {
            blocked: less(self.sender.blocked, self.total()?)?,
            ..self.sender.clone()
        };
        self.arrive(sender, books)
    }

    /// Unblocks the amount and the fee.
    pub(crate) fn unblock(self) -> Result<Account, NotEnough> {
        self.sender.settle(self.total()?, 0)
    }

    /// Gives everything back, including the fee, if the recipient still has the money.
    pub(crate) fn undo(self, books: Books) -> Result<Posting, NotEnough> {
        Ok(Posting {
            accounts: vec![
                self.sender.receive(self.total()?)?,
                self.recipient.send(self.amount)?,
            ],
            books: Some(Books {
                fees: less(books.fees, self.fee)?,
                ..books
            }),
        })
    }

    fn arrive(self, sender: Account, books: Books) -> Result<Posting, NotEnough> {
        Ok(Posting {
            accounts: vec![sender, self.recipient.receive(self.amount)?],
            books: Some(Books {
                fees: more(books.fees, self.fee)?,
                ..books
            }),
        })
    }
}

/// From the merchants to a card.
pub(crate) fn credit(recipient: &Account, amount: i64, books: Books) -> Result<Posting, NotEnough> {
    Ok(Posting {
        accounts: vec![recipient.receive(amount)?],
        books: Some(Books {
            paid_out: more(books.paid_out, amount)?,
            ..books
        }),
    })
}

/// Takes a credit back, if the card still has the money.
pub(crate) fn undo_credit(
    recipient: &Account,
    amount: i64,
    books: Books,
) -> Result<Posting, NotEnough> {
    Ok(Posting {
        accounts: vec![recipient.send(amount)?],
        books: Some(Books {
            paid_out: less(books.paid_out, amount)?,
            ..books
        }),
    })
}

fn less(from: i64, amount: i64) -> Result<i64, NotEnough> {
    from.checked_sub(amount)
        .filter(|rest| *rest >= 0)
        .ok_or(NotEnough)
}

fn more(to: i64, amount: i64) -> Result<i64, NotEnough> {
    to.checked_add(amount).ok_or(NotEnough)
}

/// All money, in tiyin: `GET /sandbox/totals`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    /// On all cards.
    available: i128,
    /// On all cards.
    blocked: i128,
    /// What merchants have taken minus what credits have taken from them; it can be negative.
    takings: i128,
    fees: i128,
    /// The sum of the above. No operation changes it.
    total: i128,
}

impl Totals {
    pub(crate) fn of<'a>(accounts: impl Iterator<Item = &'a Account>, books: Books) -> Self {
        let mut sums = Self {
            available: 0,
            blocked: 0,
            takings: -i128::from(books.paid_out),
            fees: i128::from(books.fees),
            total: 0,
        };
        for account in accounts {
            sums.available += i128::from(account.available);
            sums.blocked += i128::from(account.blocked);
            sums.takings += i128::from(account.taken);
        }
        sums.total = sums.available + sums.blocked + sums.takings + sums.fees;
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(available: i64) -> Account {
        Account {
            pan: "8600".into(),
            available,
            blocked: 0,
            taken: 0,
            token: None,
        }
    }

    #[test]
    fn a_card_never_goes_below_zero() {
        let account = account(100);
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

    #[test]
    fn transfers_and_credits_conserve_the_total() {
        let (sender, recipient) = (account(100), account(5));
        let total = |moved: &Posting| Totals::of(moved.accounts.iter(), moved.books.unwrap()).total;
        let transfer = Transfer {
            sender: &sender,
            recipient: &recipient,
            amount: 90,
            fee: 10,
        };
        let moved = transfer.execute(Books::default()).unwrap();
        assert_eq!(
            (moved.accounts[0].available, moved.accounts[1].available),
            (0, 95)
        );
        assert_eq!((moved.books.unwrap().fees, total(&moved)), (10, 105));
        let dear = Transfer {
            fee: 11,
            ..transfer
        };
        assert_eq!(dear.execute(Books::default()).err(), Some(NotEnough));

        let executed = Transfer {
            sender: &moved.accounts[0],
            recipient: &moved.accounts[1],
            ..transfer
        };
        let undone = executed.undo(moved.books.unwrap()).unwrap();
        assert_eq!(undone.accounts, [sender.clone(), recipient.clone()]);
        assert_eq!(undone.books, Some(Books::default()));
        let spent = recipient.send(5).unwrap();
        let late = Transfer {
            recipient: &spent,
            ..executed
        };
        assert_eq!(late.undo(moved.books.unwrap()).err(), Some(NotEnough));

        let credited = credit(&recipient, 7, Books::default()).unwrap();
        assert_eq!((credited.accounts[0].available, total(&credited)), (12, 5));
        let taken_back = undo_credit(&credited.accounts[0], 7, credited.books.unwrap()).unwrap();
        assert_eq!(taken_back.accounts, [recipient]);
        assert_eq!(taken_back.books, Some(Books::default()));
    }
}
