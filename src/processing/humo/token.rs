//! The middleware's token: a setting, a file that is read again when it changes, or what a login gives
//! (docs/networks.md#the-middlewares-token).

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::config::{self, MiddlewareLogin, TokenFrom, TokenHeader};
use crate::processing::bulkhead::{Bulkhead, CallClass};
use crate::processing::exchange::{Endpoint, Reply, SetupError, Way};
use crate::processing::lenient;
use crate::processing::login::{Denied, LoginError, LoginToken};

/// The value of `Authorization`; `None`: there is no such header.
pub(super) type Authorization = Option<Arc<HeaderValue>>;

/// Gives the token to all who ask the middleware.
pub(crate) struct Token {
    source: Source,
    form: TokenHeader,
}

enum Source {
    Setting(Authorization),
    File(PathBuf, Mutex<Held>),
    Login(Box<Login>),
}

/// What the file held the last time.
struct Held {
    authorization: Authorization,
    /// It could not be read the last time, and the log has it.
    is_stale: bool,
}

struct Login {
    endpoint: Endpoint,
    settings: MiddlewareLogin,
    token: LoginToken,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// `url` is the middleware's address, for a login.
    ///
    /// # Errors
    /// The URL cannot be used, or no header can carry the token.
    pub(super) fn new(
        config: &config::Humo,
        url: &str,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let form = config.token_header;
        let source = match (config.auth, form, &config.token_file) {
            (_, TokenHeader::None, _) => Source::Setting(None),
            (TokenFrom::Login, _, _) => {
                let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
                let tls = config.login_tls();
                let way = Way::of(&tls, &config.info_route, connect, total);
                let url = format!("{}{}", url.trim_end_matches('/'), config.login.path);
                Source::Login(Box::new(Login {
                    endpoint: Endpoint::new(&url, way)?.within(bulkhead),
                    settings: config.login.clone(),
                    token: LoginToken::default(),
                }))
            }
            (TokenFrom::Token, _, Some(file)) => {
                let held = Held {
                    authorization: written(form, &config.token)?,
                    is_stale: false,
                };
                Source::File(file.clone(), Mutex::new(held))
            }
            (TokenFrom::Token, _, None) => Source::Setting(written(form, &config.token)?),
        };
        Ok(Self { source, form })
    }

    /// The token; another one than that which was `denied`, where there is one.
    ///
    /// # Errors
    /// There is no token, so nothing can be asked.
    pub(super) async fn current(
        &self,
        denied: Option<(&Arc<HeaderValue>, Denied)>,
    ) -> Result<Authorization, LoginError> {
        match &self.source {
            Source::Setting(authorization) => Ok(authorization.clone()),
            Source::File(file, held) => {
                let mut held = held.lock().await;
                self.read_again(file, &mut held).await;
                Ok(held.authorization.clone())
            }
            Source::Login(login) => {
                let asked = login.token.current(denied, login.log_in(self.form));
                asked.await.map(Some)
            }
        }
    }

    /// A question that was `denied` is answered with another token.
    pub(super) fn helped(&self, denied: Denied) {
        match &self.source {
            Source::Setting(_) | Source::File(..) => {}
            Source::Login(login) => login.token.helped(denied),
        }
    }

    /// A file that cannot be read just now leaves the token as it is.
    async fn read_again(&self, file: &std::path::Path, held: &mut Held) {
        let path = file.to_owned();
        let text = spawn_blocking(move || std::fs::read_to_string(path)).await;
        let read = text.ok().and_then(Result::ok);
        let token = read
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let header = token.and_then(|token| written(self.form, &token.into()).ok());
        match header {
            Some(header) => {
                let same = header.as_deref() == held.authorization.as_deref();
                if !same {
                    tracing::info!("HUMO's token has changed in its file");
                    held.authorization = header;
                }
                held.is_stale = false;
            }
            None => {
                if !held.is_stale {
                    tracing::error!(
                        "humo.token_file cannot be read or holds no token; the last one is used on"
                    );
                }
                held.is_stale = true;
            }
        }
    }
}

