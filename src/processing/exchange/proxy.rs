//! A proxy that opens connections to a server for us: CONNECT of HTTP, or SOCKS5.
//!
//! Everything here happens before a byte of a request can leave, so whatever goes wrong, nothing was sent. Once the
//! connection stands, the proxy is no more than a part of the wire: what breaks then is as unknown as on any other. So also
//! for `http://` the proxy is never handed a request: its own error could be taken for the network's answer.

use std::pin::pin;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_socks::tcp::Socks5Stream;

use super::authorization::basic;
use super::error::SetupError;
use super::socket::Socket;
use super::target::Target;
use crate::config::{ProxyAddress, ProxyKind, Route};
use crate::error_chain::ErrorChain;

/// A proxy, and what it asks for.
pub(super) struct Proxy {
    pub(super) address: ProxyAddress,
    login: Login,
}

enum Login {
    Connect(Option<HeaderValue>),
    Socks5(Option<(String, SecretString)>),
}

impl Proxy {
    /// The proxy of a route, if it has one.
    ///
    /// # Errors
    /// Its user or password cannot be sent.
    pub(super) fn of(route: &Route) -> Result<Option<Self>, SetupError> {
        let Some(address) = route.proxy.clone() else {
            return Ok(None);
        };
        let login = match (&route.proxy_user, &route.proxy_password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            // `Config::check` lets neither stand alone.
            (Some(_) | None, None) | (None, Some(_)) => None,
        };
        let login = match address.kind {
            ProxyKind::Http => Login::Connect(match login {
                Some((user, password)) => Some(basic(&user, &password)?),
                None => None,
            }),
            ProxyKind::Socks5 => Login::Socks5(login),
        };
        Ok(Some(Self { address, login }))
    }

    /// Has the proxy at the other end of this socket connect it with a server. The text of a failure is for the log.
    pub(super) async fn open(&self, socket: Socket, target: &Target) -> Result<Socket, String> {
        match &self.login {
            Login::Connect(authorization) => connect(socket, target, authorization.as_ref()).await,
            Login::Socks5(login) => socks5(socket, target, login.as_ref()).await,
        }
    }
}

async fn socks5(
    socket: Socket,
    target: &Target,
    login: Option<&(String, SecretString)>,
) -> Result<Socket, String> {
    let server = (target.host.as_str(), target.port);
    let opened = match login {
        Some((user, password)) => {
            let password = password.expose_secret();
            Socks5Stream::connect_with_password_and_socket(socket, server, user, password).await
        }
        None => Socks5Stream::connect_with_socket(socket, server).await,
    };
    opened
        .map(Socks5Stream::into_inner)
        .map_err(|error| error.to_string())
}

async fn connect(
    socket: Socket,
    target: &Target,
    authorization: Option<&HeaderValue>,
) -> Result<Socket, String> {
    let failed = |error: hyper::Error| ErrorChain(&error).to_string();
    let place = target.place();
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = Uri::try_from(&place).map_err(|error| error.to_string())?;
    let host = HeaderValue::from_str(&place).map_err(|error| error.to_string())?;
    request.headers_mut().insert(HOST, host);
    if let Some(authorization) = authorization {
        let value = authorization.clone();
        request.headers_mut().insert(PROXY_AUTHORIZATION, value);
    }
    let opened = http1::handshake(TokioIo::new(socket)).await;
    let (mut sender, connection) = opened.map_err(failed)?;
    let mut connection = pin!(connection.with_upgrades());
    let mut asked = pin!(async {
        let reply = sender.send_request(request).await.map_err(failed)?;
        let status = reply.status();
        match status.is_success() {
            true => hyper::upgrade::on(reply).await.map_err(failed),
            false => Err(format!("HTTP {}", status.as_u16())),
        }
    });
    // The connection ends with this function, which is dropped when its time is over.
    let upgraded: Upgraded = tokio::select! {
        upgraded = &mut asked => upgraded,
        _ = &mut connection => asked.await,
    }?;
    let parts = upgraded
        .downcast::<TokioIo<Socket>>()
        .map_err(|_| "the connection was lost".to_owned())?;
    // A network speaks when it is spoken to. What came so early is a page of the proxy's, and no connection stands.
    match parts.read_buf.is_empty() {
        true => Ok(parts.io.into_inner()),
        false => Err("its answer goes on where a connection should begin".to_owned()),
    }
}
