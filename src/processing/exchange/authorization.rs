//! The values of the header `Authorization`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::SetupError;

/// The value of `Authorization` for HTTP Basic authentication.
///
/// # Errors
/// None in practice: base64 has only characters that a header can carry.
pub fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, SetupError> {
    authorization(
        "Basic",
        &STANDARD.encode(format!("{user}:{}", password.expose_secret())),
    )
}

/// The value of `Authorization` for a bearer token.
///
/// # Errors
/// The token has characters that a header cannot carry.
pub fn bearer(token: &SecretString) -> Result<HeaderValue, SetupError> {
    authorization("Bearer", token.expose_secret())
}

fn authorization(scheme: &str, credentials: &str) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(&format!("{scheme} {credentials}"))
        .map_err(|_| SetupError::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_show() {
        let basic = basic("user", &"secret".into()).unwrap();
        assert_eq!(basic.as_bytes(), b"Basic dXNlcjpzZWNyZXQ=");
        assert_eq!(format!("{basic:?}"), "Sensitive");
        assert!(bearer(&"line\nbreak".into()).is_err());
    }
}
