//! One exchange on a new connection, of which everything is kept that can be seen, for `contour check`.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use entity::time::UnixMillis;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::lookup_host;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use x509_cert::Certificate;
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;

use super::abrupt::Abrupt;
use super::connection_pool::Connection;
use super::endpoint::{Endpoint, Reply, open};
use super::error::Failure;
use super::gzip::unpacked;
use super::tls::Tls;
use super::trust::Trust;
use crate::error_chain::ErrorChain;

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

/// What is sent.
#[derive(Clone)]
pub struct Question {
    pub method: Method,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub content_type: &'static str,
    pub body: Bytes,
}

/// The body may hold a card's number or a password, and so may a header.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What was seen on the way, as far as it led.
#[derive(Debug)]
pub struct Seen {
    /// What the name of the server, or of the proxy, stands for.
    pub addresses: Result<Vec<IpAddr>, String>,
    /// The address is the proxy's, which looks up the server's name itself.
    pub is_proxys: bool,
    /// How long it took until the socket was there.
    pub connected: Option<Duration>,
    /// `None`: no handshake was begun.
    pub tls: Option<SeenTls>,
    /// Why there is no connection, or no reply.
    pub failure: Option<Failure>,
    pub reply: Option<SeenReply>,
}

/// A handshake.
#[derive(Debug, Default)]
pub struct SeenTls {
    /// `TLSv1.3`; `None`: it did not succeed.
    pub version: Option<String>,
    /// Whose certificate the server has shown, and by whom it is.
    pub subject: Option<String>,
    pub issuer: Option<String>,
    /// When it ends.
    pub ends: Option<UnixMillis>,
    /// Why it is not trusted.
    pub distrust: Option<Distrust>,
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    Ended,
    NotYet,
    OtherName,
    /// It has no subjectAltName, so it is nobody's.
    NoName,
    UnknownRoot,
    SignedByItself,
    Other(String),
}

/// A reply with all that was around it.
#[derive(Debug)]
pub struct SeenReply {
    pub reply: Reply,
    pub headers: HeaderMap,
    /// From the request to the end of the reply.
    pub took: Duration,
}

impl Endpoint {
    /// Connects anew, and asks, where there is a question. It neither uses nor keeps other connections, and no breaker counts it.
    pub async fn probe(&self, question: Option<&Question>) -> Seen {
        let (host, port) = match &self.proxy {
            Some(proxy) => (&proxy.address.host, proxy.address.port),
            None => (&self.target.host, self.target.port),
        };
        let limit = self.connect_timeout.min(self.total_timeout);
        let found = timeout(limit, lookup_host((host.as_str(), port))).await;
        let addresses = match found {
            Ok(Ok(found)) => {
                let all: BTreeSet<IpAddr> = found.map(|address| address.ip()).collect();
                Ok(all.into_iter().collect())
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
        };
        let mut seen = Seen {
            addresses,
            is_proxys: self.proxy.is_some(),
            connected: None,
            tls: None,
            failure: None,
            reply: None,
        };
        if seen.addresses.is_ok() {
            let looked = self.look(question, &mut seen).await;
            seen.failure = looked.err();
        }
        seen
    }

    async fn look(&self, question: Option<&Question>, seen: &mut Seen) -> Result<(), Failure> {
        let limit = self.connect_timeout.min(self.total_timeout);
        let late = || Failure::NotSent(format!("no connection within {} ms", limit.as_millis()));
        let connection = timeout(limit, Box::pin(self.connect_seeing(seen)));
        let connection = connection.await.map_err(|_| late())??;
        if let Some(question) = question {
            let limit = self.total_timeout;
            let late = || {
                let limit = limit.as_millis();
                Failure::NoAnswer(format!("no complete reply within {limit} ms"))
            };
            let asked = timeout(limit, self.ask_seeing(connection, question)).await;
            seen.reply = Some(asked.map_err(|_| late())??);
        }
        Ok(())
    }

    async fn connect_seeing(&self, seen: &mut Seen) -> Result<Connection, Failure> {
        let began = Instant::now();
        let socket = self.socket().await?;
        seen.connected = Some(began.elapsed());
        let cut_off = socket.cut_off();
        let Some(tls) = &self.tls else {
            return open(socket, cut_off).await;
        };
        let witness = Arc::new(Witness::of(tls));
        let mut config = tls.connector.config().as_ref().clone();
        let judge: Arc<dyn ServerCertVerifier> = Arc::<Witness>::clone(&witness);
        config.dangerous().set_certificate_verifier(judge);
        let connector = TlsConnector::from(Arc::new(config));
        // The clock that limits this may drop it: what was shown by then stays.
        seen.tls = Some(SeenTls::default());
        let stream = connector.connect(tls.name.clone(), socket).await;
        let mut shown = witness.shown();
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                seen.tls = Some(shown);
                return Err(Failure::NotSent(format!("TLS: {error}")));
            }
        };
        let version = stream.get_ref().1.protocol_version();
        shown.version = version.map(|version| format!("{version:?}"));
        seen.tls = Some(shown);
        open(Abrupt(stream), cut_off).await
    }

    async fn ask_seeing(
        &self,
        mut connection: Connection,
        question: &Question,
    ) -> Result<SeenReply, Failure> {
        let (headers, body) = (&question.headers, question.body.clone());
        let mut request: Request<Full<Bytes>> = self.request(headers, question.content_type, body);
        *request.method_mut() = question.method.clone();
        let no_answer = |error: &(dyn std::error::Error + 'static)| {
            Failure::NoAnswer(ErrorChain(error).to_string())
        };
        let began = Instant::now();
        let response = connection.sender.send_request(request).await;
        let response = response.map_err(|error| no_answer(&error))?;
        let (head, body) = response.into_parts();
        let limit = self.reply_limit;
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => unpacked(body.to_bytes(), limit)?,
            Err(error) if error.is::<LengthLimitError>() => return Err(Failure::TooLong(limit)),
            Err(error) => return Err(no_answer(error.as_ref())),
        };
        Ok(SeenReply {
            reply: Reply {
                status: head.status,
                body,
            },
            headers: head.headers,
            took: began.elapsed(),
        })
    }
}

