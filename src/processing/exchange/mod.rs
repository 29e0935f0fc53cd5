//! HTTP exchanges of which it is always known whether a byte of the request can have left. Money depends on that.
//!
//! A general HTTP client repeats a request by itself when a kept connection turns out to be closed. For a call that
//! moves money that is one repeat too many (docs/contract.md#three-outcomes). So this client uses hyper's connections
//! directly. It follows no redirects either.

mod abrupt;
mod authorization;
mod connection_pool;
mod direct;
mod endpoint;
mod error;
mod gzip;
mod probe;
mod proxy;
mod socket;
mod target;
#[cfg(test)]
mod test_server;
mod tls;
mod trust;
mod way;

pub use authorization::{basic, bearer};
pub use direct::{Direct, DirectFailure, DirectReply, Receiver};
pub use endpoint::{Endpoint, Login, Reply};
pub use error::{Failure, SetupError};
pub use probe::{Distrust, Question, Seen, SeenReply, SeenTls};
pub use way::{ToldWay, Way};
