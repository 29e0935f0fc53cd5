//! `[transfers]`: fees, limits, terminals and the sender of transfers from card to card.

use std::collections::BTreeMap;

use rpc_schema::values::{Date, DocumentNumber, Network, Pinfl};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;
use crate::domain::person::Person;
use crate::domain::tariff::Tariff;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "are_sound"))]
pub struct Transfers {
    pub humo2humo: Tariff,
    pub humo2uzcard: Tariff,
    pub uzcard2humo: Tariff,
    pub uzcard2uzcard: Tariff,
    /// The terminal under which transfers run at UZCARD.
    pub uzcard_terminal: TransferTerminal,
    /// The terminal under which transfers run at HUMO.
    pub humo_terminal: TransferTerminal,
    /// The terminal of transfers inside HUMO that are not inside one bank, if that is another one.
    pub humo_interbank_terminal: Option<TransferTerminal>,
    /// The terminal under which cards of UZCARD are credited, if that is another one.
    pub uzcard_credit_terminal: Option<TransferTerminal>,
    /// The terminal under which cards of HUMO are credited, if that is another one.
    pub humo_credit_terminal: Option<TransferTerminal>,
    /// HUMO's `switchingID` within one bank: 48.
    pub switching_intrabank: String,
    /// HUMO's `switchingID` between banks: 50.
    pub switching_interbank: String,
    /// HUMO's `switchingID` where one of the cards is co-badged, and so names no bank; without it, as between banks.
    pub switching_cobadge: Option<String>,
    /// Limits of recipients' banks, under names of any kind.
    pub banks: BTreeMap<String, BankLimit>,
    /// From this amount (tiyin) on, a credit to a card of the other network needs a sender, the partner's or the one below;
    /// without: -32329.
    pub sender_required_from: i64,
    /// Who is named where a partner names nobody.
    pub sender: Option<SenderDetails>,
}

/// How a transfer from a card of UZCARD to one of HUMO is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum P2pToHumo {
    /// The gateway debits the one card at SVGate, and credits the other at HUMO.
    TwoLegs,
    /// SVGate does both, by one `p2p.universal` with the number of the card of HUMO as recipient.
    Pan,
}

/// What transfers to the cards of a bank may be.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BankLimit {
    /// The fifth and sixth digit of its numbers that begin with 8600 or 9860.
    pub digits: String,
    /// Only its cards of this network.
    #[serde(default)]
    pub network: Option<Network>,
    /// Without this, its cards get nothing: -32354.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Tiyin: -32329 above.
    #[serde(default)]
    pub max_amount: Option<i64>,
}

fn yes() -> bool {
    true
}

/// A merchant's terminal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TransferTerminal {
    pub merchant_id: String,
    pub terminal_id: String,
}

/// Who credits a card. The banks require these details from a certain amount on.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SenderDetails {
    pub legal_id: String,
    pub legal_name: String,
    pub first_name: String,
    pub last_name: String,
    pub middle_name: String,
    /// ISO 3166 numeric, three digits.
    pub nationality: String,
    /// The networks' code for the kind of document, three digits.
    pub document_type: String,
    /// Series and number.
    pub document_number: String,
    /// `ddMMyyyy`.
    pub document_valid_to: String,
    /// `ddMMyyyy`.
    pub birth_date: String,
    /// Fourteen digits.
    pub pinfl: String,
}

impl SenderDetails {
    /// The person, without the organisation.
    pub fn person(&self) -> Person {
        Person {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            middle_name: self.middle_name.clone(),
            nationality: self.nationality.clone(),
            document_type: self.document_type.clone(),
            document_number: self.document_number.clone(),
            document_valid_to: self.document_valid_to.clone(),
            birth_date: self.birth_date.clone(),
            pinfl: self.pinfl.clone(),
        }
    }
}

impl Default for Transfers {
    fn default() -> Self {
        let terminal = |merchant_id: &str, terminal_id: &str| TransferTerminal {
            merchant_id: merchant_id.to_owned(),
            terminal_id: terminal_id.to_owned(),
        };
        Self {
            humo2humo: Tariff::default(),
            humo2uzcard: Tariff::default(),
            uzcard2humo: Tariff::default(),
            uzcard2uzcard: Tariff::default(),
            uzcard_terminal: terminal("90001", "92400001"),
            humo_terminal: terminal("0040100000401CS", "1965000A"),
            humo_interbank_terminal: None,
            uzcard_credit_terminal: None,
            humo_credit_terminal: None,
            switching_intrabank: "48".to_owned(),
            switching_interbank: "50".to_owned(),
            switching_cobadge: None,
            banks: BTreeMap::new(),
            // Above 12 000 000 UZS, the highest of the limits seen (docs/networks.md#humo-transfers-and-credits).
            sender_required_from: 1_200_000_001,
            sender: None,
        }
    }
}

fn are_sound(transfers: &Transfers) -> Result<(), ValidationError> {
    let tariffs = [
        ("humo2humo", &transfers.humo2humo),
        ("humo2uzcard", &transfers.humo2uzcard),
        ("uzcard2humo", &transfers.uzcard2humo),
        ("uzcard2uzcard", &transfers.uzcard2uzcard),
    ];
    sound(tariffs)?;
    let is_bank = |bank: &BankLimit| {
        bank.digits.len() == 2 && bank.digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !transfers.banks.values().all(is_bank) {
        return Err(fault(
            "banks",
            "digits must be the two digits of a bank, such as \"17\"",
        ));
    }
    transfers.sender.as_ref().map_or(Ok(()), can_be_named)
}

/// Whether the networks take these details of a person: of what they refuse, each transfer would be debited and given back.
fn can_be_named(sender: &SenderDetails) -> Result<(), ValidationError> {
    let is_code = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let day = |text: &str| {
        let (day, month, year) = (text.get(..2)?, text.get(2..4)?, text.get(4..)?);
        Date::parse(&format!("{year}-{month}-{day}"))
    };
    let (number, pinfl) = (
        DocumentNumber::parse(&sender.document_number),
        Pinfl::parse(&sender.pinfl),
    );
    let born = day(&sender.birth_date);
    for (key, fits, reason) in [
        (
            "sender.nationality",
            is_code(&sender.nationality),
            "must be the three digits of a country, such as \"860\"",
        ),
        (
            "sender.document_type",
            is_code(&sender.document_type),
            "must be the three digits of a kind of document, as the acquirer knows them",
        ),
        (
            "sender.document_number",
            number.is_some_and(|number| number.has_series()),
            "must be a series in capital letters and a number, such as \"AA1234567\": HUMO takes none without a series",
        ),
        (
            "sender.document_valid_to",
            day(&sender.document_valid_to).is_some(),
            "must be a day, ddMMyyyy",
        ),
        (
            "sender.birth_date",
            born.is_some(),
            "must be a day, ddMMyyyy",
        ),
        (
            "sender.pinfl",
            pinfl.is_some_and(|pinfl| pinfl.birth_date() == born),
            "must be fourteen digits, with the day of sender.birth_date in them",
        ),
    ] {
        if !fits {
            return Err(fault(key, reason));
        }
    }
    Ok(())
}

/// Whether each of these tariffs can be used.
pub(super) fn sound<'a>(
    tariffs: impl IntoIterator<Item = (&'static str, &'a Tariff)>,
) -> Result<(), ValidationError> {
    for (key, tariff) in tariffs {
        if let Some(reason) = tariff.fault() {
            return Err(fault(key, reason));
        }
    }
    Ok(())
}
