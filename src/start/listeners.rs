//! Listening on the addresses of the settings.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use super::StartError;

/// Listens on an address; `key` is its setting, for the error.
pub async fn listen(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    bind(address).map_err(|source| StartError::Listen {
        address,
        key,
        source,
    })
}

/// Connections that wait to be accepted, as far as the system allows: all callers may come back at once.
const BACKLOG: u32 = 4_096;

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The address of a listener, with the port that the system chose.
pub(super) fn bound(listener: &TcpListener, key: &'static str) -> Result<SocketAddr, StartError> {
    // Without an address to name, the error names any.
    let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
    listener.local_addr().map_err(|source| StartError::Listen {
        address: unknown,
        key,
        source,
    })
}
