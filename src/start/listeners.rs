//! Listening on the addresses of the settings.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::StartError;

/// Listens on an address; `key` is its setting, for the error.
pub async fn listen(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen {
            address,
            key,
            source,
        })
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
