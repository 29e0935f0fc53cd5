//! The operators' listener: `/health`, `/health/live`, `/health/ready` and `/metrics`, and the console.
//! It answers while the gateway stops, too.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use listener::body;
use listener::browser::{Doorkeeper, Refused, SHUT_TO_PAGES};
use listener::guarded::{Guarded, Pace, TooSlow};
use listener::guests::{Guests, Seats};
use listener::tcp::{self, Accepted};
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE as CONTENT_TYPE_OF_METRICS;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::background::{Job, JobStatus};
use crate::config::Profile;
use crate::console::{self, Console};
use crate::domain::source::{Source, TrustedProxies};
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::metrics::{Metrics, OpenMoney};
use crate::notices::Notice;

/// A database that takes longer counts as unhealthy.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection may rest, and how large the head of a request may be.
const IDLE: Duration = Duration::from_secs(30);
/// How long a form may take.
const FORM_TIME: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 16 * 1024;

/// Connections open at the same time. When there are so many, the one that has been idle longest makes room.
const SEATS: Seats = Seats {
    all: 64,
    // Whoever scrapes may be behind the same address as all others.
    of_a_source: 48,
};

/// What the pages tell of.
#[derive(Clone)]
pub struct OperationsPages {
    pub gateway: Arc<Gateway>,
    pub jobs: Arc<JobStatus>,
    pub metrics: Arc<Metrics>,
    pub profile: Profile,
    pub console: Console,
    /// Those before the console.
    pub proxies: TrustedProxies,
}

