//! How settings that are secrets are shown: that they are set, not what they are.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serializer;

/// In place of a secret.
const HIDDEN: &str = "(hidden)";

/// A secret; an empty one is shown to be empty.
pub(super) fn hidden<S: Serializer>(secret: &SecretString, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(match secret.expose_secret() {
        "" => "",
        _ => HIDDEN,
    })
}

/// The same of one that may be absent.
pub(super) fn hidden_if_set<S: Serializer>(
    secret: &Option<SecretString>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => hidden(secret, out),
        None => out.serialize_none(),
    }
}

/// An address without its password.
pub(super) fn hidden_in_address<S: Serializer>(
    address: &SecretString,
    out: S,
) -> Result<S::Ok, S::Error> {
    out.serialize_str(&without_password(address.expose_secret()))
}

/// `postgres://user:(hidden)@host/name?password=(hidden)`.
fn without_password(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_ends);
    let authority = match authority.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let path = match path.split_once('?') {
        Some((path, query)) => {
            let options = query.split('&').map(|option| match option.split_once('=') {
                Some((name @ ("password" | "sslpassword"), _)) => format!("{name}={HIDDEN}"),
                Some(_) | None => option.to_owned(),
            });
            format!("{path}?{}", options.collect::<Vec<_>>().join("&"))
        }
        None => path.to_owned(),
    };
    format!("{scheme}{authority}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (address, shown) in [
            ("sqlite:aloqa-gateway.sqlite", "sqlite:aloqa-gateway.sqlite"),
            (
                "sqlite://data/a.sqlite?mode=ro",
                "sqlite://data/a.sqlite?mode=ro",
            ),
            ("postgres://aloqa@db/aloqa", "postgres://aloqa@db/aloqa"),
            (
                "postgres://aloqa:S3c@ret@db:5432/aloqa?sslmode=verify-full",
                "postgres://aloqa:(hidden)@db:5432/aloqa?sslmode=verify-full",
            ),
            (
                "postgres://db/aloqa?user=a&password=S3cret&sslmode=require",
                "postgres://db/aloqa?user=a&password=(hidden)&sslmode=require",
            ),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
