//! The settings that decide about calls, in the units in which they are used.

use std::sync::Arc;

use rpc_schema::values::{Code, Network, Pan};

use crate::domain::account::Accounts;
use crate::domain::call::Terminal;
use crate::domain::code_text::Texts;
use crate::domain::network::{PrefixTable, are_of_one_bank, bank_digits};
use crate::domain::rate::Rate;
use crate::domain::tariff::{Direction, Tariff};

/// See the module.
#[derive(Debug, Clone)]
pub struct Rules {
    pub connected: Connected,
    pub prefixes: Arc<PrefixTable>,
    /// Whether UZCARD is asked for the prefixes of its cards.
    pub learns_prefixes: bool,
    /// The sandbox profile's fixed code.
    pub fixed_code: Option<Code>,
    /// What the messages with a code say.
    pub code_texts: Arc<Texts>,
    pub code_lifetime_ms: i64,
    pub code_tries: i32,
    /// From this amount (tiyin) on, every debit needs a code.
    pub code_required_from: Option<i64>,
    /// Codes to one phone for one partner on one day.
    pub sms_daily_limit: i64,
    /// Tiyin.
    pub min_debit: i64,
    /// Tiyin.
    pub max_debit: i64,
    pub hold_lifetime_ms: i64,
    pub transfers: TransferRules,
    pub history: HistoryRules,
    pub limits: LimitRules,
    /// When HUMO's terminals are reconciled; `None`: never.
    pub reconciliation: Option<ReconciliationRules>,
    /// How long a call to a network stays in the hands of the process that makes it.
    pub lease_ms: i64,
    /// How long after its intent a call may leave, so that it ends within its lease.
    pub leave_within_ms: i64,
    /// How long an order may work under its `extId` before its intent; then another call may take the `extId` over.
    pub claim_ms: i64,
    /// How far the clocks of gateways on one database, and of the networks, may differ.
    pub clock_skew_ms: i64,
    /// How long after its intent a call that UZCARD does not know cannot arrive any more.
    pub final_after_uzcard_ms: i64,
    /// The same at HUMO.
    pub final_after_humo_ms: i64,
}

/// See [`Rules::reconciliation`].
#[derive(Debug, Clone, Copy)]
pub struct ReconciliationRules {
    /// From so long after midnight in Tashkent on.
    pub from_ms: i64,
    /// How long a try belongs to the gateway that makes it.
    pub lease_ms: i64,
}

/// Which of the servers outside are configured.
#[derive(Debug, Clone, Copy)]
pub struct Connected {
    pub uzcard: bool,
    pub humo: bool,
    pub sms: bool,
    pub fiscal: bool,
}

impl Connected {
    /// Whether this network is.
    pub fn has(self, network: Network) -> bool {
        match network {
            Network::Uzcard => self.uzcard,
            Network::Humo => self.humo,
        }
    }
}

/// How often who may ask, and how much a card may pay.
#[derive(Debug, Clone, Copy)]
pub struct LimitRules {
    /// Calls of a partner, over all gateways.
    pub calls_per_second: i64,
    /// Calls of a partner that run at the same time at a gateway.
    pub calls_at_once: usize,
    /// Refused attachments of a card.
    pub attachments_of_partner: Rate,
    pub attachments_of_card: Rate,
    /// Codes to a phone.
    pub codes_soon: Rate,
    pub codes_a_day: Rate,
    /// Wrong codes of a phone.
    pub wrong_codes: Rate,
    /// Questions for owners' names.
    pub recipients_of_partner: Rate,
    pub recipients_of_card: Rate,
    /// Questions for histories.
    pub monitoring: Rate,
    /// Without it, nothing is counted: the row of a card's count would let its debits commit only one after another.
    pub spending: Option<SpendingLimits>,
}

/// The most debits, holds and transfers of a card in an hour and a day, and their sums in tiyin.
#[derive(Debug, Clone, Copy)]
pub struct SpendingLimits {
    pub debits_per_hour: i64,
    pub debited_per_hour: i64,
    pub debits_per_day: i64,
    pub debited_per_day: i64,
}