/// Answers on `listener` until `stop`.
pub async fn serve(
    pages: OperationsPages,
    listener: TcpListener,
    doorkeeper: Doorkeeper,
    pace: Pace,
    stop: CancellationToken,
) {
    let doorkeeper = Arc::new(doorkeeper);
    let guests = Arc::new(Guests::new(SEATS));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let source = Source::of(peer.ip()).key();
        let guest = match guests.admit(source, false) {
            Ok(guest) => guest,
            Err(refused) => {
                tcp::turn_away(&stream);
                let notice = Notice::CutConnection(refused.cause());
                pages.metrics.notices.tell_of(notice, &source);
                continue;
            }
        };
        let progress = Arc::clone(&guest.progress);
        let stream = Accepted::new(stream, Arc::clone(&progress));
        let stream = Guarded::new(stream, Arc::clone(&progress), pace);
        let notices = pages.metrics.notices.clone();
        let shared = (pages.clone(), Arc::clone(&doorkeeper));
        let service = service_fn(move |request| {
            let (pages, doorkeeper) = shared.clone();
            let progress = Arc::clone(&progress);
            async move {
                progress.serve();
                let (head, body) = Request::into_parts(request);
                let reply = match doorkeeper.judge(&head) {
                    Ok(_) if is_of_console(&head) => {
                        pages.console(&doorkeeper, peer.ip(), &head, body).await
                    }
                    Ok(_) => pages.respond(&head).await,
                    Err(refused) => {
                        let notice = Notice::RefusedRequest(refused.reason());
                        pages.metrics.notices.tell_of(notice, &source);
                        refusal(refused)
                    }
                };
                progress.rest();
                Ok::<_, Infallible>(reply)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Guarded` watches a head that has begun.
            .header_read_timeout(IDLE)
            .max_header_size(HEAD_BYTES)
            .max_buf_size(HEAD_BYTES)
            .max_headers(64)
            .serve_connection(TokioIo::new(stream), service);
        let stop = stop.clone();
        tokio::spawn(async move {
            let cause = tokio::select! {
                _ = connection => guest.progress.too_slow().map(TooSlow::cause),
                () = guest.leave.cancelled() => {
                    guest.progress.abort();
                    Some("made_room")
                }
                () = stop.cancelled() => None,
            };
            if let Some(cause) = cause {
                notices.tell_of(Notice::CutConnection(cause), &guest.source);
            }
        });
    }
}

const JSON: &str = "application/json";

impl OperationsPages {
    async fn respond(&self, head: &Parts) -> Response<Full<Bytes>> {
        let page = match (&head.method, head.uri.path()) {
            (&Method::GET | &Method::HEAD, "/health") => self.health().await,
            (&Method::GET | &Method::HEAD, "/health/live") => {
                reply(StatusCode::OK, JSON, "{\"status\":\"ok\"}\n".to_owned())
            }
            (&Method::GET | &Method::HEAD, "/health/ready") => self.ready().await,
            (&Method::GET | &Method::HEAD, "/metrics") => self.metrics().await,
            (_, _) => not_found(),
        };
        if head.method == Method::HEAD {
            return page.map(|_| Full::default());
        }
        page
    }

    async fn console(
        &self,
        doorkeeper: &Doorkeeper,
        peer: IpAddr,
        head: &Parts,
        body: Incoming,
    ) -> Response<Full<Bytes>> {
        let values = head.headers.get_all("x-forwarded-for").iter();
        let forwarded: Vec<Option<&str>> = values.map(|value| value.to_str().ok()).collect();
        let source = self.proxies.source(peer, forwarded.into_iter());
        let form = match head.method {
            Method::POST => body::read(body, console::FORM_BYTES, FORM_TIME).await,
            _ => Ok(Bytes::new()),
        };
        let Ok(form) = form else {
            let said = "{\"error\":\"the form is too long, or came too slowly\"}\n".to_owned();
            return reply(StatusCode::BAD_REQUEST, JSON, said);
        };
        let page = self.console.respond(doorkeeper, source, head, &form).await;
        match head.method {
            Method::HEAD => page.unwrap_or_else(not_found).map(|_| Full::default()),
            _ => page.unwrap_or_else(not_found),
        }
    }

    async fn has_database(&self) -> bool {
        let ping = self.gateway.database.ping();
        matches!(tokio::time::timeout(CHECK_TIMEOUT, ping).await, Ok(Ok(())))
    }

    /// All of it, for people; 503 without the database.
    async fn health(&self) -> Response<Full<Bytes>> {
        let has_database = self.has_database().await;
        let (status, word) = match has_database {
            true => (StatusCode::OK, "ok"),
            false => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            ),
        };
        let now = self.gateway.clock.now();
        let since = Job::ALL.map(|job| {
            let succeeded_at = self.jobs.of(job).borrow().succeeded_at;
            let seconds = succeeded_at.map(|at| (now - at) / 1_000);
            (job.name().to_owned(), json!(seconds))
        });
        let body = json!({
            "status": word,
            "database": self.gateway.database.kind(),
            "version": env!("CARGO_PKG_VERSION"),
            "profile": self.profile.name(),
            "draining": self.is_draining(),
            // `null`: not yet.
            "seconds_since_background_duty": serde_json::Map::from_iter(since),
        });
        reply(status, JSON, format!("{body}\n"))
    }

    /// Whether a balancer may send calls here. Networks that are down are no reason: they would take all gateways out at once.
    async fn ready(&self) -> Response<Full<Bytes>> {
        let (status, word) = if self.is_draining() {
            (StatusCode::SERVICE_UNAVAILABLE, "draining")
        } else if self.has_database().await {
            (StatusCode::OK, "ok")
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
        };
        reply(status, JSON, format!("{{\"status\":\"{word}\"}}\n"))
    }

    async fn metrics(&self) -> Response<Full<Bytes>> {
        let metrics = &self.metrics;
        metrics.show_jobs(&self.jobs);
        metrics.show_audit(self.gateway.audit.figures());
        // Without the database, the page shows the last known figures, and says so.
        let counted = tokio::time::timeout(CHECK_TIMEOUT, OpenMoney::count(&self.gateway)).await;
        let is_stale = !matches!(counted, Ok(Ok(_)));
        match counted {
            Ok(Ok(open)) => metrics.show_open(&open),
            Ok(Err(error)) => {
                tracing::warn!(error = %ErrorChain(&error), "cannot count unsettled transactions for the metrics");
            }
            Err(_) => {
                tracing::warn!("cannot count unsettled transactions for the metrics in time");
            }
        }
        self.gateway.database.show_level();
        metrics.show_state(self.is_draining(), is_stale);
        reply(StatusCode::OK, CONTENT_TYPE_OF_METRICS, metrics.page())
    }

    fn is_draining(&self) -> bool {
        self.gateway.stopping.is_cancelled()
    }
}

fn is_of_console(head: &Parts) -> bool {
    let rest = head.uri.path().strip_prefix(console::HOME);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Also where the console is off: nobody needs to know that there is one.
fn not_found() -> Response<Full<Bytes>> {
    reply(
        StatusCode::NOT_FOUND,
        JSON,
        "{\"error\":\"GET /health, /health/live, /health/ready or /metrics\"}\n".to_owned(),
    )
}

fn refusal(refused: Refused) -> Response<Full<Bytes>> {
    let body = format!("{{\"error\":\"{}\"}}\n", refused.message());
    reply(refused.status(), "application/json", body)
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in SHUT_TO_PAGES {
        headers.insert(name, HeaderValue::from_static(value));
    }
    reply
}
