//! The header `app-name`: which application of a partner calls.

use rpc_schema::values::is_card_like;

/// Registered for a partner, it stands for every application.
pub const ANY: &str = "*";

/// `<application>-<dev|staging|prod>`, for example `Kundalik-dev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppName {
    full: String,
    application_length: usize,
}

impl AppName {
    /// `None` for anything malformed: such a header counts as absent (docs/contract.md#language-and-application).
    pub fn parse(header: &str) -> Option<Self> {
        let (application, stage) = header.rsplit_once('-')?;
        let well_formed =
            Self::is_application(application) && matches!(stage, "dev" | "staging" | "prod");
        well_formed.then(|| Self {
            full: header.to_owned(),
            application_length: application.len(),
        })
    }

    /// Whether an application can have this name.
    pub fn is_application(name: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._- ".contains(c);
        (1..=40).contains(&name.len()) && name.chars().all(plain) && !holds_card_number(name)
    }

    /// As sent; kept with the transaction.
    pub fn as_str(&self) -> &str {
        &self.full
    }

    /// The application alone; names the sender in an SMS.
    pub fn application(&self) -> &str {
        self.full.get(..self.application_length).unwrap_or_default()
    }
}

/// Whether a part of it could be the number of a card, which is kept nowhere as it is.
fn holds_card_number(application: &str) -> bool {
    let others = |c: char| !c.is_ascii_digit() && !" -".contains(c);
    application.split(others).any(is_card_like)
}

#[cfg(test)]
mod tests {
    use super::AppName;

    #[test]
    fn names_an_application_and_a_stage() {
        let application =
            |header: &str| AppName::parse(header).map(|name| name.application().to_owned());
        assert_eq!(application("Kundalik-dev"), Some("Kundalik".to_owned()));
        assert_eq!(application("My-Shop-prod"), Some("My-Shop".to_owned()));
        for numbered in ["Shop 24", "998901234567", "Shop-1732689600000"] {
            let name = application(&format!("{numbered}-prod"));
            assert_eq!(name.as_deref(), Some(numbered));
        }
        for malformed in [
            "",
            "Kundalik",
            "Kundalik-",
            "-dev",
            "Kundalik-test",
            "Kun\ndalik-dev",
            "Kundalik-DEV",
            "8600010132441332-dev",
            "Shop 8600 0101 3244 1332-prod",
            "Shop.4111-1111-1111-1111-prod",
        ] {
            assert_eq!(application(malformed), None, "{malformed:?}");
        }
    }
}
