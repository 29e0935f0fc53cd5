//! Whether PostgreSQL can be somebody else: on another machine only a certificate with its name tells.

use std::net::IpAddr;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use secrecy::ExposeSecret as _;

use super::errors::OpenError;
use crate::config;

/// Whether PostgreSQL is on another machine and is not asked for a certificate with its name. What the URL leaves open, the
/// variables of PostgreSQL's own clients say (`PGHOST`, `PGSSLMODE`).
///
/// # Errors
/// [`OpenError::Url`].
pub fn is_unverified(settings: &config::Database) -> Result<bool, OpenError> {
    let url = settings.url.expose_secret();
    if url.starts_with("sqlite:") {
        return Ok(false);
    }
    let server = parse(url)?;
    let host = server.get_host();
    let is_here = server.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback());
    let is_verified = matches!(server.get_ssl_mode(), PgSslMode::VerifyFull);
    Ok(!is_here && !is_verified)
}

/// What the URL says. Its own errors may repeat what they could not read, a password for example.
pub(super) fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    url.parse().map_err(|_| OpenError::Url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_another_machine_the_server_must_prove_its_name() {
        let asked = |url: &str| {
            is_unverified(&config::Database {
                url: url.into(),
                ..config::Database::default()
            })
        };
        for here in [
            "sqlite:some.sqlite",
            "postgres://localhost/gateway",
            "postgres://127.0.0.1/gateway?sslmode=disable",
            "postgres://[::1]/gateway",
            "postgres://gateway@localhost/gateway?host=/var/run/postgresql",
            "postgres://db.example/gateway?sslmode=verify-full",
        ] {
            assert!(!asked(here).unwrap(), "{here}");
        }
        for elsewhere in [
            "postgres://db.example/gateway",
            "postgres://10.0.0.1/gateway?sslmode=require",
            "postgres://db.example/gateway?sslmode=verify-ca",
            "postgres://localhost/gateway?host=db.example",
            "postgres://localhost.example/gateway",
        ] {
            assert!(asked(elsewhere).unwrap(), "{elsewhere}");
        }
        let said = asked("postgres://u:S3cret!@h/d?sslmode=S3cret!").unwrap_err();
        assert!(!format!("{said} {said:?}").contains("S3cret"), "{said}");
    }
}
