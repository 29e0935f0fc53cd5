//! HTTP: accepts connections, routes by path, applies faults.

use std::{io, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use listener::{
    body::{self, NoBody},
    browser::{Doorkeeper, SHUT_TO_PAGES},
    guarded::{Guarded, Pace, Progress, TooSlow},
    guests::{Guest, Guests, Seats},
    tcp::{self, Accepted},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock_control, control,
    endpoint::{Endpoint, UNKNOWN_PATH},
    eskiz,
    faults::{Fault, FaultKind},
    fiscal,
    http::{NetworkRequest, Reply, TEXT},
    humo,
    simulator::Simulator,
    sms, uzcard,
};

/// Connections open at the same time. A gateway may have 600 calls at each of its networks, all from one address. When there
/// are so many, the one that has been idle longest makes room.
const SEATS: Seats = Seats {
    all: 2_048,
    of_a_source: 2_048,
};
/// How long a connection may rest. The gateway's own ends sooner.
const IDLE: Duration = Duration::from_secs(30);
/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The largest request body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long it may take.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How long a connection stays open when the reply never comes.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a stopping server waits for replies in progress.
const STOP_GRACE: Duration = Duration::from_secs(1);

pub(crate) async fn serve(
    simulator: Arc<Simulator>,
    listener: TcpListener,
    doorkeeper: Doorkeeper,
    pace: Pace,
    stop: CancellationToken,
) {
    let server = Server {
        simulator,
        doorkeeper: Arc::new(doorkeeper),
        pace,
        stop,
        tasks: TaskTracker::new(),
    };
    let guests = Arc::new(Guests::new(SEATS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => match guests.admit(peer.ip().to_canonical(), false) {
                Ok(guest) => {
                    let connection = server.clone().serve_connection(stream, guest);
                    server.tasks.spawn(connection);
                }
                Err(refused) => {
                    tcp::turn_away(&stream);
                    tracing::debug!(cause = refused.cause(), "the sandbox refuses a connection");
                }
            },
            Err(error) => {
                // Usually too many open files. Without the pause the loop would spin until one is closed.
                tracing::warn!(%error, "the sandbox can't accept a connection");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    server.tasks.close();
    server.tasks.wait().await;
}

/// What every connection and call shares.
#[derive(Clone)]
struct Server {
    simulator: Arc<Simulator>,
    doorkeeper: Arc<Doorkeeper>,
    pace: Pace,
    stop: CancellationToken,
    /// Connections and delayed calls; all of them have ended when the server has stopped.
    tasks: TaskTracker,
}

impl Server {
    async fn serve_connection(self, stream: TcpStream, guest: Guest<IpAddr>) {
        let progress = &guest.progress;
        let stream = Accepted::new(stream, Arc::clone(progress));
        let stream = Guarded::new(stream, Arc::clone(progress), self.pace);
        let service = service_fn(|request| self.clone().answer(request, Arc::clone(progress)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Guarded` watches a head that has begun.
            .header_read_timeout(IDLE)
            .max_header_size(HEAD_BYTES_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);

        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = guest.leave.cancelled() => {
                progress.abort();
                Ok(())
            }
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                timeout(STOP_GRACE, &mut connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            let cut = progress.too_slow().map(TooSlow::cause);
            tracing::debug!(%error, cut, "a connection to the sandbox failed");
        }
    }

    /// Handles one request. An error closes the connection without a reply.
    async fn answer(
        self,
        request: Request<Incoming>,
        progress: Arc<Progress>,
    ) -> Result<Response<Full<Bytes>>, io::Error> {
        progress.serve();
        // Whoever has asked something may keep the connection for the next time.
        progress.authenticated();
        match self.route(request).await {
            Ending::Reply(reply) => {
                progress.rest();
                Ok(response(reply))
            }
            Ending::Silence => {
                // If the caller disconnects, hyper drops this future, which ends the wait.
                tokio::select! {
                    () = sleep(SILENCE) => {}
                    () = self.stop.cancelled() => {}
                }
                Err(io::Error::other("a fault withholds the reply"))
            }
            Ending::Reset => {
                // The connection then ends by a reset.
                progress.abort();
                Err(io::Error::other("a fault resets the connection"))
            }
        }
    }

    async fn route(&self, request: Request<Incoming>) -> Ending {
        let (head, body) = request.into_parts();
        if let Err(refused) = self.doorkeeper.judge(&head) {
            let hint = format!("{}\n", refused.message());
            return Ending::Reply(Reply::text(refused.status(), hint));
        }
        let path = head.uri.path();
        let Some(endpoint) = Endpoint::from_path(path.strip_suffix('/').unwrap_or(path)) else {
            return Ending::Reply(Reply::text(StatusCode::NOT_FOUND, UNKNOWN_PATH));
        };
        let allow = endpoint.allowed_methods();
        if !allow.split(", ").any(|method| head.method == method) {
            let hint = format!("{path} takes {allow}\n");
            let refusal = Reply::text(StatusCode::METHOD_NOT_ALLOWED, hint);
            return Ending::Reply(Reply {
                allow: Some(allow),
                ..refusal
            });
        }
        let body = match body::read(body, BODY_BYTES_MAX, BODY_TIME).await {
            Ok(body) => body,
            Err(fault) => return Ending::Reply(without_body(fault)),
        };
        match endpoint {
            Endpoint::Uzcard => {
                self.run(uzcard::SvgateRequest::parse(&head.headers, &body))
                    .await
            }
            Endpoint::HumoPayment => {
                self.run(humo::request::PaymentRequest::parse(&head.headers, &body))
                    .await
            }
            Endpoint::HumoCardInfo(version) => {
                self.run(humo::card_info::CardInfoRequest::parse(
                    &self.simulator,
                    version,
                    &head.headers,
                    &body,
                ))
                .await
            }
            Endpoint::HumoLogin => Ending::Reply(humo::middleware::log_in(&self.simulator, &body)),
            Endpoint::HumoSoapInfo => {
                self.run(humo::soap_info::SoapInfoRequest::parse(
                    &head.headers,
                    &body,
                ))
                .await
            }
            Endpoint::HumoHistory => {
                self.run(humo::history::HistoryRequest::parse(
                    &self.simulator,
                    &head.headers,
                    &body,
                ))
                .await
            }
            Endpoint::Sms => self.run(sms::SmsRequest::parse(&head.headers, &body)).await,
            Endpoint::EskizLogin => Ending::Reply(eskiz::log_in(&self.simulator, &body)),
            Endpoint::EskizSend => {
                self.run(eskiz::SendRequest::parse(
                    &self.simulator,
                    &head.headers,
                    &body,
                ))
                .await
            }
            Endpoint::Fiscal => {
                self.run(fiscal::ReceiptRequest::parse(&head.headers, &body))
                    .await
            }
            Endpoint::Cards => Ending::Reply(control::cards(&self.simulator)),
            Endpoint::Messages => {
                Ending::Reply(control::messages(&self.simulator, head.uri.query()))
            }
            Endpoint::Ledger => Ending::Reply(control::ledger(&self.simulator)),
            Endpoint::Totals => Ending::Reply(control::totals(&self.simulator)),
            Endpoint::Receipts => Ending::Reply(control::receipts(&self.simulator)),
            Endpoint::History => Ending::Reply(control::fill_history(&self.simulator, &body)),
            Endpoint::Faults if head.method == Method::DELETE => {
                Ending::Reply(control::clear_faults(&self.simulator))
            }
            Endpoint::Faults => Ending::Reply(control::script_fault(&self.simulator, &body)),
            Endpoint::Clock if head.method == Method::GET => {
                Ending::Reply(clock_control::tell(&self.simulator).await)
            }
            Endpoint::Clock => Ending::Reply(
                clock_control::advance(&self.simulator, &body, &self.tasks, &self.stop).await,
            ),
        }
    }

    /// Runs a call, with the scripted fault if one is queued, else with the fault that its card always causes.
    async fn run<E: NetworkRequest>(&self, call: Result<E, Reply>) -> Ending {
        let call = match call {
            Ok(call) => call,
            Err(refusal) => return Ending::Reply(refusal),
        };
        let operation = call.operation(&self.simulator);
        let scripted = self.simulator.faults().take(E::NETWORK, operation);
        let Some(fault) = scripted.or_else(|| call.card_fault(&self.simulator)) else {
            return Ending::Reply(call.execute(&self.simulator));
        };
        let Fault { kind, delay } = fault;
        let Some(delay) = delay else {
            return answer_with_fault(&self.simulator, call, kind);
        };
        // A task of its own: a network completes a call that it has received, even if the caller has disconnected.
        let (simulator, stop) = (Arc::clone(&self.simulator), self.stop.clone());
        let delayed = Arc::clone(simulator.clock()).delay(delay);
        let late = self.tasks.spawn(async move {
            tokio::select! {
                () = delayed.is_over() => answer_with_fault(&simulator, call, kind),
                () = stop.cancelled() => Ending::Silence,
            }
        });
        late.await.unwrap_or(Ending::Silence)
    }
}

fn without_body(fault: NoBody) -> Reply {
    let (status, hint) = match fault {
        NoBody::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body may have {BODY_BYTES_MAX} bytes\n"),
        ),
        NoBody::Incomplete => (
            StatusCode::BAD_REQUEST,
            "The body can't be read\n".to_owned(),
        ),
        NoBody::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "The body came too slowly\n".to_owned(),
        ),
    };
    Reply::text(status, hint)
}

/// How a call ends for the caller.
enum Ending {
    Reply(Reply),
    /// No reply ever comes.
    Silence,
    Reset,
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    for (name, value) in SHUT_TO_PAGES {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    if let Some(allow) = reply.allow {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(allow));
    }
    response
}

fn answer_with_fault<E: NetworkRequest>(simulator: &Simulator, call: E, kind: FaultKind) -> Ending {
    let http_500 = || {
        Ending::Reply(Reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
        ))
    };
    let garbage = || Ending::Reply(Reply::new(StatusCode::OK, TEXT, "<<< {\"not\": a reply"));
    match kind {
        FaultKind::Delay => Ending::Reply(call.execute(simulator)),
        FaultKind::DropBefore => Ending::Silence,
        FaultKind::DropAfter => {
            call.execute(simulator);
            Ending::Silence
        }
        FaultKind::ResetBefore => Ending::Reset,
        FaultKind::ResetAfter => {
            call.execute(simulator);
            Ending::Reset
        }
        FaultKind::Http500Before => http_500(),
        FaultKind::Http500After => {
            call.execute(simulator);
            http_500()
        }
        FaultKind::GarbageBefore => garbage(),
        FaultKind::GarbageAfter => {
            call.execute(simulator);
            garbage()
        }
        FaultKind::Decline(code) => {
            call.keep_refused(simulator, code);
            Ending::Reply(call.answer_with(code))
        }
        FaultKind::CodeAfter(code) => {
            let refusal = call.answer_with(code);
            call.execute(simulator);
            Ending::Reply(refusal)
        }
    }
}
