//! A proxy of the test's own that opens connections: CONNECT of HTTP, or SOCKS5.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// CONNECT of HTTP.
    Connect,
    /// SOCKS5.
    Socks5,
}

/// What it does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Opens what is asked for.
    Opens,
    /// Refuses, with this HTTP status or reply of SOCKS5.
    Refuses(u16),
    /// Answers something that nobody can read.
    Babbles,
    /// Ends the connection in place of an answer.
    HangsUp,
    /// Keeps the connection and says nothing.
    IsSilent,
    /// Says that the connection stands, and goes on with a page of its own, as a filter does.
    ShowsPage,
    /// Says that the connection stands, and ends it once something comes. Nothing is passed on.
    Swallows,
    /// Passes on what comes, and ends the connection in place of the reply.
    LosesReply,
}

/// The proxy; it ends when dropped.
pub struct Tunnel {
    spoken: Spoken,
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: AbortHandle,
}

struct State {
    manner: Manner,
    login: Option<(String, String)>,
    /// The names that it knows.
    names: BTreeMap<String, SocketAddr>,
    asked: Vec<String>,
    sources: Vec<IpAddr>,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Tunnel {
    /// Listens, and opens what is asked for.
    pub async fn start(spoken: Spoken) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            manner: Manner::Opens,
            login: None,
            names: BTreeMap::new(),
            asked: Vec::new(),
            sources: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                shared.lock().unwrap().sources.push(peer.ip());
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Whoever gave up breaks its connection.
                    let _ = match spoken {
                        Spoken::Connect => serve_connect(stream, &shared).await,
                        Spoken::Socks5 => serve_socks5(stream, &shared).await,
                    };
                });
            }
        });
        Self {
            spoken,
            address,
            state,
            accepting: accepting.abort_handle(),
        }
    }

    /// The setting `proxy` by which it is used.
    pub fn url(&self) -> String {
        let scheme = match self.spoken {
            Spoken::Connect => "http",
            Spoken::Socks5 => "socks5",
        };
        format!("{scheme}://{}", self.address)
    }

    /// What it does with connections from now on.
    pub fn behaves(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    /// From now on only these may use it.
    pub fn asks_for(&self, user: &str, password: &str) {
        let login = (user.to_owned(), password.to_owned());
        self.state.lock().unwrap().login = Some(login);
    }

    /// A name that it knows, and nobody else.
    pub fn knows(&self, name: &str, address: SocketAddr) {
        let mut state = self.state.lock().unwrap();
        state.names.insert(name.to_owned(), address);
    }

    /// What it was asked to connect with since the last time, as `HOST:PORT`.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    /// From where it was called since the last time.
    pub fn sources(&self) -> Vec<IpAddr> {
        std::mem::take(&mut self.state.lock().unwrap().sources)
    }
}

/// Notes what is asked for, and says what is to be done.
fn judge(state: &Mutex<State>, host: &str, port: u16) -> (Manner, Option<SocketAddr>) {
    let mut state = state.lock().unwrap();
    state.asked.push(format!("{host}:{port}"));
    let known = state.names.get(host).copied();
    let address = known.or_else(|| Some(SocketAddr::new(host.parse().ok()?, port)));
    (state.manner, address)
}

