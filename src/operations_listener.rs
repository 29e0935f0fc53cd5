//! The operators' listener: `/health` and `/metrics`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use entity::transaction::Status;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use listener::browser::{Doorkeeper, Refused, SHUT_TO_PAGES};
use listener::guarded::{Guarded, Pace, TooSlow};
use listener::guests::{Guests, Seats};
use listener::tcp::{self, Accepted};
use sea_orm::DbErr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::background::JobStatus;
use crate::domain::source::Source;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::metrics::{Metrics, OpenMoney};
use crate::notices::Notice;
use crate::repository::{request, transaction, transfer, webhook};

/// A database that takes longer counts as unhealthy.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection may rest, and how large the head of a request may be.
const IDLE: Duration = Duration::from_secs(30);
const HEAD_BYTES: usize = 16 * 1024;

/// Connections open at the same time. When there are so many, the one that has been idle longest makes room.
const SEATS: Seats = Seats {
    all: 64,
    // Whoever scrapes may be behind the same address as all others.
    of_a_source: 48,
};

/// Answers on `listener` until `stop`.
pub async fn serve(
    gateway: Arc<Gateway>,
    jobs: Arc<JobStatus>,
    metrics: Arc<Metrics>,
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
                metrics.notices.tell_of(notice, &source);
                continue;
            }
        };
        let progress = Arc::clone(&guest.progress);
        let stream = Accepted::new(stream, Arc::clone(&progress));
        let stream = Guarded::new(stream, Arc::clone(&progress), pace);
        let notices = metrics.notices.clone();
        let shared = (
            Arc::clone(&gateway),
            Arc::clone(&jobs),
            Arc::clone(&metrics),
            Arc::clone(&doorkeeper),
        );
        let service = service_fn(move |request| {
            let (gateway, jobs, metrics, doorkeeper) = shared.clone();
            let progress = Arc::clone(&progress);
            async move {
                progress.serve();
                let (head, _) = Request::into_parts(request);
                let reply = match doorkeeper.judge(&head) {
                    Ok(_) => respond(&gateway, &jobs, &metrics, &head).await,
                    Err(refused) => {
                        let notice = Notice::RefusedRequest(refused.reason());
                        metrics.notices.tell_of(notice, &source);
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

async fn respond(
    gateway: &Gateway,
    jobs: &JobStatus,
    metrics: &Metrics,
    head: &Parts,
) -> Response<Full<Bytes>> {
    let json = "application/json";
    let database = &gateway.database;
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/health") => {
            let healthy = matches!(
                tokio::time::timeout(CHECK_TIMEOUT, database.ping()).await,
                Ok(Ok(()))
            );
            let kind = database.kind();
            if healthy {
                reply(
                    StatusCode::OK,
                    json,
                    format!("{{\"status\":\"ok\",\"database\":\"{kind}\"}}\n"),
                )
            } else {
                let body = format!(
                    "{{\"status\":\"the database does not answer\",\"database\":\"{kind}\"}}\n"
                );
                reply(StatusCode::SERVICE_UNAVAILABLE, json, body)
            }
        }
        (&Method::GET, "/metrics") => {
            metrics.show_jobs(jobs);
            metrics.show_audit(gateway.audit.figures());
            // Without the database, the page shows the last known figures.
            match tokio::time::timeout(CHECK_TIMEOUT, open_money(gateway)).await {
                Ok(Ok(open)) => metrics.show_open(&open),
                Ok(Err(error)) => {
                    tracing::warn!(error = %ErrorChain(&error), "cannot count unsettled transactions for the metrics");
                }
                Err(_) => {
                    tracing::warn!("cannot count unsettled transactions for the metrics in time")
                }
            }
            reply(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                metrics.page(),
            )
        }
        (_, _) => reply(
            StatusCode::NOT_FOUND,
            json,
            "{\"error\":\"GET /health or GET /metrics\"}\n".to_owned(),
        ),
    }
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

async fn open_money(gateway: &Gateway) -> Result<OpenMoney, DbErr> {
    let (db, now) = (&*gateway.database, gateway.clock.now());
    Ok(OpenMoney {
        now,
        unknown: request::unknown(db, now).await?,
        manual: transaction::count(db, Status::Manual).await?,
        contradicted: request::count_contradicted(db).await?,
        refused_receipts: transfer::count_refused_receipts(db).await?,
        events: webhook::open(db, now).await?,
    })
}
