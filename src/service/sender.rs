//! Can the person be whom a partner names as the sender of a transfer?

use rpc_schema::errors::ErrorCode;
use rpc_schema::hint::Hint;
use rpc_schema::methods::p2p::TransferSender;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Date, Network, PersonName, Pinfl, Rule};

use crate::domain::failure::Failure;
use crate::domain::person::Person;

const UZBEKISTAN: &str = "860";

/// The person, as the networks are told. `today` is a Tashkent day, `YYYYMMDD`; `credited_at`, the network that a credit tells.
///
/// # Errors
/// -32401 with the member that contradicts another one, the day, or the network; -32300 without a PINFL that is due.
pub(super) fn person_of(
    sender: &TransferSender,
    today: i32,
    credited_at: Option<Network>,
) -> Result<Person, Failure> {
    let nationality = (sender.nationality.as_ref()).map_or(UZBEKISTAN, |code| code.as_str());
    if sender.birth_date.number() >= today {
        return Err(wrong("sender.birthDate", Rule::PastDay));
    }
    match &sender.pinfl {
        Some(pinfl) if pinfl.birth_date() != Some(sender.birth_date) => {
            return Err(wrong("sender.pinfl", Rule::Pinfl));
        }
        None if nationality == UZBEKISTAN => {
            return Err(Failure::new(ErrorCode::MissingParams).field("sender.pinfl"));
        }
        // A foreigner may have none.
        Some(_) | None => {}
    }
    if nationality == UZBEKISTAN && !sender.document_number.is_uzbek() {
        return Err(wrong("sender.documentNumber", Rule::DocumentNumber));
    }
    // Else HUMO refuses the credit each time, once the money is taken: it requires a series.
    if credited_at == Some(Network::Humo) && !sender.document_number.has_series() {
        return Err(wrong("sender.documentNumber", Rule::DocumentSeries));
    }
    if sender.document_valid_to.number() < today {
        return Err(wrong("sender.documentValidTo", Rule::ComingDay));
    }
    let pinfl = sender.pinfl.as_ref().map(Pinfl::as_str);
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
        pinfl: pinfl.unwrap_or_default().to_owned(),
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
