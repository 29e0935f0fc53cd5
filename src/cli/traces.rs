//! Traces: which calls have one, and how they are sent to an OpenTelemetry collector.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hyper::{Request, Response, StatusCode};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use super::Failure;
use crate::{config, spans};

/// For the connection and for each step of one request; and for what is left when the gateway stops.
const LIMIT: Duration = Duration::from_secs(2);

/// Sends what is left when it is dropped.
pub(super) struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LIMIT) {
            tracing::warn!(%error, "the last traces may not have been sent");
        }
    }
}

/// What turns spans into traces; `None` where they are to be sent nowhere.
pub(super) fn layer<S>(
    settings: &config::Traces,
) -> Result<Option<(impl Layer<S>, Traces)>, Failure>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let Some(url) = &settings.url else {
        return Ok(None);
    };
    let unusable = |error: &dyn std::fmt::Display| {
        Failure::unusable(format!(
            "traces.url: {error}; it looks like http://127.0.0.1:4318/v1/traces"
        ))
    };
    let collector = Collector::of(url).map_err(|error| unusable(&error))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_protocol(Protocol::HttpJson)
        .with_endpoint(url)
        .with_timeout(LIMIT)
        .build()
        .map_err(|error| unusable(&error))?;
    let resource = Resource::builder_empty()
        .with_service_name("aloqa-gateway")
        .with_attribute(opentelemetry::KeyValue::new(
            "service.version",
            env!("CARGO_PKG_VERSION"),
        ))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .with_sampler(Sampler::TraceIdRatioBased(share(settings.one_in)))
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("aloqa-gateway"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(spans::TARGET, tracing::Level::TRACE));
    Ok(Some((layer, Traces(provider))))
}

#[expect(
    clippy::float_arithmetic,
    reason = "a share of calls, as OpenTelemetry wants it"
)]
fn share(one_in: u32) -> f64 {
    1.0 / f64::from(one_in.max(1))
}

/// A collector without TLS, on this machine or in front of the one that has it. It is asked from the thread of the batches,
/// which has no runtime: hence the standard library's sockets.
#[derive(Debug)]
struct Collector {
    authority: String,
}

impl Collector {
    fn of(url: &str) -> Result<Self, &'static str> {
        let parsed: hyper::Uri = url.parse().map_err(|_| "this is no URL")?;
        let authority = parsed.authority().ok_or("there is no host")?;
        if authority.as_str().contains('@') {
            return Err("a login cannot be sent");
        }
        Ok(Self {
            authority: match authority.port() {
                Some(_) => authority.to_string(),
                None => format!("{authority}:80"),
            },
        })
    }

    fn send(&self, request: &Request<Bytes>) -> io::Result<Response<Bytes>> {
        let addresses = self.authority.to_socket_addrs()?;
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for address in addresses {
            match TcpStream::connect_timeout(&address, LIMIT) {
                Ok(socket) => return self.exchange(socket, request),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn exchange(
        &self,
        mut socket: TcpStream,
        request: &Request<Bytes>,
    ) -> io::Result<Response<Bytes>> {
        socket.set_read_timeout(Some(LIMIT))?;
        socket.set_write_timeout(Some(LIMIT))?;
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.authority,
            request.body().len()
        );
        socket.write_all(head.as_bytes())?;
        socket.write_all(request.body())?;
        // The status is all that counts: "HTTP/1.1 200".
        let mut line = [0; 12];
        socket.read_exact(&mut line)?;
        let status = line.rsplit(|byte| *byte == b' ').next();
        let status = status.and_then(|digits| StatusCode::from_bytes(digits).ok());
        let status = status.ok_or_else(|| io::Error::other("the reply is no HTTP"))?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Ok(self.send(&request)?)
    }
}