impl Rules {
    /// How long after its intent a call that the network does not know cannot arrive any more: its lease, the network's
    /// longest processing time, and what the clocks may differ.
    pub fn final_after_ms(&self, network: Network) -> i64 {
        match network {
            Network::Uzcard => self.final_after_uzcard_ms,
            Network::Humo => self.final_after_humo_ms,
        }
    }
}

/// What transfers cost, and under which terminals they run.
#[derive(Debug, Clone)]
pub struct TransferRules {
    pub uzcard: Accounts<AccountTransfers>,
    pub humo: Accounts<AccountTransfers>,
    pub banks: Vec<BankRule>,
    /// From this amount (tiyin) on, a credit to a card needs the sender's details.
    pub sender_required_from: i64,
    pub has_sender_details: bool,
}

/// What transfers to the cards of a bank may be.
#[derive(Debug, Clone)]
pub struct BankRule {
    /// See [`bank_digits`].
    pub digits: String,
    /// Of this network alone.
    pub network: Option<Network>,
    pub enabled: bool,
    /// Tiyin.
    pub max_amount: Option<i64>,
}

/// The same under one account.
#[derive(Debug, Clone)]
pub struct AccountTransfers {
    /// From a card of its network to another one of it.
    pub within: Tariff,
    /// From a card of its network to one of the other.
    pub across: Tariff,
    pub terminal: Terminal,
    /// Under which its network carries out transfers that are not inside one bank, if that is another one.
    pub interbank_terminal: Option<Terminal>,
    /// Under which cards are credited.
    pub credit_terminal: Terminal,
    /// Whether its network carries out a transfer to the other one in one call.
    pub across_in_one_call: bool,
}

impl TransferRules {
    /// What a transfer in this direction costs, under this account at the sender's network.
    pub fn tariff(&self, direction: Direction, account: &str) -> &Tariff {
        let of_account = self.of(direction.from, account);
        match direction.from == direction.to {
            true => &of_account.within,
            false => &of_account.across,
        }
    }

    /// Whether this network carries out a transfer to the other one in one call, under this account.
    pub fn across_in_one_call(&self, network: Network, account: &str) -> bool {
        self.of(network, account).across_in_one_call
    }

    /// What is said of the recipient's bank.
    pub fn of_bank(&self, network: Network, pan: &Pan) -> impl Iterator<Item = &BankRule> {
        let digits = bank_digits(pan);
        self.banks.iter().filter(move |bank| {
            digits == Some(bank.digits.as_str()) && bank.network.is_none_or(|own| own == network)
        })
    }

    /// The terminal under which a card is debited at a network under this account, for a credit at the other.
    pub fn terminal(&self, network: Network, account: &str) -> &Terminal {
        &self.of(network, account).terminal
    }

    /// The terminal under which a network carries out a transfer from one card to another by itself.
    pub fn p2p_terminal(&self, network: Network, account: &str, cards: [&Pan; 2]) -> &Terminal {
        let own = self.of(network, account);
        let [sender, recipient] = cards;
        match &own.interbank_terminal {
            Some(interbank) if are_of_one_bank(sender, recipient) != Some(true) => interbank,
            Some(_) | None => &own.terminal,
        }
    }

    /// The terminals under which money is taken for transfers at a network under this account.
    pub fn terminals(&self, network: Network, account: &str) -> impl Iterator<Item = &Terminal> {
        let own = self.of(network, account);
        std::iter::once(&own.terminal).chain(&own.interbank_terminal)
    }

    /// The terminal under which cards of a network are credited under this account.
    pub fn credit_terminal(&self, network: Network, account: &str) -> &Terminal {
        &self.of(network, account).credit_terminal
    }

    /// Under an account that is not configured no call is made, whatever it would cost.
    fn of(&self, network: Network, account: &str) -> &AccountTransfers {
        match network {
            Network::Uzcard => self.uzcard.or_default(account),
            Network::Humo => self.humo.or_default(account),
        }
    }
}

/// When the history of a card is fetched.
#[derive(Debug, Clone, Copy)]
pub struct HistoryRules {
    /// The longest period of a call.
    pub max_days: i64,
    /// How old a day may be that can still change.
    pub refresh_ms: i64,
    /// How long after its end a day can still change.
    pub lag_ms: i64,
}
