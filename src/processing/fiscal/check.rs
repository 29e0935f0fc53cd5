//! The check of a registered receipt: its address, what that tells, and what a refund must repeat.

use hyper::Uri;
use serde_json::json;

use super::operator::{Registered, is_http_url};

/// Where holders look at a receipt.
const ADDRESS: &str = "https://ofd.soliq.uz/check";
/// The digits of a moment, `yyyyMMddHHmmss`.
const MOMENT_DIGITS: usize = 14;

/// A receipt as the operator calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check<'a> {
    pub(super) terminal: &'a str,
    pub(super) number: i64,
    pub(super) date_time: &'a str,
    pub(super) fiscal_sign: &'a str,
}

impl Check<'_> {
    /// The address of the national page.
    pub(super) fn url(&self) -> String {
        let Self {
            terminal,
            number,
            date_time,
            fiscal_sign,
        } = self;
        format!("{ADDRESS}?t={terminal}&r={number}&c={date_time}&s={fiscal_sign}")
    }

    /// What a refund must repeat.
    pub(super) fn mark(&self) -> String {
        let mark = json!({
            "terminalId": self.terminal, "number": self.number, "dateTime": self.date_time, "fiscalSign": self.fiscal_sign,
        });
        mark.to_string()
    }
}

/// Why an address does not show a receipt's check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    #[error(
        "the address of the check must be one of http or https, of at most 2048 printable characters"
    )]
    NoAddress,
    #[error(
        "the address of the check does not tell {0}. The whole one ends with ?t=TERMINAL&r=NUMBER&c=MOMENT&s=SIGN (the moment \
         in 14 digits), which a refund must repeat: ask the operator of fiscal data for it"
    )]
    Lacks(&'static str),
    #[error(
        "that is the check of receipt {number} of {terminal}, and this receipt is {our_number} of {our_terminal}"
    )]
    OfAnother {
        terminal: String,
        number: i64,
        our_terminal: String,
        our_number: i64,
    },
}

/// What is registered, where the address of the check of this terminal's receipt with this number is all that is known of it.
///
/// # Errors
/// It is no such address, or that of another receipt.
pub fn registered_at(url: &str, terminal: &str, number: i64) -> Result<Registered, CheckError> {
    if !is_http_url(url) {
        return Err(CheckError::NoAddress);
    }
    let uri: Uri = url.parse().map_err(|_| CheckError::NoAddress)?;
    let told = uri.query().unwrap_or_default();
    let told = |name: &str| {
        let pairs = told.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter_map(|(key, value)| (key == name).then_some(value));
        values.next()
    };
    let digits =
        |value: &&str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let letters =
        |value: &&str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let lacks = CheckError::Lacks;
    let check = Check {
        terminal: told("t").filter(letters).ok_or(lacks("t, the terminal"))?,
        number: told("r")
            .filter(digits)
            .and_then(|number| number.parse().ok())
            .ok_or(lacks("r, the number"))?,
        date_time: told("c")
            .filter(digits)
            .filter(|moment| moment.len() == MOMENT_DIGITS)
            .ok_or(lacks("c, the moment"))?,
        fiscal_sign: told("s")
            .filter(digits)
            .ok_or(lacks("s, the fiscal sign"))?,
    };
    if (check.terminal, check.number) != (terminal, number) {
        return Err(CheckError::OfAnother {
            terminal: check.terminal.to_owned(),
            number: check.number,
            our_terminal: terminal.to_owned(),
            our_number: number,
        });
    }
    Ok(Registered {
        url: url.to_owned(),
        mark: Some(check.mark()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_check_tells_what_its_registration_would_have_told() {
        let check = Check {
            terminal: "UZ1",
            number: 105,
            date_time: "20261121120000",
            fiscal_sign: "000000000042",
        };
        for url in [
            check.url(),
            "http://check.example/?lang=uz&s=000000000042&c=20261121120000&r=105&t=UZ1#top"
                .to_owned(),
        ] {
            let expected = Registered {
                mark: Some(check.mark()),
                url: url.clone(),
            };
            assert_eq!(registered_at(&url, "UZ1", 105), Ok(expected));
        }
    }

    #[test]
    fn an_address_that_tells_less_or_of_another_receipt_is_refused() {
        let at =
            |query: &str| registered_at(&format!("https://ofd.soliq.uz/check{query}"), "UZ1", 7);
        for (query, lacking) in [
            ("", "t, the terminal"),
            ("?t=&r=7", "t, the terminal"),
            ("?t=UZ%31&r=7", "t, the terminal"),
            ("?t=UZ1", "r, the number"),
            ("?t=UZ1&r=+7", "r, the number"),
            ("?t=UZ1&r=99999999999999999999", "r, the number"),
            ("?t=UZ1&r=7&s=42", "c, the moment"),
            ("?t=UZ1&r=7&c=20261121&s=42", "c, the moment"),
            ("?t=UZ1&r=7&c=20261121120000", "s, the fiscal sign"),
            ("?t=UZ1&r=7&c=20261121120000&s=x", "s, the fiscal sign"),
        ] {
            assert_eq!(at(query), Err(CheckError::Lacks(lacking)), "{query}");
        }
        for (terminal, number) in [("UZ2", 7), ("UZ1", 8)] {
            let other = CheckError::OfAnother {
                terminal: terminal.to_owned(),
                number,
                our_terminal: "UZ1".to_owned(),
                our_number: 7,
            };
            let query = format!("?t={terminal}&r={number}&c=20261121120000&s=42");
            assert_eq!(at(&query), Err(other));
        }
        for url in ["", "ofd.soliq.uz/check?t=UZ1", "javascript:alert(1)"] {
            assert_eq!(registered_at(url, "UZ1", 7), Err(CheckError::NoAddress));
        }
    }
}
