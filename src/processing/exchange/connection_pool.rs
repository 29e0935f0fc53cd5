//! The open connections to a server that no exchange uses at the moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::time::{Instant, timeout};

use super::socket::CutOff;

/// How many unused connections are kept.
const IDLE_MAX: usize = 32;
/// How long an unused connection is kept. Common servers close theirs after five seconds. A request that crosses such a
/// closing on the wire has an unknown outcome although nobody has read it, so ours must go first.
const IDLE_AGE: Duration = Duration::from_secs(4);

/// A connection, and whether it is to be cut off instead of closed: what was written and not sent yet is then thrown away.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) cut_off: CutOff,
}

impl Connection {
    fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }
}

/// Unused connections, the most recently used last.
#[derive(Default)]
pub(super) struct ConnectionPool(Mutex<Vec<(Connection, Instant)>>);

impl ConnectionPool {
    pub(super) fn take(&self) -> Option<Connection> {
        let mut idle = self.lock();
        while let Some((connection, since)) = idle.pop() {
            if since.elapsed() < IDLE_AGE && connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection on which an exchange has just succeeded.
    pub(super) fn put_back(self: Arc<Self>, mut connection: Connection) {
        if connection.is_ready() {
            self.put(connection);
            return;
        }
        // The connection's task has yet to notice that the reply was read to its end, or that the server closes it.
        tokio::spawn(async move {
            if let Ok(Ok(())) = timeout(IDLE_AGE, connection.sender.ready()).await {
                self.put(connection);
            }
        });
    }

    fn put(&self, connection: Connection) {
        let mut idle = self.lock();
        idle.retain(|(connection, since)| since.elapsed() < IDLE_AGE && connection.is_ready());
        if idle.len() < IDLE_MAX {
            idle.push((connection, Instant::now()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
