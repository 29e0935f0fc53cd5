//! Where an exchange goes, read from a URL.

use hyper::Uri;
use hyper::header::HeaderValue;

use super::error::SetupError;

/// A server, and a path at it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) https: bool,
    /// Name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// For the header `Host`.
    pub(super) authority: HeaderValue,
    /// Path and query.
    pub(super) path: Uri,
}

impl Target {
    /// # Errors
    /// It is not an HTTP URL, or has a user in it.
    pub(super) fn parse(url: &str) -> Result<Self, SetupError> {
        let uri: Uri = url.parse().map_err(|_| SetupError::Url)?;
        let authority = uri.authority().ok_or(SetupError::Url)?.as_str();
        if authority.contains('@') {
            return Err(SetupError::Url);
        }
        // Only in a URL is an IPv6 address written in brackets.
        let host = uri
            .host()
            .ok_or(SetupError::Url)?
            .trim_matches(['[', ']'])
            .to_owned();
        let (https, default_port) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(SetupError::Url),
        };
        let path = uri
            .path_and_query()
            .map_or(Ok(Uri::from_static("/")), |path| path.as_str().parse());
        Ok(Self {
            https,
            host,
            port: uri.port_u16().unwrap_or(default_port),
            authority: HeaderValue::from_str(authority).map_err(|_| SetupError::Url)?,
            path: path.map_err(|_| SetupError::Url)?,
        })
    }

    /// `HOST:PORT`, with the port always.
    pub(super) fn place(&self) -> String {
        let (host, port) = (&self.host, self.port);
        match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }
}
