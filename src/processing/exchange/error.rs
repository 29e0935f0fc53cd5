//! How an exchange, or the set-up of an endpoint, can fail.

use std::path::PathBuf;

use crate::domain::inquiry::{AskError, Silence, Unanswered};

/// Why there is no reply. The texts are for the log; they hold neither card data nor credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Not one byte of the request was written to a connection.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request may have arrived.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The reply is longer than the limit, so it was not read to its end.
    #[error("no answer: the reply is longer than {0} bytes")]
    TooLong(usize),
}

impl From<Failure> for AskError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::NotSent(_) => Silence::NotReached,
            Failure::NoAnswer(_) => Silence::NoAnswer,
            Failure::TooLong(_) => Silence::Unreadable,
        };
        let cause = failure.to_string();
        Self::Unavailable(Unanswered { kind, cause })
    }
}

/// Why an address or its credentials cannot be used. Found when the gateway starts.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("an address must be an http:// or https:// URL without a user name")]
    Url,
    #[error("the system's root certificates cannot be read: {0}")]
    Roots(String),
    #[error("{0} cannot be read as PEM")]
    Pem(PathBuf),
    #[error("server_name, or the URL's host, must be a host's name or an address")]
    Name,
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    #[error("a password or token has a character that no HTTP header can carry")]
    Credentials,
    #[error("a key that signs receipts must be RSA, or ECDSA of P-256")]
    SigningKey,
    #[error("{key} is not the key of the certificate in {certificate}", key = .key.display(), certificate = .certificate.display())]
    KeyOfAnother { key: PathBuf, certificate: PathBuf },
    #[error("a text of humo.soap_actions has a character that no HTTP header can carry")]
    SoapAction,
}
