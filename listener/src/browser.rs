//! May this request be the doing of a web page? Browsers send requests for pages from anywhere, and to any name that its
//! owner lets point here (DNS rebinding). Two headers tell: `Origin`, whose page it is, and `Host`, under which name the
//! listener was reached. A script can set neither.

use hyper::header::{
    CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode, Uri};

use crate::host::{Host, Origin};

#[cfg(test)]
mod tests;

/// Whom a listener answers.
#[derive(Debug, Clone, Default)]
pub struct Doorkeeper {
    /// Whether only this machine can reach it.
    pub on_loopback: bool,
    /// Whether it speaks TLS.
    pub secure: bool,
    /// Its own names; empty: on loopback those of this machine, else any.
    pub hosts: Vec<Host>,
    /// Whether it is reached by its address too, although it has names of its own. Addresses cannot be rebound.
    pub by_address: bool,
    /// The pages of others that may call it.
    pub origins: Vec<Origin>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// 400: no `Host`, two of them, one that is none, or not the one of the request line.
    HostInvalid,
    /// 403: the listener is not known by this name.
    HostUnknown,
    /// 403: a page from elsewhere.
    OriginForeign,
    /// 415: a page sends a body without saying what it is, which a browser does without asking first.
    ContentTypeMissing,
}

impl Refused {
    /// Its HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::HostInvalid => StatusCode::BAD_REQUEST,
            Self::HostUnknown | Self::OriginForeign => StatusCode::FORBIDDEN,
            Self::ContentTypeMissing => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    /// The word of `data.reason`.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::HostInvalid => "host_invalid",
            Self::HostUnknown => "host_unknown",
            Self::OriginForeign => "origin_foreign",
            Self::ContentTypeMissing => "content_type",
        }
    }

    /// What to do instead, for an operator or a developer.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::HostInvalid => "send one header Host, with the host of the request line",
            Self::HostUnknown => {
                "this listener is not known by that Host; name it in server.hosts, or use the listener's address"
            }
            Self::OriginForeign => "web pages from elsewhere may not call this listener",
            Self::ContentTypeMissing => "say by Content-Type what the body is",
        }
    }
}

/// Headers that keep a reply from the pages of others, also where it is loaded as something else.
pub const SHUT_TO_PAGES: [(HeaderName, &str); 2] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// No page, or one of the listener's own.
    Own,
    /// A page of this allowed origin. To be read by it, replies must name it.
    Allowed(HeaderValue),
}

impl Doorkeeper {
    /// Judges a request by its head alone.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn judge(&self, head: &Parts) -> Result<Visitor, Refused> {
        let host = host(&head.uri, &head.headers).ok_or(Refused::HostInvalid)?;
        if !self.is_known_as(&host) {
            return Err(Refused::HostUnknown);
        }
        let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method);
        let mut origins = head.headers.get_all(ORIGIN).iter();
        let (origin, more) = (origins.next(), origins.next());
        let Some(origin) = origin else {
            return match head.headers.get("sec-fetch-site") {
                Some(site) if !is_safe && site != "same-origin" && site != "none" => {
                    Err(Refused::OriginForeign)
                }
                _ => Ok(Visitor::Own),
            };
        };
        let parsed = origin.to_str().ok().and_then(Origin::parse);
        let parsed = parsed.filter(|_| more.is_none());
        let parsed = parsed.ok_or(Refused::OriginForeign)?;
        let visitor = if self.is_own(&parsed, &host) {
            Visitor::Own
        } else if self.origins.contains(&parsed) {
            Visitor::Allowed(origin.clone())
        } else {
            return Err(Refused::OriginForeign);
        };
        if !is_safe && !head.headers.contains_key(CONTENT_TYPE) {
            return Err(Refused::ContentTypeMissing);
        }
        Ok(visitor)
    }

    /// Judges a request of a person's browser, whose cookies a foreign page must not use, by its head alone: a request that
    /// changes something must say that it comes from one of the listener's own pages, and no name counts that could lead here
    /// without the operator's knowledge.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn judge_person(&self, head: &Parts) -> Result<(), Refused> {
        let host = host(&head.uri, &head.headers).ok_or(Refused::HostInvalid)?;
        if self.hosts.is_empty() && !host.is_loopback() && !host.is_address() {
            return Err(Refused::HostUnknown);
        }
        if [Method::GET, Method::HEAD].contains(&head.method) {
            return Ok(());
        }
        let is_own_page = match head.headers.get("sec-fetch-site") {
            Some(site) => site == "same-origin",
            // A browser without it names the origin; what names neither is no browser.
            None => head.headers.contains_key(ORIGIN),
        };
        match self.judge(head)? {
            Visitor::Own if is_own_page => Ok(()),
            // Pages of others may call methods, and send no forms.
            Visitor::Own | Visitor::Allowed(_) => Err(Refused::OriginForeign),
        }
    }

    fn is_known_as(&self, host: &Host) -> bool {
        let by_default = if self.on_loopback {
            host.is_loopback()
        } else {
            self.hosts.is_empty() || host.is_address()
        };
        if self.hosts.is_empty() {
            return by_default;
        }
        self.hosts.iter().any(|known| known.covers(host)) || (self.by_address && by_default)
    }

    /// Behind a proxy that speaks TLS for it, the page's scheme is not the listener's; names that were set are enough then.
    fn is_own(&self, origin: &Origin, host: &Host) -> bool {
        origin.is_at(host) && (origin.secure == self.secure || !self.hosts.is_empty())
    }
}

/// The one host that a request names.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<Host> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return None;
    };
    let host = Host::parse(host.to_str().ok()?)?;
    match uri.authority() {
        Some(authority) if Host::parse(authority.as_str())? != host => None,
        _ => Some(host),
    }
}

/// Whether a browser asks its user for credentials if this request is challenged. It would keep them, and send them for other
/// pages too.
#[must_use]
pub fn asks_its_user(headers: &HeaderMap) -> bool {
    let navigates = headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode == "navigate");
    navigates || headers.contains_key(ORIGIN)
}
