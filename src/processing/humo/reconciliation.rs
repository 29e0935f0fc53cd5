//! `SOAP_RECO`: a terminal's totals (docs/networks.md#humo-reconciliation). It is created and confirmed like a payment and
//! moves no money; its confirmation ends a period, so a second one has other totals.

use std::ops::RangeInclusive;

use super::HumoCards;
use super::client::CallError;
use super::codes;
use super::outcome::{self, Status, number};
use super::soap::Element;
use crate::domain::call::{Receipt, Reference};
use crate::domain::inquiry::AskError;
use crate::processing::reconciliation::{Standing, Total, Totals};

/// The codes that answer a reconciliation, and nothing else.
const RESULTS: RangeInclusive<i64> = 500..=504;

impl HumoCards {
    /// Creates the reconciliation of a terminal.
    ///
    /// # Errors
    /// HUMO refuses it, or gives no usable answer: then there may be one that nobody confirms, which ends nothing.
    pub async fn create_reconciliation(
        &self,
        reference: &Reference,
        terminal_id: &str,
    ) -> Result<Standing, AskError> {
        let content = self.requests.reconcile(reference, terminal_id);
        told(self.payments.call("Payment", &content).await, reference)
    }

    /// Confirms it, which ends the period.
    ///
    /// # Errors
    /// HUMO refuses it, or gives no usable answer: then the period may have ended.
    pub async fn confirm_reconciliation(
        &self,
        reference: &Reference,
        payment_id: &str,
    ) -> Result<Standing, AskError> {
        let payment = Receipt {
            network_id: payment_id.to_owned(),
            ..Receipt::of(reference)
        };
        let content = self.requests.confirm(&payment, None);
        told(self.payments.call("Payment", &content).await, reference)
    }

    /// What became of it.
    ///
    /// # Errors
    /// HUMO gives no usable answer.
    pub async fn find_reconciliation(&self, reference: &Reference) -> Result<Standing, AskError> {
        let content = self.requests.get(reference);
        found(self.payments.call("GetPayment", &content).await, reference)
    }
}

/// The answer to the create and to the confirmation: `action` says which of both has been done.
pub(super) fn told(
    result: Result<Element, CallError>,
    reference: &Reference,
) -> Result<Standing, AskError> {
    let response = answered(result, reference)?;
    let response = match response {
        Answered::Response(response) => response,
        Answered::Result(code) => return Ok(Standing::Done(only(code))),
    };
    match number(response.text_of("action")) {
        Some(4) => created(&response),
        Some(10) => Ok(Standing::Done(totals(&response))),
        _ => Err(AskError::unreadable("an action other than 4 and 10")),
    }
}

/// The answer to `GetPayment`.
pub(super) fn found(
    result: Result<Element, CallError>,
    reference: &Reference,
) -> Result<Standing, AskError> {
    if let Err(CallError::Fault(914)) = result {
        return Ok(Standing::Absent);
    }
    let response = match answered(result, reference)? {
        Answered::Response(response) => response,
        Answered::Result(code) => return Ok(Standing::Done(only(code))),
    };
    match outcome::status(&response) {
        Status::Active => created(&response),
        Status::Finished => Ok(Standing::Done(totals(&response))),
        // One that was undone is none.
        Status::None | Status::Returned | Status::Cancelled => Ok(Standing::Absent),
        Status::Other => Err(AskError::unreadable("an unknown status")),
    }
}

enum Answered {
    Response(Element),
    /// A fault with a code that is a result.
    Result(i64),
}

fn answered(
    result: Result<Element, CallError>,
    reference: &Reference,
) -> Result<Answered, AskError> {
    let response = match result {
        Ok(response) => response,
        Err(CallError::Fault(code)) if RESULTS.contains(&code) => {
            return Ok(Answered::Result(code));
        }
        Err(CallError::Fault(code)) => {
            let error = codes::read(code).1;
            return Err(AskError::Refused(codes::refusal(error, code)));
        }
        Err(CallError::Failed(failure)) => return Err(AskError::from(failure)),
        Err(CallError::Unreadable(cause)) => return Err(AskError::unreadable(cause)),
    };
    outcome::check_payment(&response, reference, "").map_err(AskError::unreadable)?;
    Ok(Answered::Response(response))
}

fn created(response: &Element) -> Result<Standing, AskError> {
    match response.text_of("paymentID") {
        "" => Err(AskError::unreadable("a payment without an id")),
        id => Ok(Standing::Created(id.to_owned())),
    }
}