async fn serve_connect(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let place = head.split(' ').nth(1).unwrap();
    assert!(
        head.starts_with(&format!("CONNECT {place} HTTP/1.1\r\n")),
        "{head}"
    );
    assert!(
        head.to_lowercase().contains(&format!("host: {place}\r\n")),
        "{head}"
    );
    let (host, port) = place.rsplit_once(':').unwrap();
    let login = state.lock().unwrap().login.clone();
    let said = head
        .lines()
        .find_map(|line| line.strip_prefix("proxy-authorization: "));
    let expected = login.map(|(user, password)| {
        let both = STANDARD.encode(format!("{user}:{password}"));
        format!("Basic {both}")
    });
    let (manner, address) = judge(state, host, port.parse().unwrap());
    if said != expected.as_deref() {
        let refused = b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
        return stream.write_all(refused).await;
    }
    match manner {
        Manner::Refuses(status) => {
            let refused = format!("HTTP/1.1 {status} No\r\ncontent-length: 4\r\n\r\nOops");
            return stream.write_all(refused.as_bytes()).await;
        }
        Manner::Babbles => return stream.write_all(b"220 mail.bank.uz ESMTP\r\n\r\n").await,
        Manner::HangsUp => return Ok(()),
        Manner::IsSilent => return wait_for_end(stream).await,
        Manner::ShowsPage => {
            let page = b"HTTP/1.1 200 OK\r\nvia: filter\r\n\r\n<html>This page is blocked</html>";
            stream.write_all(page).await?;
            return wait_for_end(stream).await;
        }
        Manner::Opens | Manner::Swallows | Manner::LosesReply => {}
    }
    let upstream = match address {
        Some(address) => TcpStream::connect(address).await.ok(),
        None => None,
    };
    let Some(upstream) = upstream else {
        return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    };
    // Many proxies are older than HTTP/1.1.
    let version = state.lock().unwrap().asked.len() % 2;
    let opened = format!("HTTP/1.{version} 200 Connection established\r\nvia: 1.1 tunnel\r\n\r\n");
    stream.write_all(opened.as_bytes()).await?;
    pass(stream, upstream, manner).await
}

async fn serve_socks5(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    assert_eq!(stream.read_u8().await?, 5);
    let mut methods = vec![0; usize::from(stream.read_u8().await?)];
    stream.read_exact(&mut methods).await?;
    let (login, manner) = {
        let state = state.lock().unwrap();
        (state.login.clone(), state.manner)
    };
    match manner {
        Manner::Babbles => return stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        Manner::HangsUp => return Ok(()),
        Manner::IsSilent => return wait_for_end(stream).await,
        Manner::Opens
        | Manner::Refuses(_)
        | Manner::ShowsPage
        | Manner::Swallows
        | Manner::LosesReply => {}
    }
    let wanted = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&wanted) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, wanted]).await?;
    if let Some((user, password)) = login {
        assert_eq!(stream.read_u8().await?, 1);
        let said = [read_text(&mut stream).await?, read_text(&mut stream).await?];
        let is_right = said == [user, password];
        stream.write_all(&[1, u8::from(!is_right)]).await?;
        if !is_right {
            return Ok(());
        }
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    assert_eq!(head[..3], [5, 1, 0]);
    let host = match head[3] {
        1 => {
            let mut octets = [0; 4];
            stream.read_exact(&mut octets).await?;
            IpAddr::from(octets).to_string()
        }
        3 => read_text(&mut stream).await?,
        kind => panic!("an address of kind {kind}"),
    };
    let port = stream.read_u16().await?;
    let (manner, address) = judge(state, &host, port);
    let reply = |code: u8| [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
    if let Manner::Refuses(code) = manner {
        return stream.write_all(&reply(u8::try_from(code).unwrap())).await;
    }
    let upstream = match address {
        Some(address) => TcpStream::connect(address).await.ok(),
        None => None,
    };
    let Some(upstream) = upstream else {
        return stream.write_all(&reply(4)).await;
    };
    stream.write_all(&reply(0)).await?;
    pass(stream, upstream, manner).await
}

async fn read_text(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = vec![0; usize::from(stream.read_u8().await?)];
    stream.read_exact(&mut text).await?;
    Ok(String::from_utf8(text).unwrap())
}

/// Passes on what comes from either side, or what is left of it.
async fn pass(mut stream: TcpStream, mut upstream: TcpStream, manner: Manner) -> io::Result<()> {
    match manner {
        Manner::Swallows => {
            stream.read_buf(&mut Vec::with_capacity(64 * 1024)).await?;
            Ok(())
        }
        Manner::LosesReply => {
            let (mut from, mut to) = upstream.split();
            let passed = async { tokio::io::copy(&mut stream, &mut to).await };
            tokio::select! {
                _ = passed => {}
                _ = from.read_u8() => {}
            }
            Ok(())
        }
        Manner::Opens
        | Manner::Refuses(_)
        | Manner::Babbles
        | Manner::HangsUp
        | Manner::IsSilent
        | Manner::ShowsPage => {
            copy_bidirectional(&mut stream, &mut upstream).await?;
            Ok(())
        }
    }
}

async fn wait_for_end(mut stream: TcpStream) -> io::Result<()> {
    while stream.read_buf(&mut Vec::with_capacity(1_024)).await? > 0 {}
    Ok(())
}
