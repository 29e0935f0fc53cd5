//! HUMO's books: `GetPayment` asked about a reference instead of a call (docs/networks.md#humo-payment-status).

use super::HumoCards;
use super::authorisation::denied;
use super::client::CallError;
use super::codes;
use super::outcome::{self, Status};
use super::soap::Element;
use crate::domain::call::Reference;
use crate::domain::inquiry::AskError;
use crate::processing::books::{BookEntry, BookState};

impl HumoCards {
    /// What HUMO's books have under our reference.
    ///
    /// # Errors
    /// HUMO refuses the look-up, or gives no usable answer.
    pub async fn book_entry(&self, reference: &Reference) -> Result<BookEntry, AskError> {
        let content = self.requests.get(reference);
        entry(self.payments.call("GetPayment", &content).await, reference)
    }
}

pub(super) fn entry(
    result: Result<Element, CallError>,
    reference: &Reference,
) -> Result<BookEntry, AskError> {
    let unavailable = |cause: &str| AskError::unreadable(cause);
    let response = match result {
        Ok(response) => response,
        // Original not found.
        Err(CallError::Fault(914)) => {
            return Ok(BookEntry {
                state: BookState::Absent,
                amount: None,
                fee: None,
            });
        }
        Err(error) => return Err(unanswered(error)),
    };
    outcome::check_payment(&response, reference, "").map_err(unavailable)?;
    let denied = denied(&response).map_err(unavailable)?;
    let state = match (outcome::status(&response), denied) {
        (Status::Active | Status::Finished, Some(denied)) => {
            BookState::Unclear(denied.contradiction())
        }
        (Status::Active, None) => BookState::Active,
        (Status::Finished, None) => BookState::Done,
        (Status::Returned | Status::Cancelled, _) => BookState::Undone,
        (Status::None, _) => BookState::Absent,
        (Status::Other, _) => BookState::Unclear("an unknown status"),
    };
    let amount = match response.details().get("amount").copied() {
        None | Some("") => None,
        Some(amount) => {
            let amount = amount.parse();
            Some(amount.map_err(|_| unavailable("the amount cannot be read"))?)
        }
    };
    Ok(BookEntry {
        state,
        amount,
        fee: outcome::fee(&response),
    })
}

/// A look-up without an answer.
pub(super) fn unanswered(error: CallError) -> AskError {
    match error {
        CallError::Fault(code) => {
            let code = codes::spelled(code);
            AskError::unreadable(format!("the look-up was refused with action code {code}"))
        }
        CallError::Failed(failure) => AskError::from(failure),
        CallError::Unreadable(cause) => AskError::unreadable(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::super::soap;
    use super::*;

    fn response(status: &str, items: &[(&str, &str)]) -> Result<Element, CallError> {
        let items: String = items
            .iter()
            .map(|(name, value)| soap::item(name, value))
            .collect();
        let xml = format!(
            "<GetPaymentResponse><paymentID>7</paymentID><paymentRef>a1</paymentRef><status>{status}</status>\
             <details>{items}</details></GetPaymentResponse>"
        );
        Ok(soap::parse(xml.as_bytes()).unwrap())
    }

    fn read(result: Result<Element, CallError>) -> Result<BookEntry, AskError> {
        entry(result, &Reference("a1".to_owned()))
    }

    #[test]
    fn each_status_has_a_book_state() {
        for (status, state) in [
            ("active", BookState::Active),
            ("finished", BookState::Done),
            ("returned", BookState::Undone),
            ("cancelled", BookState::Undone),
            ("none", BookState::Absent),
            ("lost", BookState::Unclear("an unknown status")),
        ] {
            let expected = BookEntry {
                state,
                amount: Some(500),
                fee: Some(25),
            };
            let items = [("amount", "500"), ("amount_fee", "25.00")];
            assert_eq!(read(response(status, &items)), Ok(expected));
        }
        for unreadable in ["", "?", "-1", "2.5"] {
            let entry = read(response("finished", &[("amount_fee", unreadable)]));
            assert_eq!(entry.unwrap().fee, None, "{unreadable}");
        }
        let finished = read(response("finished", &[])).unwrap();
        assert_eq!((finished.state, finished.amount), (BookState::Done, None));
        for status in ["active", "finished"] {
            for code in ["auth_action_code_final", "auth_action_code2"] {
                let refused = read(response(status, &[(code, "116")]));
                assert!(matches!(refused.unwrap().state, BookState::Unclear(_)));
            }
        }
    }

    #[test]
    fn an_unusable_answer_is_an_error() {
        let absent = read(Err(CallError::Fault(914))).unwrap();
        assert_eq!(absent.state, BookState::Absent);
        let other = entry(response("finished", &[]), &Reference("a2".to_owned()));
        for unusable in [
            other,
            read(Err(CallError::Fault(904))),
            read(Err(CallError::Unreadable("HTTP 500: x".to_owned()))),
            read(response("finished", &[("amount", "5.0")])),
            read(response("active", &[("auth_action_code_final", "x")])),
        ] {
            assert!(
                matches!(unusable, Err(AskError::Unavailable(_))),
                "{unusable:?}"
            );
        }
    }
}
