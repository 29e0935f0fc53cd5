//! The socket of a connection to a network: nothing that was written leaves after its time.
//!
//! A request that was given up is looked up, and its absence is a proof only if it can no longer come. The system would
//! send what it still holds for minutes, also after the connection was closed. So it gets as long as an exchange
//! (`TCP_USER_TIMEOUT`), and a connection on which an exchange did not end well is cut off: closed with a reset, which throws
//! away what has not left.

use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

/// Whether the connection is cut off when it is dropped.
#[derive(Debug, Clone, Default)]
pub(super) struct CutOff(Arc<AtomicBool>);

impl CutOff {
    pub(super) fn set(&self, cut_off: bool) {
        self.0.store(cut_off, Ordering::SeqCst);
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    cut_off: CutOff,
}

impl Socket {
    /// Connects, from this address of ours where one is named. What is written is sent at once, and given up when it was
    /// not taken for as long as `exchange`.
    pub(super) async fn connect(
        host: &str,
        port: u16,
        source: Option<IpAddr>,
        exchange: Duration,
    ) -> io::Result<Self> {
        let stream = match source {
            Some(source) => connect_from(source, host, port).await?,
            None => TcpStream::connect((host, port)).await?,
        };
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_user_timeout(Some(exchange))?;
        Ok(Self {
            stream,
            cut_off: CutOff::default(),
        })
    }

    pub(super) fn cut_off(&self) -> CutOff {
        self.cut_off.clone()
    }
}

/// The first of the host's addresses that takes a connection from this address of ours.
async fn connect_from(source: IpAddr, host: &str, port: u16) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(
        ErrorKind::AddrNotAvailable,
        "the host has no address of the kind of source_address (IPv4, IPv6)",
    );
    for address in lookup_host((host, port)).await? {
        if address.is_ipv4() != source.is_ipv4() {
            continue;
        }
        let socket = match source {
            IpAddr::V4(_) => TcpSocket::new_v4()?,
            IpAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.bind(SocketAddr::new(source, 0)).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("source_address is no address of this machine: {error}"),
            )
        })?;
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.cut_off.0.load(Ordering::SeqCst) {
            // If that fails, the time-out above is left.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_the_server_does_not_take_is_given_up_after_the_time_of_an_exchange() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let limit = Duration::from_millis(1_500);
        let socket = Socket::connect("127.0.0.1", port, None, limit)
            .await
            .unwrap();
        let set = SockRef::from(&socket.stream).tcp_user_timeout().unwrap();
        assert_eq!(set, Some(limit));
    }

    #[tokio::test]
    async fn a_connection_comes_from_the_address_that_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let limit = Duration::from_secs(5);
        let connect = |source: &str| {
            let source = source.parse().unwrap();
            Socket::connect("localhost", port, Some(source), limit)
        };
        let _socket = connect("127.0.0.7").await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer.ip().to_string(), "127.0.0.7");
        // Of a network that is set aside for documents, so nobody's.
        let error = connect("192.0.2.1").await.unwrap_err().to_string();
        assert!(
            error.starts_with("source_address is no address of this machine"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_connection_is_cut_off_or_closed_as_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for cut_off in [true, false] {
            let limit = Duration::from_secs(5);
            let mut socket = Socket::connect("127.0.0.1", port, None, limit)
                .await
                .unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            socket.write_all(b"x").await.unwrap();
            socket.cut_off().set(cut_off);
            drop(socket);
            let mut read = Vec::new();
            let ended = server.read_to_end(&mut read).await;
            match cut_off {
                true => assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset),
                false => assert_eq!(ended.unwrap(), 1),
            }
        }
    }
}
