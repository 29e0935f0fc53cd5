//! The requests of `PaymentServer`: what stands inside each operation (docs/networks.md#paymentserver).

use std::collections::HashMap;

use entity::time::UnixMillis;
use rpc_schema::values::{Amount, Pan};

use super::outcome::CallKind;
use super::soap::{element, item};
use crate::config::{self, CreditBiller, Sale};
use crate::domain::call::{CardAccess, Credit, Debit, P2p, Receipt, Reference, Reversal, Terminal};
use crate::domain::day::date14;
use crate::domain::network::{are_of_one_bank, bank_digits};
use crate::domain::person::Person;

/// What is created: a sale, or a hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Biller {
    /// By the settings, a single message or a dual one.
    Sale,
    /// Dual message.
    Hold,
}

impl Biller {
    pub(super) fn call_kind(self) -> CallKind {
        match self {
            Self::Sale => CallKind::Pay,
            Self::Hold => CallKind::Hold,
        }
    }
}

/// Writes the requests with the gateway's own settings in them.
#[derive(Debug)]
pub(super) struct Requests {
    originator: String,
    point_code: String,
    centre_id: String,
    /// The centre of each bank, by its digits. None: it is the same for all.
    centres: HashMap<String, String>,
    switching_intrabank: String,
    switching_interbank: String,
    switching_cobadge: Option<String>,
    sale: Sale,
    credit_biller: CreditBiller,
    sends_credit_expiry: bool,
    /// Who is named where the partner names nobody.
    sender: Option<Person>,
}

impl Requests {
    pub(super) fn new(config: &config::Humo, transfers: &config::Transfers) -> Self {
        Self {
            originator: config.originator.as_ref().unwrap_or(&config.user).clone(),
            point_code: config.point_code.clone(),
            centre_id: config.centre_id.clone(),
            centres: config.centres(),
            switching_intrabank: transfers.switching_intrabank.clone(),
            switching_interbank: transfers.switching_interbank.clone(),
            switching_cobadge: transfers.switching_cobadge.clone(),
            sale: config.sale,
            credit_biller: config.credit_biller,
            sends_credit_expiry: config.send_credit_expiry,
            sender: transfers.sender.as_ref().map(config::SenderDetails::person),
        }
    }

    /// `Payment`, which creates a sale or a hold.
    pub(super) fn create(&self, biller: Biller, debit: &Debit) -> String {
        let details = [
            payer(&debit.card),
            order(debit.amount, &debit.terminal),
            self.place(&debit.card.pan),
        ]
        .concat();
        self.payment(self.biller_ref(biller), &debit.reference, &details)
    }

