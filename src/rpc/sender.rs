//! Who sends a request?

use std::fmt;
use std::sync::Arc;

use crate::caller::{Arrival, Partner};
use crate::domain::source::Source;

/// Who sends a request.
#[derive(Debug, Clone)]
pub enum Sender {
    /// A partner, with the right credentials.
    Partner(Arc<Partner>, Arrival),
    /// Somebody without credentials, who may call nothing but `rpc.discover`.
    Nobody(Source),
}

impl fmt::Display for Sender {
    /// For the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(partner, _) => partner.name.fmt(f),
            Self::Nobody(source) => source.key().fmt(f),
        }
    }
}
