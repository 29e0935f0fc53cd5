//! Who sends money to a card, as both networks ask for it?

use std::fmt;

use rpc_schema::values::Pan;
use serde::{Deserialize, Serialize};

/// On whose behalf a card is credited, as the banks ask for it.
#[derive(Debug, Clone)]
pub struct CreditSender {
    /// The number of the sender's card. The recipient's network is told its mask, unless the settings say otherwise.
    pub card: Pan,
    /// The debit's reference at its network (`refNum` or RRN).
    pub debit_reference: String,
    /// The person whom the partner has named. `None`: that of the settings, if there is one.
    pub person: Option<Person>,
}

/// A person and the document that names it. It is stored encrypted, and `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    /// Empty where there is none.
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
    /// Fourteen digits; empty where there is none.
    pub pinfl: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(***)")
    }
}
