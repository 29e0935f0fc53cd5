//! The state of the networks: all records and their indexes.

mod change;
mod holds;
mod trans;

use std::collections::{BTreeMap, HashMap};

pub(crate) use self::change::Change;
use self::{holds::Holds, trans::Trans};
use crate::{
    cards::{TEST_CARDS, TestCard},
    history::History,
    money::{Account, Books, Totals},
    network::Network,
    records::{Action, Hold, HoldState, LedgerEntry, Message, Otp, Payment, Receipt},
};

/// A test card and its money.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card<'a> {
    pub(crate) profile: &'static TestCard,
    pub(crate) account: &'a Account,
}

/// The first id. Some fields are cut from an id's six last digits, so every id has at least six.
const FIRST_ID: u64 = 100_001;

#[derive(Debug)]
pub(crate) struct State {
    next_id: u64,
    /// By how much the clock was moved on, milliseconds.
    advanced: i64,
    profiles: HashMap<&'static str, &'static TestCard>,
    accounts: HashMap<String, Account>,
    books: Books,
    pans_by_token: HashMap<String, String>,
    otps: BTreeMap<u64, Otp>,
    trans: Trans,
    holds: Holds,
    payments: BTreeMap<u64, Payment>,
    payments_by_ref: HashMap<String, u64>,
    messages: Vec<Message>,
    messages_by_phone: HashMap<String, Vec<usize>>,
    ledger: Vec<LedgerEntry>,
    history: History,
    receipts: Vec<Receipt>,
    receipts_by_id: HashMap<String, usize>,
}

impl State {
    /// All test cards with their opening balances.
    pub(crate) fn new() -> Self {
        let account = |card: &TestCard| Account {
            pan: card.pan.to_owned(),
            available: card.balance,
            blocked: 0,
            taken: 0,
            token: None,
        };
        Self {
            next_id: FIRST_ID,
            advanced: 0,
            profiles: TEST_CARDS.iter().map(|card| (card.pan, card)).collect(),
            accounts: TEST_CARDS
                .iter()
                .map(|card| (card.pan.to_owned(), account(card)))
                .collect(),
            books: Books::default(),
            pans_by_token: HashMap::new(),
            otps: BTreeMap::new(),
            trans: Trans::default(),
            holds: Holds::default(),
            payments: BTreeMap::new(),
            payments_by_ref: HashMap::new(),
            messages: Vec::new(),
            messages_by_phone: HashMap::new(),
            ledger: Vec::new(),
            history: History::new(),
            receipts: Vec::new(),
            receipts_by_id: HashMap::new(),
        }
    }

    /// The id for the next record. A change that uses it must set [`Change::next_id`].
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(crate) fn advanced(&self) -> i64 {
        self.advanced
    }

