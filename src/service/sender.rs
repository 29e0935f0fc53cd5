//! Can the person be whom a partner names as the sender of a transfer?

use rpc_schema::errors::ErrorCode;
use rpc_schema::hint::Hint;
use rpc_schema::methods::p2p::TransferSender;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Date, PersonName, Rule};

use crate::domain::failure::Failure;
use crate::domain::person::Person;

const UZBEKISTAN: &str = "860";

/// The person, as the networks are told. `today` is a Tashkent day, `YYYYMMDD`.
///
/// # Errors
/// -32401 with the member that contradicts another one, or the day.
pub(super) fn person_of(sender: &TransferSender, today: i32) -> Result<Person, Failure> {
    let nationality = (sender.nationality.as_ref()).map_or(UZBEKISTAN, |code| code.as_str());
    if sender.birth_date.number() >= today {
        return Err(wrong("sender.birthDate", Rule::PastDay));
    }
    if sender.pinfl.birth_date() != Some(sender.birth_date) {
        return Err(wrong("sender.pinfl", Rule::Pinfl));
    }
    if nationality == UZBEKISTAN && !sender.document_number.is_uzbek() {
        return Err(wrong("sender.documentNumber", Rule::DocumentNumber));
    }
    if sender.document_valid_to.number() < today {
        return Err(wrong("sender.documentValidTo", Rule::ComingDay));
    }
    let middle_name = sender.middle_name.as_ref().map(PersonName::as_str);
    Ok(Person {
        first_name: sender.first_name.as_str().to_owned(),
        last_name: sender.last_name.as_str().to_owned(),
        middle_name: middle_name.unwrap_or_default().to_owned(),
        nationality: nationality.to_owned(),
        document_type: sender.document_type.as_str().to_owned(),
        document_number: sender.document_number.as_str().to_owned(),
        document_valid_to: day_first(sender.document_valid_to),
        birth_date: day_first(sender.birth_date),
        pinfl: sender.pinfl.as_str().to_owned(),
    })
}

fn wrong(field: &str, rule: Rule) -> Failure {
    Failure::new(ErrorCode::InvalidInput)
        .because(Reason::BadFormat)
        .field(field)
        .hint(Hint::Rule(rule))
}

/// `ddMMyyyy`.
fn day_first(date: Date) -> String {
    let number = date.number();
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    format!("{day:02}{month:02}{year:04}")
}
