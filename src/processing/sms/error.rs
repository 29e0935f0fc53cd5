//! Why a message may not have been sent.

use crate::processing::exchange::Failure;
use crate::processing::login::LoginError;

/// Why a message may not have been sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// The provider refused to send the message.
    #[error("the SMS provider refused: {0}")]
    Refused(String),
    /// Provably, the message did not reach the provider.
    #[error("the SMS provider cannot be reached: {0}")]
    NotSent(String),
    /// The message may have been sent.
    #[error("the SMS provider did not answer: {0}")]
    NoAnswer(String),
}

impl From<Failure> for SmsError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(cause) => Self::NotSent(cause),
            Failure::NoAnswer(cause) => Self::NoAnswer(cause),
            failure @ Failure::TooLong(_) => Self::NoAnswer(failure.to_string()),
        }
    }
}

/// Whatever goes wrong with a login, the message has not left.
impl From<LoginError> for SmsError {
    fn from(error: LoginError) -> Self {
        let cause = error.to_string();
        match error {
            LoginError::NotSent(_) | LoginError::NoAnswer(_) => Self::NotSent(cause),
            LoginError::Refused(_) => Self::Refused(cause),
        }
    }
}
