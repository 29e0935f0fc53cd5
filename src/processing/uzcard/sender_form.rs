//! Whom a credit names as its sender: contours want another name of the payer each, and the organisation.

use super::wire::{Document, Sender, SenderId};
use crate::config::{self, CreditSenderId};
use crate::domain::call::CreditSender;
use crate::domain::person::Person;

/// What stands for a name or a reference that is not known: SVGate leaves none out.
const NO_NAME: &str = "-";
const NO_REF_NUM: &str = "000000000000";

/// The form of senders at this contour.
#[derive(Debug)]
pub(super) struct SenderForm {
    system: String,
    id: Id,
    legal_name: String,
    /// Who is named where the partner names nobody.
    person: Option<Person>,
}

/// What the payer is called.
#[derive(Debug)]
enum Id {
    /// The same for all: an account or the number of the organisation.
    Text(String),
    /// The masked number of the card that paid.
    Mask,
    /// The whole number of that card.
    Pan,
    /// The reference of its debit at HUMO, and the mask where it gave none.
    Rrn,
}

impl SenderForm {
    pub(super) fn new(uzcard: &config::Uzcard, transfers: &config::Transfers) -> Self {
        let own = &uzcard.credit_sender;
        let organisation = transfers.sender.as_ref();
        let legal_name = organisation.map_or(&uzcard.service_name, |details| &details.legal_name);
        Self {
            system: own.system.clone(),
            id: match own.id {
                None => organisation.map_or(Id::Mask, |details| Id::Text(details.legal_id.clone())),
                Some(CreditSenderId::Mask) => Id::Mask,
                Some(CreditSenderId::Pan) => Id::Pan,
                Some(CreditSenderId::Rrn) => Id::Rrn,
                // The settings are refused without one.
                Some(CreditSenderId::Account) => Id::Text(own.account.clone().unwrap_or_default()),
            },
            legal_name: own.legal_name.as_ref().unwrap_or(legal_name).clone(),
            person: organisation.map(config::SenderDetails::person),
        }
    }

    /// The sender of one credit.
    pub(super) fn of<'a>(&'a self, sender: &'a CreditSender) -> Sender<'a> {
        let or = |text: &'a str, otherwise| if text.is_empty() { otherwise } else { text };
        let person = sender.person.as_ref().or(self.person.as_ref());
        let name = |of: fn(&'a Person) -> &'a str| or(person.map(of).unwrap_or_default(), NO_NAME);
        Sender {
            id: match &self.id {
                Id::Text(text) => SenderId::Text(text),
                Id::Rrn if !sender.debit_reference.is_empty() => {
                    SenderId::Text(&sender.debit_reference)
                }
                Id::Mask | Id::Rrn => SenderId::Mask(sender.card.mask()),
                Id::Pan => SenderId::Pan(&sender.card),
            },
            legal_name: &self.legal_name,
            system: &self.system,
            last_name: name(|person| &person.last_name),
            first_name: name(|person| &person.first_name),
            // Not everybody has one.
            middle_name: name(|person| &person.middle_name),
            ref_num: or(&sender.debit_reference, NO_REF_NUM),
            doc: person.map(|person| Document {
                nationality: &person.nationality,
                kind: &person.document_type,
                series_number: &person.document_number,
                birth_date: &person.birth_date,
                valid_to: &person.document_valid_to,
                mrz: &person.pinfl,
            }),
        }
    }
}

#[cfg(test)]
#[path = "sender_form_tests.rs"]
mod tests;
