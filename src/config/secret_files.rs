//! Secrets in files of their own, as systemd, Docker and Kubernetes hand them over: `uzcard.password_file` in place of
//! `uzcard.password`.

use std::fs;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::origins::Origins;
use super::{Config, ConfigError};

impl Config {
    /// Reads the files that secrets are in.
    ///
    /// # Errors
    /// A file cannot be read or is empty, or its secret is set beside it.
    pub(super) fn with_secret_files(mut self, origins: &Origins) -> Result<Self, ConfigError> {
        let (uzcard, humo, sms, fiscal) = (
            &mut self.uzcard,
            &mut self.humo,
            &mut self.sms,
            &mut self.fiscal,
        );
        for (key, file, secret) in [
            (
                "uzcard.password",
                &uzcard.password_file,
                &mut uzcard.password,
            ),
            ("humo.password", &humo.password_file, &mut humo.password),
            ("humo.token", &humo.token_file, &mut humo.token),
            (
                "humo.login.password",
                &humo.login.password_file,
                &mut humo.login.password,
            ),
            ("sms.password", &sms.password_file, &mut sms.password),
            (
                "fiscal.password",
                &fiscal.password_file,
                &mut fiscal.password,
            ),
        ] {
            if let Some(file) = file {
                *secret = read(key, file, origins)?;
            }
        }
        for (name, account) in &mut uzcard.accounts {
            if let Some(file) = &account.password_file {
                let key = format!("uzcard.accounts.{name}.password");
                account.password = Some(read(&key, file, origins)?);
            }
        }
        for (name, account) in &mut humo.accounts {
            if let Some(file) = &account.password_file {
                let key = format!("humo.accounts.{name}.password");
                account.password = Some(read(&key, file, origins)?);
            }
        }
        for (key, route) in [
            ("uzcard.route.proxy_password", &mut uzcard.route),
            ("humo.payment_route.proxy_password", &mut humo.payment_route),
            ("humo.info_route.proxy_password", &mut humo.info_route),
            ("sms.route.proxy_password", &mut sms.route),
            ("fiscal.route.proxy_password", &mut fiscal.route),
        ] {
            if let Some(file) = &route.proxy_password_file {
                route.proxy_password = Some(read(key, file, origins)?);
            }
        }
        if let Some(file) = &self.database.password_file {
            let password = read("database.password", file, origins)?;
            let url = with_password(self.database.url.expose_secret(), password.expose_secret());
            self.database.url = url.ok_or_else(|| {
                let reason = "must be postgres://USER@HOST/DATABASE, without a password, beside database.password_file";
                ConfigError::invalid("database.url", reason)
            })?;
        }
        Ok(self)
    }
}

/// The secret in the file that `KEY_file` names. A line break at its end is none of it.
fn read(key: &str, file: &Path, origins: &Origins) -> Result<SecretString, ConfigError> {
    let name = format!("{key}_file");
    if let Some(place) = origins.place(key) {
        let reason = format!("must not be set beside {name} ({place})");
        return Err(ConfigError::invalid(&name, reason));
    }
    // Its name is not told: it may be the secret itself, in the wrong place.
    let text = fs::read_to_string(file).map_err(|error| {
        ConfigError::invalid(
            &name,
            format!("the file that it names cannot be read: {error}"),
        )
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text {
        "" => Err(ConfigError::invalid(
            &name,
            "the file that it names is empty: it must hold the secret",
        )),
        text => Ok(text.into()),
    }
}

/// The address with a password behind its user; `None` if it names no user, or has a password.
fn with_password(url: &str, password: &str) -> Option<SecretString> {
    let (scheme, rest) = url.split_once("://")?;
    let (user, host) = rest.split_once('@')?;
    if user.is_empty() || user.contains([':', '/', '?']) {
        return None;
    }
    let mut encoded = String::new();
    for byte in password.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(format!("{scheme}://{user}:{encoded}@{host}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_behind_the_user() {
        let with = |url| with_password(url, "p:/ä@%").map(|url| url.expose_secret().to_owned());
        assert_eq!(
            with("postgres://aloqa@db:5432/aloqa?sslmode=verify-full").unwrap(),
            "postgres://aloqa:p%3A%2F%C3%A4%40%25@db:5432/aloqa?sslmode=verify-full"
        );
        for url in [
            "sqlite:aloqa-gateway.sqlite",
            "postgres://db/aloqa",
            "postgres://aloqa:other@db/aloqa",
        ] {
            assert_eq!(with(url), None, "{url}");
        }
    }
}
