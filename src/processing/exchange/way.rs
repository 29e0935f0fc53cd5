//! The way to a server: TLS, a proxy, an address of ours.

use std::fmt;
use std::time::Duration;

use super::error::SetupError;
use super::target::Target;
use crate::config::{PeerTls, Route};

/// The settings of the way to an address.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Is for `https://`.
    pub tls: &'a PeerTls,
    pub route: &'a Route,
    /// For a connection, with everything that it needs before the request can leave.
    pub connect_timeout: Duration,
    /// For a whole exchange, connecting included.
    pub total_timeout: Duration,
}

impl<'a> Way<'a> {
    /// With time-outs in milliseconds.
    #[must_use]
    pub fn of(tls: &'a PeerTls, route: &'a Route, connect_ms: u64, total_ms: u64) -> Self {
        Self {
            tls,
            route,
            connect_timeout: Duration::from_millis(connect_ms),
            total_timeout: Duration::from_millis(total_ms),
        }
    }
}

/// A way in words, for whoever starts the gateway.
#[derive(Debug)]
pub struct ToldWay<'a> {
    target: Target,
    tls: &'a PeerTls,
    route: &'a Route,
}

impl<'a> ToldWay<'a> {
    /// The way to this URL.
    ///
    /// # Errors
    /// It is no URL of HTTP.
    pub fn new(url: &str, tls: &'a PeerTls, route: &'a Route) -> Result<Self, SetupError> {
        Ok(Self {
            target: Target::parse(url)?,
            tls,
            route,
        })
    }
}

impl fmt::Display for ToldWay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.target.place())?;
        match &self.route.proxy {
            Some(proxy) => write!(f, "through the proxy {proxy}")?,
            None => f.write_str("direct")?,
        }
        if let Some(source) = self.route.source_address {
            write!(f, " from {source}")?;
        }
        if !self.target.https {
            return f.write_str(", without TLS");
        }
        let name = self.tls.server_name.as_ref().unwrap_or(&self.target.host);
        write!(f, ", TLS name {name}")?;
        match &self.tls.ca_file {
            Some(file) => write!(f, " by {}", file.display())?,
            None => f.write_str(" by the system's roots")?,
        }
        match self.tls.client_cert {
            Some(_) => f.write_str(", shows a certificate"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProxyAddress;

    #[test]
    fn a_way_is_told_in_full() {
        let direct = (PeerTls::default(), Route::default());
        let far = (
            PeerTls {
                ca_file: Some("/etc/aloqa/ca.pem".into()),
                client_cert: Some("/etc/aloqa/client.pem".into()),
                client_key: Some("/etc/aloqa/client.key".into()),
                server_name: Some("svgate.uz".to_owned()),
            },
            Route {
                proxy: ProxyAddress::parse("socks5://[fd00::1]:1080"),
                proxy_user: Some("aloqa".to_owned()),
                proxy_password: Some("S3cret".into()),
                source_address: Some("10.9.8.7".parse().unwrap()),
                ..Route::default()
            },
        );
        for (url, (tls, route), told) in [
            (
                "http://10.0.0.1/api/jsonrpc",
                &direct,
                "10.0.0.1:80, direct, without TLS",
            ),
            (
                "https://humo.uz:11210/",
                &direct,
                "humo.uz:11210, direct, TLS name humo.uz by the system's roots",
            ),
            (
                "https://[fd00::2]/",
                &far,
                "[fd00::2]:443, through the proxy socks5://[fd00::1]:1080 from 10.9.8.7, TLS name svgate.uz by \
                 /etc/aloqa/ca.pem, shows a certificate",
            ),
        ] {
            let way = ToldWay::new(url, tls, route).unwrap();
            assert_eq!(way.to_string(), told);
        }
    }
}