impl Login {
    async fn log_in(&self, form: TokenHeader) -> Result<HeaderValue, LoginError> {
        let set = &self.settings;
        let members = Map::from_iter([
            (set.user_member.clone(), Value::from(set.user.as_str())),
            (
                set.password_member.clone(),
                Value::from(set.password.expose_secret()),
            ),
        ]);
        let body = Bytes::from(Value::Object(members).to_string());
        let json = "application/json; charset=utf-8";
        let asked = self
            .endpoint
            .post(CallClass::New, "login", &[], json, body)
            .await;
        let reply = asked?;
        let Some(token) = token_in(&reply, &set.token_member) else {
            let error = LoginError::of_reply(reply.status);
            if let LoginError::Refused(cause) = &error {
                tracing::error!(
                    cause,
                    "HUMO's middleware gives no token: see humo.login, as its cards cannot be asked about"
                );
            }
            return Err(error);
        };
        let header = header(form, &token).ok().flatten();
        let no_header = "the token has a sign that no header can carry";
        header.ok_or_else(|| LoginError::Refused(no_header.to_owned()))
    }
}

/// The token in the reply to a login. `member` may lead into others.
fn token_in(reply: &Reply, member: &str) -> Option<SecretString> {
    let told: Value = lenient::json(&reply.body).filter(|_| reply.status.is_success())?;
    let found = member.split('.').try_fold(&told, |at, name| at.get(name));
    let token = found?.as_str().filter(|token| !token.is_empty())?;
    Some(token.into())
}

/// The header's value in this form.
fn written(form: TokenHeader, token: &SecretString) -> Result<Authorization, SetupError> {
    Ok(header(form, token)?.map(Arc::new))
}

fn header(form: TokenHeader, token: &SecretString) -> Result<Option<HeaderValue>, SetupError> {
    let before = match form {
        TokenHeader::Bearer => "Bearer ",
        TokenHeader::BearerColon => "Bearer: ",
        TokenHeader::Bare => "",
        TokenHeader::None => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&format!("{before}{}", token.expose_secret()))
        .map_err(|_| SetupError::Credentials)?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;
    use crate::processing::bulkhead::CardLimits;
    use crate::processing::told_server::ToldServer;

    #[test]
    fn the_header_is_written_as_it_is_set() {
        for (form, expected) in [
            (TokenHeader::Bearer, Some("Bearer t0ken")),
            (TokenHeader::BearerColon, Some("Bearer: t0ken")),
            (TokenHeader::Bare, Some("t0ken")),
            (TokenHeader::None, None),
        ] {
            let value = written(form, &"t0ken".into()).unwrap();
            let text = value.as_ref().map(|value| value.to_str().unwrap());
            assert_eq!(text, expected);
            assert!(value.is_none_or(|value| value.is_sensitive()));
        }
        assert!(written(TokenHeader::Bare, &"two\nlines".into()).is_err());
    }

    #[test]
    fn a_token_stands_where_it_is_said_to() {
        let found = |status: u16, body: &str, member: &str| {
            let reply = Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body: Bytes::copy_from_slice(body.as_bytes()),
            };
            token_in(&reply, member).map(|token| token.expose_secret().to_owned())
        };
        let deep = r#"{"result":{"access":{"token":"t"}},"token":""}"#;
        for (status, body, member, expected) in [
            (200, r#"{"token":"t"}"#, "token", Some("t")),
            (201, deep, "result.access.token", Some("t")),
            (200, deep, "token", None),
            (200, deep, "result.access", None),
            (200, r#"{"token":7}"#, "token", None),
            (401, r#"{"token":"t"}"#, "token", None),
            (200, "<html>", "token", None),
        ] {
            assert_eq!(found(status, body, member).as_deref(), expected, "{body}");
        }
    }

    fn bulkhead() -> Bulkhead {
        let cards = CardLimits {
            at_once: 8,
            lost: 8,
        };
        Bulkhead::of(8, cards, ToldServer::default())
    }

    #[tokio::test]
    async fn a_file_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        let config = config::Humo {
            token: "first".into(),
            token_file: Some(file.clone()),
            ..config::Humo::default()
        };
        let token = Token::new(&config, "http://127.0.0.1:1", &bulkhead()).unwrap();
        let current = async || {
            let header = token.current(None).await.unwrap().unwrap();
            header.to_str().unwrap().to_owned()
        };
        // It is not there, is empty, and cannot be a header.
        assert_eq!(current().await, "Bearer first");
        for (text, expected) in [
            ("", "first"),
            ("second\n", "second"),
            ("a\nb", "second"),
            ("third", "third"),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(current().await, format!("Bearer {expected}"), "{text:?}");
        }
    }
}