    pub(crate) fn card(&self, pan: &str) -> Option<Card<'_>> {
        Some(Card {
            profile: self.profiles.get(pan)?,
            account: self.accounts.get(pan)?,
        })
    }

    pub(crate) fn card_by_token(&self, token: &str) -> Option<Card<'_>> {
        self.card(self.pans_by_token.get(token)?)
    }

    pub(crate) fn cards(&self) -> impl Iterator<Item = Card<'_>> {
        TEST_CARDS
            .iter()
            .filter_map(|profile| self.card(profile.pan))
    }

    pub(crate) fn books(&self) -> Books {
        self.books
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals::of(self.accounts.values(), self.books)
    }

    pub(crate) fn otp(&self, id: u64) -> Option<&Otp> {
        self.otps.get(&id)
    }

    pub(crate) fn trans(&self) -> &Trans {
        &self.trans
    }

    pub(crate) fn holds(&self) -> &Holds {
        &self.holds
    }

    pub(crate) fn payment(&self, id: u64) -> Option<&Payment> {
        self.payments.get(&id)
    }

    pub(crate) fn payments(&self) -> impl Iterator<Item = &Payment> {
        self.payments.values()
    }

    pub(crate) fn payment_by_ref(&self, payment_ref: &str) -> Option<&Payment> {
        self.payment(*self.payments_by_ref.get(payment_ref)?)
    }

    pub(crate) fn messages(&self, phone: &str) -> impl Iterator<Item = &Message> {
        let places = self.messages_by_phone.get(phone).into_iter().flatten();
        places.filter_map(|place| self.messages.get(*place))
    }

    pub(crate) fn all_messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn ledger(&self) -> &[LedgerEntry] {
        &self.ledger
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    pub(crate) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    pub(crate) fn receipt(&self, id: &str) -> Option<&Receipt> {
        self.receipts.get(*self.receipts_by_id.get(id)?)
    }

    /// When the next hold ends, UNIX milliseconds.
    pub(crate) fn next_hold_end(&self) -> Option<i64> {
        self.holds.first_to_end().map(Hold::ends_at)
    }

    /// Ends the hold that expired first, if one has expired by `now`.
    pub(crate) fn next_expiry(&self, now: i64) -> Option<Change> {
        let hold = self
            .holds
            .first_to_end()
            .filter(|hold| hold.ends_at() <= now)?;
        let account = self.accounts.get(&hold.pan)?.settle(hold.amount, 0).ok()?;
        Some(Change {
            accounts: vec![account],
            holds: vec![Hold {
                state: HoldState::Expired,
                ..hold.clone()
            }],
            ledger: vec![LedgerEntry {
                network: Network::Uzcard,
                reference: hold.id.to_string(),
                action: Action::Release,
                pan: hold.pan.clone(),
                amount: hold.amount,
                at: hold.ends_at(),
            }],
            ..Change::default()
        })
    }

    pub(crate) fn apply(&mut self, change: Change) {
        let Change {
            next_id,
            advanced,
            accounts,
            books,
            otps,
            trans,
            holds,
            payments,
            messages,
            ledger,
            receipts,
            fills,
        } = change;
        self.next_id = next_id.map_or(self.next_id, |id| id.max(self.next_id));
        self.advanced = advanced.unwrap_or(self.advanced);
        for account in accounts {
            if let Some(token) = &account.token {
                self.pans_by_token
                    .insert(token.clone(), account.pan.clone());
            }
            self.accounts.insert(account.pan.clone(), account);
        }
        self.books = books.unwrap_or(self.books);
        for otp in otps {
            if otp.spent {
                self.otps.remove(&otp.id);
            } else {
                self.otps.insert(otp.id, otp);
            }
        }
        for tran in trans {
            self.trans.insert(tran);
        }
        for hold in holds {
            self.holds.insert(hold);
        }
        for payment in payments {
            self.payments_by_ref
                .insert(payment.payment_ref.clone(), payment.id);
            self.payments.insert(payment.id, payment);
        }
        for message in messages {
            self.messages_by_phone
                .entry(message.phone.clone())
                .or_default()
                .push(self.messages.len());
            self.messages.push(message);
        }
        for entry in ledger {
            self.apply_entry(entry);
        }
        for receipt in receipts {
            self.receipts_by_id
                .insert(receipt.receipt_id.clone(), self.receipts.len());
            self.receipts.push(receipt);
        }
        for fill in fills {
            self.history.fill(fill);
        }
    }

    /// The record that an entry refers to must be in place: it precedes the entry both in a change and in a snapshot.
    fn apply_entry(&mut self, entry: LedgerEntry) {
        match entry.network {
            Network::Uzcard => {
                if let Some(tran) = self.trans.by_ext(&entry.reference) {
                    self.history.record_tran(tran, &entry);
                }
            }
            Network::Humo => {
                let id = self.payments_by_ref.get(&entry.reference);
                if let Some(payment) = id.and_then(|id| self.payments.get(id)) {
                    self.history.record_payment(payment, &entry);
                }
            }
            Network::Sms | Network::Fiscal => {}
        }
        self.ledger.push(entry);
    }

    /// Changes that rebuild the whole state, in the order in which they must be applied.
    pub(crate) fn snapshot(&self) -> impl Iterator<Item = Change> {
        let head = Change {
            next_id: Some(self.next_id),
            advanced: Some(self.advanced),
            accounts: self.cards().map(|card| card.account.clone()).collect(),
            books: Some(self.books),
            otps: self.otps.values().cloned().collect(),
            ..Change::default()
        };
        let trans = self.trans.all().cloned().map(|tran| Change {
            trans: vec![tran],
            ..Change::default()
        });
        let holds = self.holds.all().cloned().map(|hold| Change {
            holds: vec![hold],
            ..Change::default()
        });
        let payments = self.payments.values().cloned().map(|payment| Change {
            payments: vec![payment],
            ..Change::default()
        });
        let messages = self.messages.iter().map(|message| Change {
            messages: vec![message.clone()],
            ..Change::default()
        });
        let ledger = self.ledger.iter().map(|row| Change {
            ledger: vec![row.clone()],
            ..Change::default()
        });
        let receipts = self.receipts.iter().map(|receipt| Change {
            receipts: vec![receipt.clone()],
            ..Change::default()
        });
        let fills = self.history.fills().iter().map(|fill| Change {
            fills: vec![fill.clone()],
            ..Change::default()
        });
        std::iter::once(head)
            .chain(trans)
            .chain(holds)
            .chain(payments)
            .chain(messages)
            .chain(ledger)
            .chain(receipts)
            .chain(fills)
    }
}
