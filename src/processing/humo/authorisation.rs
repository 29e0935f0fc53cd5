//! Was a payment authorised? A transfer has two authorisations, the debit's and the credit's, and the second may be refused
//! after the first was given (docs/networks.md#paymentserver).

use super::soap::Element;
use crate::processing::lenient::is_code;

/// An authorisation that was refused although the payment is said to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) code: i64,
    pub(super) of: Authorisation,
}

/// Which of them it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Authorisation {
    Debit,
    /// The recipient's, of a transfer.
    Credit,
}

impl Denied {
    /// Why the response about such a payment is not believed.
    pub(super) fn contradiction(self) -> &'static str {
        match self.of {
            Authorisation::Debit => "the response and its final action code contradict each other",
            Authorisation::Credit => {
                "the response and the action code of its credit contradict each other"
            }
        }
    }
}

/// The authorisation that was refused, as far as the details say; approved is 000.
///
/// # Errors
/// An action code cannot be read. The text says which.
pub(super) fn denied(response: &Element) -> Result<Option<Denied>, &'static str> {
    if let Some(code) = refused(response, &["auth_action_code_final"])
        .ok_or("the final action code cannot be read")?
    {
        let of = Authorisation::Debit;
        return Ok(Some(Denied { code, of }));
    }
    // That the credit has a final code too is in no source; where there is one, it is the last word.
    let names = ["auth_action_code_final2", "auth_action_code2"];
    let code = refused(response, &names).ok_or("the action code of the credit cannot be read")?;
    let of = Authorisation::Credit;
    Ok(code.map(|code| Denied { code, of }))
}

/// The code under the first of these names that says something, where it refuses; `None` where it cannot be read.
fn refused(response: &Element, names: &[&str]) -> Option<Option<i64>> {
    let details = response.details();
    let mut codes = names.iter().filter_map(|name| details.get(name));
    match codes.find(|code| !code.is_empty()) {
        None => Some(None),
        Some(code) => {
            let code = code.parse().ok().filter(|code| is_code(*code))?;
            Some(Some(code).filter(|code| *code != 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::soap;
    use super::*;

    fn read(items: &[(&str, &str)]) -> Result<Option<Denied>, &'static str> {
        let items: String = items
            .iter()
            .map(|(name, value)| soap::item(name, value))
            .collect();
        denied(&soap::parse(format!("<R><details>{items}</details></R>").as_bytes()).unwrap())
    }

    #[test]
    fn either_authorisation_may_be_refused() {
        use Authorisation::{Credit, Debit};
        const FIRST: &str = "auth_action_code_final";
        const SECOND: &str = "auth_action_code2";
        const LAST: &str = "auth_action_code_final2";
        type Row<'a> = (&'a [(&'a str, &'a str)], Option<(i64, Authorisation)>);
        #[rustfmt::skip] // A row a response.
        let table: [Row<'_>; 11] = [
            (&[], None),
            (&[(FIRST, "000")], None),
            (&[(FIRST, ""), (SECOND, ""), (LAST, "")], None),
            (&[(FIRST, "000"), (SECOND, "000")], None),
            (&[(FIRST, "116"), (SECOND, "000")], Some((116, Debit))),
            (&[(FIRST, "000"), (SECOND, "104")], Some((104, Credit))),
            (&[(SECOND, "104")], Some((104, Credit))),
            (&[(FIRST, "000"), (SECOND, "000"), (LAST, "104")], Some((104, Credit))),
            (&[(FIRST, "000"), (SECOND, "104"), (LAST, "000")], None),
            (&[(FIRST, "000"), (SECOND, "104"), (LAST, "")], Some((104, Credit))),
            (&[(FIRST, "116"), (SECOND, "x")], Some((116, Debit))),
        ];
        for (items, expected) in table {
            let expected = expected.map(|(code, of)| Denied { code, of });
            assert_eq!(read(items), Ok(expected), "{items:?}");
        }
        for unreadable in ["x", "1000000", "0.5"] {
            for name in [FIRST, SECOND, LAST] {
                assert!(read(&[(name, unreadable)]).is_err(), "{name} {unreadable}");
            }
        }
    }
}
