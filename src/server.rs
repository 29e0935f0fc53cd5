//! The HTTP server in front of the methods: connections, time-outs, size limits, and what HTTP itself refuses.

mod body;
mod browser;
mod call;
mod connection;
mod content;
mod endpoint;
mod handing_over;
mod reference;
mod refusal;
mod request_ids;
mod respond;
mod source;
mod tls;

pub use self::connection::serve;
pub use self::endpoint::{Endpoint, HttpLimits};
pub use self::tls::{Certificates, TlsError, TlsFiles};
