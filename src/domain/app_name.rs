//! The header `app-name`: which application of a partner calls.

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
        (1..=40).contains(&name.len()) && name.chars().all(plain)
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

#[cfg(test)]
mod tests {
    use super::AppName;

    #[test]
    fn names_an_application_and_a_stage() {
        let application = |header| AppName::parse(header).map(|name| name.application().to_owned());
        assert_eq!(application("Kundalik-dev"), Some("Kundalik".to_owned()));
        assert_eq!(application("My-Shop-prod"), Some("My-Shop".to_owned()));
        for malformed in [
            "",
            "Kundalik",
            "Kundalik-",
            "-dev",
            "Kundalik-test",
            "Kun\ndalik-dev",
            "Kundalik-DEV",
        ] {
            assert_eq!(application(malformed), None, "{malformed:?}");
        }
    }
}
