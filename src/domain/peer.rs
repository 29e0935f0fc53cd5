//! The other end of a connection, as far as that tells who it is.

use super::fingerprint::Fingerprint;
use super::source::Source;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    pub source: Source,
    /// The certificate that was shown, and that a trusted authority has signed.
    pub certificate: Option<Fingerprint>,
}