/// Keeps what the server shows, and leaves the judgement to the verifier that every exchange has.
#[derive(Debug)]
struct Witness {
    judge: Arc<Trust>,
    shown: Mutex<Option<(Vec<u8>, Option<Distrust>)>>,
}

impl Witness {
    fn of(tls: &Tls) -> Self {
        Self {
            judge: Arc::clone(&tls.trust),
            shown: Mutex::new(None),
        }
    }

    fn shown(&self) -> SeenTls {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((der, distrust)) = shown.as_ref() else {
            return SeenTls::default();
        };
        let distrust = distrust.clone();
        let Ok(read) = Certificate::from_der(der) else {
            return SeenTls {
                distrust,
                ..SeenTls::default()
            };
        };
        let told = read.tbs_certificate();
        let distrust = distrust.map(|distrust| distrust.of(told));
        let ends = told.validity().not_after.to_unix_duration().as_millis();
        SeenTls {
            version: None,
            subject: Some(told.subject().to_string()),
            issuer: Some(told.issuer().to_string()),
            ends: i64::try_from(ends).ok().map(UnixMillis),
            distrust,
        }
    }
}

impl Distrust {
    /// The same, by what stands in the certificate.
    fn of(self, told: &TbsCertificate) -> Self {
        let has_name = told.extensions().is_some_and(|all| {
            let mut all = all.iter();
            all.any(|extension| extension.extn_id == SUBJECT_ALT_NAME)
        });
        let is_own = told.subject() == told.issuer();
        match self {
            Self::Other(_) if told.version() == Version::V1 => {
                Self::Other("it is of X.509 version 1, and only version 3 can be used".to_owned())
            }
            // The check for one that may sign others comes first, and refuses it.
            Self::Other(_) | Self::UnknownRoot if is_own => Self::SignedByItself,
            Self::OtherName | Self::UnknownRoot if !has_name => Self::NoName,
            Self::Ended
            | Self::NotYet
            | Self::OtherName
            | Self::NoName
            | Self::UnknownRoot
            | Self::SignedByItself
            | Self::Other(_) => self,
        }
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self
            .judge
            .verify_server_cert(certificate, chain, name, ocsp, now);
        let distrust = judged.as_ref().err().map(distrust);
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = Some((certificate.to_vec(), distrust));
        judged
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "rustls adds kinds of errors; all others are told in its words"
)]
fn distrust(error: &Error) -> Distrust {
    match error {
        Error::InvalidCertificate(kind) => match kind {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Ended,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Distrust::NotYet
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Distrust::OtherName
            }
            // The latter: of another root that has the same name.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Distrust::UnknownRoot
            }
            other => Distrust::Other(other.to_string()),
        },
        other => Distrust::Other(other.to_string()),
    }
}