fn only(code: i64) -> Totals {
    Totals {
        code: Some(codes::spelled(code)),
        ..Totals::default()
    }
}

/// Which of the details has the result is not published, so it is read wherever one stands.
fn totals(response: &Element) -> Totals {
    let details = response.details();
    let number_of = |name: &str| number(details.get(name)?).filter(|number| *number >= 0);
    let total = |count: &str, amount: &str| {
        Some(Total {
            number: number_of(count)?,
            amount: number_of(amount)?,
        })
    };
    let code = [
        "auth_action_code_final",
        "auth_action_code",
        "reconcile_info",
    ]
    .into_iter()
    .filter_map(number_of)
    .find(|code| RESULTS.contains(code));
    Totals {
        code: code.map(codes::spelled),
        debits: total("debits_number", "debits_amount"),
        reversals: total("credits_reversal_number", "credits_reversal_amount"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::soap;
    use super::*;

    fn response(head: &str, items: &[(&str, &str)]) -> Result<Element, CallError> {
        let items: String = items
            .iter()
            .map(|(name, value)| soap::item(name, value))
            .collect();
        let xml = format!("<R><paymentRef>a1</paymentRef>{head}<details>{items}</details></R>");
        Ok(soap::parse(xml.as_bytes()).unwrap())
    }

    fn reference() -> Reference {
        Reference("a1".to_owned())
    }

    const ALL: [(&str, &str); 5] = [
        ("debits_number", "3"),
        ("debits_amount", "1500000.00"),
        ("credits_reversal_number", "1"),
        ("credits_reversal_amount", "000500000"),
        ("reconcile_info", "501"),
    ];

    #[test]
    fn a_reconciliation_is_created_and_done() {
        let id = "<paymentID>7</paymentID>";
        let created = Standing::Created("7".to_owned());
        let done = Standing::Done(Totals {
            code: Some("501".to_owned()),
            debits: Some(Total {
                number: 3,
                amount: 1_500_000,
            }),
            reversals: Some(Total {
                number: 1,
                amount: 500_000,
            }),
        });
        let head = |tag: &str, text: &str| format!("{id}<{tag}>{text}</{tag}>");
        for (action, status, expected) in [("4", "active", &created), ("10", "Finished", &done)] {
            let answer = told(response(&head("action", action), &ALL), &reference());
            assert_eq!(answer.as_ref(), Ok(expected));
            let answer = found(response(&head("status", status), &ALL), &reference());
            assert_eq!(answer.as_ref(), Ok(expected));
        }
        for absent in ["none", "cancelled", "returned"] {
            let answer = found(response(&head("status", absent), &[]), &reference());
            assert_eq!(answer, Ok(Standing::Absent));
        }
        let answer = found(Err(CallError::Fault(914)), &reference());
        assert_eq!(answer, Ok(Standing::Absent));
    }

    /// Totals that are not there, or that cannot be read, are none.
    #[test]
    fn the_result_may_be_all_that_there_is() {
        let done = |code: Option<&str>| {
            Ok(Standing::Done(Totals {
                code: code.map(str::to_owned),
                ..Totals::default()
            }))
        };
        let finished = "<action>10</action>";
        for (items, code) in [
            (&[][..], None),
            (&[("auth_action_code_final", "500")], Some("500")),
            (
                &[("auth_action_code_final", "000"), ("reconcile_info", "504")],
                Some("504"),
            ),
            (
                &[("reconcile_info", "by 07:00"), ("debits_number", "3")],
                None,
            ),
            (&[("debits_number", "3"), ("debits_amount", "-1")], None),
        ] {
            assert_eq!(told(response(finished, items), &reference()), done(code));
        }
        let fault = told(Err(CallError::Fault(503)), &reference());
        assert_eq!(fault, done(Some("503")));
    }

    #[test]
    fn everything_else_is_no_answer() {
        let other = Reference("a2".to_owned());
        for answer in [
            told(response("<action>10</action>", &ALL), &other),
            told(response("<action>4</action>", &ALL), &reference()),
            told(response("<action>5</action>", &ALL), &reference()),
            told(
                Err(CallError::Unreadable("HTTP 500: x".to_owned())),
                &reference(),
            ),
            found(response("<status>new</status>", &ALL), &reference()),
        ] {
            assert!(
                matches!(answer, Err(AskError::Unavailable(_))),
                "{answer:?}"
            );
        }
        let refused = told(Err(CallError::Fault(120)), &reference());
        assert!(matches!(refused, Err(AskError::Refused(_))));
    }
}
