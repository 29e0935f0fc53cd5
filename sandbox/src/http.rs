//! What the protocols share: HTTP replies, credentials, and the trait of a call that faults apply to.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde::Serialize;

use crate::{
    faults::{Fault, Operation},
    network::Network,
    simulator::Simulator,
};

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const XML: &str = "text/xml; charset=utf-8";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// A complete HTTP reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    /// The allowed methods, in a 405.
    pub(crate) allow: Option<&'static str>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            status,
            content_type,
            allow: None,
            body: body.into(),
        }
    }

    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::new(status, JSON, body),
            Err(error) => {
                tracing::error!(%error, "the sandbox can't serialize a reply as JSON");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    TEXT,
                    "Internal Server Error",
                )
            }
        }
    }

    pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, TEXT, body)
    }
}

/// A parsed call to one of the networks.
pub(crate) trait NetworkRequest: Send + 'static {
    const NETWORK: Network;

    /// The operation by which fault scripts select the call.
    fn operation(&self, simulator: &Simulator) -> Operation;

    /// The fault that the call's card always causes.
    fn card_fault(&self, simulator: &Simulator) -> Option<Fault>;

    /// Executes the call and replies.
    fn execute(self, simulator: &Simulator) -> Reply;

    /// The reply with this code of the network.
    fn answer_with(&self, code: i64) -> Reply;

    /// Keeps what the network lists of a call that it has refused.
    fn keep_refused(&self, simulator: &Simulator, code: i64);
}

/// The user name of Basic credentials. Any password is accepted, but credentials must be present.
pub(crate) fn basic_user(headers: &HeaderMap) -> Option<String> {
    let encoded = scheme(headers, "basic")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, _password) = decoded.split_once(':')?;
    (!user.is_empty()).then(|| user.to_owned())
}

/// Whether there is a Bearer header. An empty token is accepted: a gateway in production sends one
/// (docs/networks.md#humo-card-information).
pub(crate) fn has_bearer(headers: &HeaderMap) -> bool {
    scheme(headers, "bearer")
        .or_else(|| scheme(headers, "bearer:"))
        .is_some()
}

fn scheme<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case(wanted).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn credentials_need_a_user_and_accept_any_password() {
        let header = format!("basic {}", STANDARD.encode("gate:any"));
        assert_eq!(basic_user(&headers(&header)).as_deref(), Some("gate"));
        for wrong in [
            "Basic",
            "Basic !",
            "Bearer x",
            &format!("Basic {}", STANDARD.encode(":x")),
        ] {
            assert_eq!(basic_user(&headers(wrong)), None, "{wrong}");
        }
        assert!(has_bearer(&headers("Bearer ")) && has_bearer(&headers("Bearer abc")));
        assert!(!has_bearer(&headers("Basic abc")) && !has_bearer(&HeaderMap::new()));
    }
}
