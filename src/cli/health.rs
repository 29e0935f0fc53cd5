//! `aloqa-gateway health`: whether the gateway of these settings may be sent calls. For containers, which have no curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

use super::Failure;
use super::exit::Exit;
use super::output;
use crate::config::Config;

const EXAMPLES: &str = "Examples:
  aloqa-gateway health                    asks /health/ready at server.ops_listen
  aloqa-gateway health --live             only whether the process answers

Exit status: 0 it is, 1 it is not, or nobody answers there.";

/// The longest that it may take to connect, and to answer.
const LIMIT: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Health {
    /// Ask only whether the process answers, not whether it is ready.
    #[arg(long)]
    live: bool,
}

pub(super) fn run(config: &Config, asked: &Health) -> Result<Exit, Failure> {
    let address = reachable(config.server.ops_listen);
    let path = match asked.live {
        true => "/health/live",
        false => "/health/ready",
    };
    let reply = ask(address, path).map_err(|error| {
        let told = format!(
            "the operations listener {address} (server.ops_listen) does not answer: {error}"
        );
        Failure::new(Exit::OutOfReach, told)
    })?;
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((&reply, ""));
    output::out().write_all(body.as_bytes())?;
    Ok(match head.split(' ').nth(1) {
        Some("200") => Exit::Done,
        Some(_) | None => Exit::Look,
    })
}

pub(super) fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut reply = String::new();
    stream.take(64 * 1_024).read_to_string(&mut reply)?;
    Ok(reply)
}

/// The same machine, where it listens at all of its addresses.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}
