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

/// Unused connections.
pub(super) struct ConnectionPool {
    /// How long one is kept; zero: not at all.
    age: Duration,
    /// The most recently used last.
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl ConnectionPool {
    pub(super) fn keeping(age: Duration) -> Self {
        Self {
            age,
            idle: Mutex::default(),
        }
    }

    /// Whether a connection serves more than one exchange.
    pub(super) fn keeps(&self) -> bool {
        !self.age.is_zero()
    }

    pub(super) fn take(&self) -> Option<Connection> {
        let mut idle = self.lock();
        while let Some((connection, since)) = idle.pop() {
            if since.elapsed() < self.age && connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection on which an exchange has just succeeded.
    pub(super) fn put_back(self: Arc<Self>, mut connection: Connection) {
        if !self.keeps() {
            return;
        }
        if connection.is_ready() {
            self.put(connection);
            return;
        }
        // The connection's task has yet to notice that the reply was read to its end, or that the server closes it.
        tokio::spawn(async move {
            if let Ok(Ok(())) = timeout(self.age, connection.sender.ready()).await {
                self.put(connection);
            }
        });
    }

    fn put(&self, connection: Connection) {
        let mut idle = self.lock();
        idle.retain(|(connection, since)| since.elapsed() < self.age && connection.is_ready());
        if idle.len() < IDLE_MAX {
            idle.push((connection, Instant::now()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
