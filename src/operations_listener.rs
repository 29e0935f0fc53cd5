//! The operators' listener: `/health` and `/metrics`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use entity::transaction::Status;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use sea_orm::DbErr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::background::JobStatus;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::metrics::{Metrics, OpenMoney};
use crate::repository::{request, transaction, transfer, webhook};

/// A database that takes longer counts as unhealthy.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers on `listener` until `stop`.
pub async fn serve(
    gateway: Arc<Gateway>,
    jobs: Arc<JobStatus>,
    metrics: Arc<Metrics>,
    listener: TcpListener,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let shared = (
            Arc::clone(&gateway),
            Arc::clone(&jobs),
            Arc::clone(&metrics),
        );
        let service = service_fn(move |request| {
            let (gateway, jobs, metrics) = shared.clone();
            async move { Ok::<_, Infallible>(respond(&gateway, &jobs, &metrics, &request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(5))
            .serve_connection(TokioIo::new(stream), service);
        let stop = stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(connection).await });
    }
}

async fn respond(
    gateway: &Gateway,
    jobs: &JobStatus,
    metrics: &Metrics,
    request: &Request<Incoming>,
) -> Response<Full<Bytes>> {
    let reply = |status, content_type: &'static str, body: String| {
        let mut reply = Response::new(Full::new(Bytes::from(body)));
        *reply.status_mut() = status;
        reply
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply
    };
    let json = "application/json";
    let database = &gateway.database;
    match (request.method(), request.uri().path()) {
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
