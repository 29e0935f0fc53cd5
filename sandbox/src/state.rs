//! What the networks know: the records with their indexes.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    cards::{TEST_CARDS, TestCard},
    history::{Fill, History},
    money::{Account, Books, Totals},
    network::Network,
    records::{Action, Execution, Hold, HoldState, Message, Otp, Payment, Receipt, Tran},
};

/// The records that one operation puts in place; each replaces an older one of its id.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_id: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) books: Option<Books>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) otps: Vec<Otp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) trans: Vec<Tran>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) holds: Vec<Hold>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) payments: Vec<Payment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) messages: Vec<Message>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ledger: Vec<Execution>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) receipts: Vec<Receipt>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fills: Vec<Fill>,
}

/// A test card together with its money.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card<'a> {
    pub(crate) sheet: &'static TestCard,
    pub(crate) account: &'a Account,
}

/// How many ended holds of a card a network still tells of.
const ENDED_HOLDS_KEPT: usize = 20;
/// Ids start here, so that each has at least the six digits that some fields are cut from.
const FIRST_ID: u64 = 100_001;

#[derive(Debug)]
pub(crate) struct Data {
    next_id: u64,
    sheets: HashMap<&'static str, &'static TestCard>,
    accounts: HashMap<String, Account>,
    books: Books,
    pans_by_token: HashMap<String, String>,
    otps: HashMap<u64, Otp>,
    trans: HashMap<u64, Tran>,
    trans_by_time: BTreeSet<(i64, u64)>,
    trans_by_ext: HashMap<String, u64>,
    holds: HashMap<u64, Hold>,
    holds_by_end: BTreeSet<(i64, u64)>,
    active_holds: HashMap<String, BTreeSet<u64>>,
    ended_holds: HashMap<String, VecDeque<u64>>,
    payments: HashMap<u64, Payment>,
    payments_by_ref: HashMap<String, u64>,
    messages: Vec<Message>,
    messages_by_phone: HashMap<String, Vec<usize>>,
    ledger: Vec<Execution>,
    history: History,
    receipts: Vec<Receipt>,
    receipts_by_id: HashMap<String, usize>,
}

