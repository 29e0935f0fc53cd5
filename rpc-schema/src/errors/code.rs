//! What does a code tell?

use std::fmt;

use super::catalogue::ErrorCode;
use super::family::Family;
use super::language::Lang;
use super::retry::Retry;

impl ErrorCode {
    /// The number on the wire.
    pub const fn code(self) -> i32 {
        self.entry().code
    }

    /// The stable name for `data.reason`, logs and metrics: `INSUFFICIENT_FUNDS`.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The message. That of [`ErrorCode::ValidationError`] is only the beginning: the gateway adds the field and what
    /// is wrong with it.
    pub const fn message(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Uz => self.entry().uz,
            Lang::Ru => self.entry().ru,
            Lang::En => self.entry().en,
        }
    }

    /// When it is returned and what the partner should do, in one line of Markdown: the doc comment of the variant.
    pub const fn meaning(self) -> &'static str {
        self.entry().meaning.trim_ascii()
    }

    /// Whether a repeat of the same call can help.
    pub const fn retry(self) -> Retry {
        self.entry().retry
    }

    /// The document that the code comes from.
    pub const fn family(self) -> Family {
        // The attachment document numbers its errors upwards from zero, the other one downwards.
        if self.code() > 0 {
            Family::Attach
        } else {
            Family::Gateway
        }
    }

    /// The error that has this number on the wire, if there is one.
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| error.code() == code)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.code())
    }
}
