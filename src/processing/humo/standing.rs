//! `GetPayment`, asked not about a call but about a reference: what HUMO has under it (the protocol notes, section 2.2).

use super::HumoCards;
use super::client::Trouble;
use super::codes;
use super::outcome::{self, Status};
use super::soap::Element;
use crate::domain::call::Reference;
use crate::domain::inquiry::AskError;
use crate::processing::standing::{Stage, Standing};

impl HumoCards {
    /// What HUMO has under a reference of ours.
    ///
    /// # Errors
    /// HUMO refuses to tell, or gives no usable answer.
    pub async fn standing_of(&self, reference: &Reference) -> Result<Standing, AskError> {
        let content = self.requests.get(reference);
        standing(self.payments.call("GetPayment", &content).await, reference)
    }
}

fn standing(result: Result<Element, Trouble>, reference: &Reference) -> Result<Standing, AskError> {
    let unavailable = |cause: &str| AskError::Unavailable(cause.to_owned());
    let response = match result {
        Ok(response) => response,
        // Original not found.
        Err(Trouble::Fault(914)) => {
            return Ok(Standing {
                stage: Stage::Absent,
                amount: None,
            });
        }
        Err(Trouble::Fault(code)) => {
            let code = codes::spelled(code);
            return Err(AskError::Unavailable(format!(
                "the look-up was refused with action code {code}"
            )));
        }
        Err(Trouble::Failed(failure)) => return Err(AskError::Unavailable(failure.to_string())),
        Err(Trouble::Unreadable(cause)) => return Err(AskError::Unavailable(cause)),
    };
    outcome::check_payment(&response, reference, "").map_err(unavailable)?;
    let approved = match outcome::final_code(&response).map_err(unavailable)? {
        None | Some(0) => true,
        Some(_) => false,
    };
    let contradiction =
        Stage::Unclear("the status and the final action code contradict each other");
    let stage = match outcome::status(&response) {
        Status::Active if approved => Stage::Active,
        Status::Finished if approved => Stage::Done,
        Status::Active | Status::Finished => contradiction,
        Status::Returned | Status::Cancelled => Stage::Undone,
        Status::None => Stage::Absent,
        Status::Other => Stage::Unclear("a status that is not known"),
    };
    let amount = match response.details().get("amount").copied() {
        None | Some("") => None,
        Some(amount) => {
            let amount = amount.parse();
            Some(amount.map_err(|_| unavailable("the amount cannot be read"))?)
        }
    };
    Ok(Standing { stage, amount })
}

#[cfg(test)]
mod tests {
    use super::super::soap;
    use super::*;

    fn response(status: &str, items: &[(&str, &str)]) -> Result<Element, Trouble> {
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

    fn asked(result: Result<Element, Trouble>) -> Result<Standing, AskError> {
        standing(result, &Reference("a1".to_owned()))
    }

    #[test]
    fn a_status_is_a_stage() {
        for (status, stage) in [
            ("active", Stage::Active),
            ("finished", Stage::Done),
            ("returned", Stage::Undone),
            ("cancelled", Stage::Undone),
            ("none", Stage::Absent),
            ("lost", Stage::Unclear("a status that is not known")),
        ] {
            let expected = Standing {
                stage,
                amount: Some(500),
            };
            assert_eq!(asked(response(status, &[("amount", "500")])), Ok(expected));
        }
        let finished = asked(response("finished", &[])).unwrap();
        assert_eq!((finished.stage, finished.amount), (Stage::Done, None));
        for status in ["active", "finished"] {
            let refused = asked(response(status, &[("auth_action_code_final", "116")]));
            assert!(matches!(refused.unwrap().stage, Stage::Unclear(_)));
        }
    }

    #[test]
    fn what_humo_does_not_say_is_no_answer() {
        let absent = asked(Err(Trouble::Fault(914))).unwrap();
        assert_eq!(absent.stage, Stage::Absent);
        let other = standing(response("finished", &[]), &Reference("a2".to_owned()));
        for no_answer in [
            other,
            asked(Err(Trouble::Fault(904))),
            asked(Err(Trouble::Unreadable("HTTP 500: x".to_owned()))),
            asked(response("finished", &[("amount", "5.0")])),
            asked(response("active", &[("auth_action_code_final", "x")])),
        ] {
            assert!(
                matches!(no_answer, Err(AskError::Unavailable(_))),
                "{no_answer:?}"
            );
        }
    }
}
