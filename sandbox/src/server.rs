//! HTTP: accepts connections, routes by path, applies faults.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use listener::browser::{Doorkeeper, SHUT_TO_PAGES};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock_control, control,
    endpoint::{Endpoint, UNKNOWN_PATH},
    faults::{Fault, FaultKind},
    fiscal,
    http::{NetworkRequest, Reply, TEXT},
    humo,
    simulator::Simulator,
    sms, uzcard,
};

/// Connections open at the same time. A gateway may have 600 calls at each of its networks.
const CONNECTIONS_MAX: usize = 2_048;
/// The largest request body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a connection stays open when the reply never comes.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a stopping server waits for replies in progress.
const STOP_GRACE: Duration = Duration::from_secs(1);

pub(crate) async fn serve(
    simulator: Arc<Simulator>,
    listener: TcpListener,
    doorkeeper: Doorkeeper,
    stop: CancellationToken,
) {
    let server = Server {
        simulator,
        doorkeeper: Arc::new(doorkeeper),
        stop,
        tasks: TaskTracker::new(),
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // At the limit nothing is accepted: callers wait in the listener's queue.
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accept => accepted,
            () = server.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = server.clone().serve_connection(stream);
                server.tasks.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
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
    stop: CancellationToken,
    /// Connections and delayed calls; all of them have ended when the server has stopped.
    tasks: TaskTracker,
}

impl Server {
    async fn serve_connection(self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "can't set TCP_NODELAY on a connection to the sandbox");
        }
        // Set by a call whose fault is a reset. Hyper then returns the stream.
        let reset = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request| self.clone().answer(request, Arc::clone(&reset)));
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);

        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            () = self.stop.cancelled() => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                Pin::new(&mut connection).graceful_shutdown();
                timeout(STOP_GRACE, &mut connection).await.unwrap_or(Ok(()))
            }
        };
        if reset.load(Ordering::Relaxed) {
            // Closing a socket with a linger time of zero sends RST instead of FIN.
            if let Err(error) = connection.into_parts().io.into_inner().set_zero_linger() {
                tracing::warn!(%error, "can't reset a connection to the sandbox; it is closed instead");
            }
        } else if let Err(error) = ended {
            tracing::debug!(%error, "a connection to the sandbox failed");
        }
    }

    /// Handles one request. An error closes the connection without a reply.
    async fn answer(
        self,
        request: Request<Incoming>,
        reset: Arc<AtomicBool>,
    ) -> Result<Response<Full<Bytes>>, io::Error> {
        match self.route(request).await {
            Ending::Reply(reply) => Ok(response(reply)),
            Ending::Silence => {
                // If the caller disconnects, hyper drops this future, which ends the wait.
                tokio::select! {
                    () = sleep(SILENCE) => {}
                    () = self.stop.cancelled() => {}
                }
                Err(io::Error::other("a fault withholds the reply"))
            }
            Ending::Reset => {
                reset.store(true, Ordering::Relaxed);
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
        let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let hint = format!("The body may have {BODY_BYTES_MAX} bytes\n");
                return Ending::Reply(Reply::text(StatusCode::PAYLOAD_TOO_LARGE, hint));
            }
            Err(_) => {
                return Ending::Reply(Reply::text(
                    StatusCode::BAD_REQUEST,
                    "The body can't be read\n",
                ));
            }
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
            Endpoint::HumoCardInfo => {
                self.run(humo::card_info::CardInfoRequest::parse(
                    &head.headers,
                    &body,
                ))
                .await
            }
            Endpoint::HumoHistory => {
                self.run(humo::history::HistoryRequest::parse(&head.headers, &body))
                    .await
            }
            Endpoint::Sms => self.run(sms::SmsRequest::parse(&head.headers, &body)).await,
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