impl Data {
    /// All test cards with their first balances.
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
            sheets: TEST_CARDS.iter().map(|card| (card.pan, card)).collect(),
            accounts: TEST_CARDS
                .iter()
                .map(|card| (card.pan.to_owned(), account(card)))
                .collect(),
            books: Books::default(),
            pans_by_token: HashMap::new(),
            otps: HashMap::new(),
            trans: HashMap::new(),
            trans_by_time: BTreeSet::new(),
            trans_by_ext: HashMap::new(),
            holds: HashMap::new(),
            holds_by_end: BTreeSet::new(),
            active_holds: HashMap::new(),
            ended_holds: HashMap::new(),
            payments: HashMap::new(),
            payments_by_ref: HashMap::new(),
            messages: Vec::new(),
            messages_by_phone: HashMap::new(),
            ledger: Vec::new(),
            history: History::new(),
            receipts: Vec::new(),
            receipts_by_id: HashMap::new(),
        }
    }

    /// The number that the next record gets. Whoever uses it says so in [`Change::next_id`].
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(crate) fn card(&self, pan: &str) -> Option<Card<'_>> {
        Some(Card {
            sheet: self.sheets.get(pan)?,
            account: self.accounts.get(pan)?,
        })
    }

    pub(crate) fn card_by_token(&self, token: &str) -> Option<Card<'_>> {
        self.card(self.pans_by_token.get(token)?)
    }

    pub(crate) fn cards(&self) -> impl Iterator<Item = Card<'_>> {
        TEST_CARDS.iter().filter_map(|sheet| self.card(sheet.pan))
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

    pub(crate) fn tran(&self, id: u64) -> Option<&Tran> {
        self.trans.get(&id)
    }

    pub(crate) fn tran_by_ext(&self, ext: &str) -> Option<&Tran> {
        self.tran(*self.trans_by_ext.get(ext)?)
    }

    /// What came to be from the moment `from` to before `until`, in the order of that.
    pub(crate) fn trans_between(&self, from: i64, until: i64) -> impl Iterator<Item = &Tran> {
        self.trans_by_time
            .range((from, u64::MIN)..(until, u64::MIN))
            .filter_map(|(_, id)| self.tran(*id))
    }

    pub(crate) fn hold(&self, id: u64) -> Option<&Hold> {
        self.holds.get(&id)
    }

    /// All active holds of the card and the last few that have ended, in the order of their creation.
    pub(crate) fn holds_of(&self, pan: &str) -> Vec<&Hold> {
        let active = self.active_holds.get(pan).into_iter().flatten();
        let ended = self.ended_holds.get(pan).into_iter().flatten();
        let mut holds: Vec<&Hold> = active
            .chain(ended)
            .filter_map(|id| self.holds.get(id))
            .collect();
        holds.sort_by_key(|hold| hold.id);
        holds
    }

    pub(crate) fn payment(&self, id: u64) -> Option<&Payment> {
        self.payments.get(&id)
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

    pub(crate) fn ledger(&self) -> &[Execution] {
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

    /// The change by which the first hold ends whose time is over.
    pub(crate) fn expiry(&self, now: i64) -> Option<Change> {
        let (ends_at, id) = self
            .holds_by_end
            .first()
            .copied()
            .filter(|(ends_at, _)| *ends_at <= now)?;
        let hold = self.holds.get(&id)?;
        let account = self.accounts.get(&hold.pan)?.settle(hold.amount, 0).ok()?;
        Some(Change {
            accounts: vec![account],
            holds: vec![Hold {
                state: HoldState::Expired,
                ..hold.clone()
            }],
            ledger: vec![Execution {
                network: Network::Uzcard,
                reference: id.to_string(),
                action: Action::Release,
                pan: hold.pan.clone(),
                amount: hold.amount,
                at: ends_at,
            }],
            ..Change::default()
        })
    }

    pub(crate) fn apply(&mut self, change: Change) {
        let Change {
            next_id,
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
            self.trans_by_ext.insert(tran.ext.clone(), tran.id);
            // A payment keeps its time whatever becomes of it.
            self.trans_by_time.insert((tran.at, tran.id));
            self.trans.insert(tran.id, tran);
        }
        for hold in holds {
            self.apply_hold(hold);
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
        for execution in ledger {
            self.apply_execution(execution);
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

    /// What an execution refers to is in place before it, in its change as in a snapshot.
    fn apply_execution(&mut self, execution: Execution) {
        match execution.network {
            Network::Uzcard => {
                let id = self.trans_by_ext.get(&execution.reference);
                if let Some(tran) = id.and_then(|id| self.trans.get(id)) {
                    self.history.tran_moved(tran, &execution);
                }
            }
            Network::Humo => {
                let id = self.payments_by_ref.get(&execution.reference);
                if let Some(payment) = id.and_then(|id| self.payments.get(id)) {
                    self.history.payment_moved(payment, &execution);
                }
            }
            Network::Sms | Network::Fiscal => {}
        }
        self.ledger.push(execution);
    }

    fn apply_hold(&mut self, hold: Hold) {
        let active = self.active_holds.entry(hold.pan.clone()).or_default();
        match hold.state {
            HoldState::Active => {
                active.insert(hold.id);
                self.holds_by_end.insert((hold.ends_at(), hold.id));
            }
            HoldState::Captured | HoldState::Dismissed | HoldState::Expired => {
                active.remove(&hold.id);
                self.holds_by_end.remove(&(hold.ends_at(), hold.id));
                let ended = self.ended_holds.entry(hold.pan.clone()).or_default();
                ended.push_back(hold.id);
                if ended.len() > ENDED_HOLDS_KEPT {
                    ended.pop_front();
                }
            }
        }
        self.holds.insert(hold.id, hold);
    }

    /// The whole state as changes that build it up again, in the order in which the records came to be.
    pub(crate) fn snapshot(&self) -> impl Iterator<Item = Change> {
        let head = Change {
            next_id: Some(self.next_id),
            accounts: self.cards().map(|card| card.account.clone()).collect(),
            books: Some(self.books),
            otps: in_order(&self.otps),
            ..Change::default()
        };
        let trans = in_order(&self.trans).into_iter().map(|tran| Change {
            trans: vec![tran],
            ..Change::default()
        });
        let holds = in_order(&self.holds).into_iter().map(|hold| Change {
            holds: vec![hold],
            ..Change::default()
        });
        let payments = in_order(&self.payments).into_iter().map(|payment| Change {
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

fn in_order<T: Clone>(records: &HashMap<u64, T>) -> Vec<T> {
    let mut records: Vec<(&u64, &T)> = records.iter().collect();
    records.sort_by_key(|(id, _)| **id);
    records
        .into_iter()
        .map(|(_, record)| record.clone())
        .collect()
}