    /// `billerRef`, which is also the `payinstrRef`. A sale is created and confirmed whichever it is.
    fn biller_ref(&self, biller: Biller) -> &'static str {
        match (biller, self.sale) {
            (Biller::Sale, Sale::SoapSms) => "SOAP_SMS",
            (Biller::Hold, _) | (Biller::Sale, Sale::SoapDms) => "SOAP_DMS",
        }
    }

    /// `Payment`, which credits a card (docs/networks.md#humo-transfers-and-credits).
    pub(super) fn credit(&self, credit: &Credit) -> String {
        let details = [
            item("pan2", credit.recipient.digits()),
            match self.sends_credit_expiry {
                true => item("expiry", &credit.expiry.yymm()),
                false => String::new(),
            },
            order(credit.amount, &credit.terminal),
            self.place(&credit.recipient),
            (credit.sender.person.as_ref().or(self.sender.as_ref()))
                .map(sender_items)
                .unwrap_or_default(),
        ]
        .concat();
        let biller = match self.credit_biller {
            CreditBiller::SoapToCard2 => "SOAP_TOCARD_2",
            CreditBiller::SoapToCard => "SOAP_TOCARD",
        };
        self.payment(biller, &credit.reference, &details)
    }

    /// `Payment`, which creates the reconciliation of a terminal.
    pub(super) fn reconcile(&self, reference: &Reference, terminal_id: &str) -> String {
        self.payment("SOAP_RECO", reference, &item("terminal_id", terminal_id))
    }

    fn payment(&self, biller: &str, reference: &Reference, details: &str) -> String {
        [
            element("billerRef", biller),
            element("payinstrRef", biller),
            // Like the reference, it tells a repeated request from a new one (docs/networks.md#paymentserver).
            element("sessionID", &reference.0),
            element("paymentRef", &reference.0),
            format!("<details>{details}</details>"),
            self.originator(),
        ]
        .concat()
    }

    /// `Request`, which creates a transfer.
    pub(super) fn transfer(&self, p2p: &P2p) -> String {
        let details = [
            payer(&p2p.sender),
            item("pan2", p2p.recipient.digits()),
            order(p2p.amount, &p2p.terminal),
        ]
        .concat();
        [
            // The language of descriptions, which only an operator reads.
            element("language", "en"),
            element("paymentRef", &p2p.reference.0),
            format!(
                "<switchingID>{}</switchingID>",
                element("value", self.switch(p2p))
            ),
            element("autoSwitch", "1"),
            format!("<details>{details}</details>"),
            self.originator(),
        ]
        .concat()
    }

    /// Whose banks the numbers name decides; a card of two brands names none (docs/networks.md#humo-transfers-and-credits).
    fn switch(&self, p2p: &P2p) -> &str {
        match are_of_one_bank(&p2p.sender.pan, &p2p.recipient) {
            Some(true) => &self.switching_intrabank,
            Some(false) => &self.switching_interbank,
            None => (self.switching_cobadge.as_ref()).unwrap_or(&self.switching_interbank),
        }
    }

    /// `Payment`, which confirms. `capture` is the amount to be taken of a hold; a sale or a transfer is
    /// confirmed as it was created.
    pub(super) fn confirm(&self, payment: &Receipt, capture: Option<Amount>) -> String {
        let details = capture
            .map(|amount| format!("<details>{}</details>", item("amount", &amount.to_string())));
        [
            names(payment),
            details.unwrap_or_default(),
            element("confirmed", "true"),
            element("finished", "true"),
            self.originator(),
        ]
        .concat()
    }

    /// `CancelRequest`
    pub(super) fn cancel(&self, payment: &Receipt) -> String {
        names(payment) + &self.originator()
    }

    /// `ReturnPayment`. The items stand bare here, not in `details`.
    pub(super) fn reverse(&self, reversal: &Reversal) -> String {
        let terminal = &reversal.terminal;
        [
            names(&reversal.payment),
            item("merchant_id", &terminal.merchant_id),
            item("centre_id", self.centre(&reversal.pan)),
            item("terminal_id", &terminal.terminal_id),
            self.originator(),
        ]
        .concat()
    }

    /// `GetPayment` by our reference, whatever else is known: it is the one name that both sides had from the start.
    pub(super) fn get(&self, reference: &Reference) -> String {
        [
            element("paymentRef", &reference.0),
            element("sessionID", ""),
            self.originator(),
        ]
        .concat()
    }

    /// `GetPaymentList`: of the payments in this status between these moments, as `yyyyMMddHHmmss`, those from one place in the
    /// list to another, both counted from 1 (docs/networks.md#humo-payment-list).
    pub(super) fn list(
        &self,
        status: &str,
        (from, until): (UnixMillis, UnixMillis),
        (first, last): (u32, u32),
    ) -> String {
        [
            element("status", status),
            self.originator(),
            element("dateFrom", &date14(from)),
            element("dateTo", &date14(until)),
            element("startBookmark", &first.to_string()),
            element("endBookmark", &last.to_string()),
        ]
        .concat()
    }

    /// As whom we ask.
    pub(super) fn asks_as(&self) -> &str {
        &self.originator
    }

    fn originator(&self) -> String {
        element("paymentOriginator", &self.originator)
    }

    fn place(&self, pan: &Pan) -> String {
        item("point_code", &self.point_code) + &item("centre_id", self.centre(pan))
    }

    fn centre(&self, pan: &Pan) -> &str {
        let bank = bank_digits(pan).and_then(|digits| self.centres.get(digits));
        bank.unwrap_or(&self.centre_id)
    }
}

fn payer(card: &CardAccess) -> String {
    item("pan", card.pan.digits()) + &item("expiry", &card.expiry.yymm())
}

fn order(amount: Amount, terminal: &Terminal) -> String {
    [
        item("ccy_code", "860"),
        item("amount", &amount.to_string()),
        item("merchant_id", &terminal.merchant_id),
        item("terminal_id", &terminal.terminal_id),
    ]
    .concat()
}

fn sender_items(sender: &Person) -> String {
    let (series, number) = series_and_number(&sender.document_number);
    [
        ("sender_serial_no", series),
        ("sender_id_card", number),
        ("sender_first_name", &sender.first_name),
        ("sender_surname", &sender.last_name),
        ("sender_middle_name", &sender.middle_name),
        ("sender_nationality", &sender.nationality),
        ("sender_doc_type", &sender.document_type),
        ("sender_doc_validthrough", &sender.document_valid_to),
        ("sender_person_code", &sender.pinfl),
        ("sender_birth_date", &sender.birth_date),
    ]
    .into_iter()
    // Not everybody has a middle name, or a PINFL.
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| item(name, value))
    .collect()
}

/// `AA1234567` is series `AA`, number `1234567`.
fn series_and_number(document: &str) -> (&str, &str) {
    let number = document.trim_start_matches(|character: char| !character.is_ascii_digit());
    let series = document.strip_suffix(number).unwrap_or_default();
    (series.trim(), number)
}

/// The payment's names: HUMO's id, where it is known, and our reference.
fn names(payment: &Receipt) -> String {
    let id = &payment.network_id;
    let id = if id.is_empty() {
        String::new()
    } else {
        element("paymentID", id)
    };
    id + &element("paymentRef", &payment.reference.0)
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
