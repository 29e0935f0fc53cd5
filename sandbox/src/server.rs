//! HTTP: accepts connections, finds the protocol by the path, applies faults.

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
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    control,
    faults::{Kind, Script},
    fiscal,
    http::{Exchange, Reply, TEXT},
    humo, sms, uzcard,
    world::World,
};

/// The largest request body.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a reply that never comes keeps its connection open.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a stopping server waits for replies that are being written.
const STOP_GRACE: Duration = Duration::from_secs(1);

pub(crate) async fn serve(world: Arc<World>, listener: TcpListener, stop: CancellationToken) {
    let server = Server {
        world,
        stop,
        tasks: TaskTracker::new(),
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                server.tasks.spawn(server.clone().serve_connection(stream));
            }
            Err(error) => {
                // Mostly too many open files: without the pause, this loop would spin until one is closed.
                tracing::warn!(%error, "the sandbox can't accept a connection");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    server.tasks.close();
    server.tasks.wait().await;
}

/// What every connection and call has at hand.
#[derive(Clone)]
struct Server {
    world: Arc<World>,
    stop: CancellationToken,
    /// Connections and late executions: when the server has stopped, nothing of it is left.
    tasks: TaskTracker,
}

impl Server {
    async fn serve_connection(self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY on a connection of the sandbox");
        }
        // Set by a call whose fault is a reset; hyper then gives the stream back.
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
            // Closing a socket whose linger time is zero sends RST instead of FIN.
            if let Err(error) = connection.into_parts().io.into_inner().set_zero_linger() {
                tracing::warn!(%error, "a connection of the sandbox is closed instead of reset");
            }
        } else if let Err(error) = ended {
            tracing::debug!(%error, "a connection of the sandbox ended");
        }
    }

    /// One request. An error ends the connection without a reply.
    async fn answer(
        self,
        request: Request<Incoming>,
        reset: Arc<AtomicBool>,
    ) -> Result<Response<Full<Bytes>>, io::Error> {
        match self.route(request).await {
            Ending::Reply(reply) => Ok(response(reply)),
            Ending::Silence => {
                // A caller who goes away ends this wait, because hyper then drops the call.
                tokio::select! {
                    () = sleep(SILENCE) => {}
                    () = self.stop.cancelled() => {}
                }
                Err(io::Error::other("a fault keeps the reply back"))
            }
            Ending::Reset => {
                reset.store(true, Ordering::Relaxed);
                Err(io::Error::other("a fault resets the connection"))
            }
        }
    }

    async fn route(&self, request: Request<Incoming>) -> Ending {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let Some(endpoint) = Endpoint::at(path.strip_suffix('/').unwrap_or(path)) else {
            return Ending::Reply(Reply::text(StatusCode::NOT_FOUND, UNKNOWN_PATH));
        };
        let allow = endpoint.allows();
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
                self.perform(uzcard::Call::parse(&head.headers, &body))
                    .await
            }
            Endpoint::HumoPayment => {
                self.perform(humo::request::Call::parse(&head.headers, &body))
                    .await
            }
            Endpoint::HumoCardInfo => {
                self.perform(humo::card_info::Call::parse(&head.headers, &body))
                    .await
            }
            Endpoint::HumoHistory => {
                self.perform(humo::history::Call::parse(&head.headers, &body))
                    .await
            }
            Endpoint::Sms => self.perform(sms::Call::parse(&head.headers, &body)).await,
            Endpoint::Fiscal => {
                self.perform(fiscal::Call::parse(&head.headers, &body))
                    .await
            }
            Endpoint::Cards => Ending::Reply(control::cards(&self.world)),
            Endpoint::Messages => Ending::Reply(control::messages(&self.world, head.uri.query())),
            Endpoint::Ledger => Ending::Reply(control::ledger(&self.world)),
            Endpoint::Totals => Ending::Reply(control::totals(&self.world)),
            Endpoint::Receipts => Ending::Reply(control::receipts(&self.world)),
            Endpoint::History => Ending::Reply(control::fill_history(&self.world, &body)),
            Endpoint::Faults if head.method == Method::DELETE => {
                Ending::Reply(control::clear_faults(&self.world))
            }
            Endpoint::Faults => Ending::Reply(control::script_fault(&self.world, &body)),
        }
    }

    /// Runs a call of a network, or lets it go wrong as scripted, or else as its card is known for.
    async fn perform<E: Exchange>(&self, call: Result<E, Reply>) -> Ending {
        let call = match call {
            Ok(call) => call,
            Err(refusal) => return Ending::Reply(refusal),
        };
        let operation = call.operation(&self.world);
        let scripted = self.world.faults().take(E::NETWORK, operation);
        let Some(script) = scripted.or_else(|| call.habit(&self.world)) else {
            return Ending::Reply(call.run(&self.world));
        };
        let Script { kind, delay } = script;
        let Some(delay) = delay else {
            return misbehave(&self.world, call, kind);
        };
        // A task of its own: a network executes late what it has received, whether or not the caller still listens.
        let (world, stop) = (Arc::clone(&self.world), self.stop.clone());
        let late = self.tasks.spawn(async move {
            tokio::select! {
                () = sleep(delay) => misbehave(&world, call, kind),
                () = stop.cancelled() => Ending::Silence,
            }
        });
        late.await.unwrap_or(Ending::Silence)
    }
}

/// How a call ends for its caller.
enum Ending {
    Reply(Reply),
    /// Nothing ever comes.
    Silence,
    Reset,
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Some(allow) = reply.allow {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(allow));
    }
    response
}

const UNKNOWN_PATH: &str = "The sandbox has POST /uzcard, POST /humo/payment, POST /humo/json/v3/iiacs/card, \
    POST /humo/json/v1/ws/transaction-history, POST /sms/broker-api/send, POST /fiscal/receipts, GET /sandbox/cards, GET /sandbox/messages?phone=998..., \
    GET /sandbox/ledger, GET /sandbox/totals, GET /sandbox/receipts, POST /sandbox/history, POST and DELETE /sandbox/faults.\n";

/// The endpoints, each with the methods that it takes.
#[derive(Clone, Copy)]
enum Endpoint {
    Uzcard,
    HumoPayment,
    HumoCardInfo,
    HumoHistory,
    Sms,
    Fiscal,
    Cards,
    Messages,
    Ledger,
    Totals,
    Receipts,
    History,
    Faults,
}

impl Endpoint {
    fn at(path: &str) -> Option<Self> {
        match path {
            "/uzcard" => Some(Self::Uzcard),
            "/humo/payment" => Some(Self::HumoPayment),
            "/humo/json/v3/iiacs/card" => Some(Self::HumoCardInfo),
            "/humo/json/v1/ws/transaction-history" => Some(Self::HumoHistory),
            "/sms/broker-api/send" => Some(Self::Sms),
            "/fiscal/receipts" => Some(Self::Fiscal),
            "/sandbox/cards" => Some(Self::Cards),
            "/sandbox/messages" => Some(Self::Messages),
            "/sandbox/ledger" => Some(Self::Ledger),
            "/sandbox/totals" => Some(Self::Totals),
            "/sandbox/receipts" => Some(Self::Receipts),
            "/sandbox/history" => Some(Self::History),
            "/sandbox/faults" => Some(Self::Faults),
            _ => None,
        }
    }

    fn allows(self) -> &'static str {
        match self {
            Self::Uzcard
            | Self::HumoPayment
            | Self::HumoCardInfo
            | Self::HumoHistory
            | Self::Sms
            | Self::Fiscal
            | Self::History => "POST",
            Self::Cards | Self::Messages | Self::Ledger | Self::Totals | Self::Receipts => "GET",
            Self::Faults => "POST, DELETE",
        }
    }
}

fn misbehave<E: Exchange>(world: &World, call: E, kind: Kind) -> Ending {
    let http_500 = || {
        Ending::Reply(Reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
        ))
    };
    let garbage = || Ending::Reply(Reply::new(StatusCode::OK, TEXT, "<<< {\"not\": a reply"));
    match kind {
        Kind::Delay => Ending::Reply(call.run(world)),
        Kind::DropBefore => Ending::Silence,
        Kind::DropAfter => {
            call.run(world);
            Ending::Silence
        }
        Kind::ResetBefore => Ending::Reset,
        Kind::ResetAfter => {
            call.run(world);
            Ending::Reset
        }
        Kind::Http500Before => http_500(),
        Kind::Http500After => {
            call.run(world);
            http_500()
        }
        Kind::GarbageBefore => garbage(),
        Kind::GarbageAfter => {
            call.run(world);
            garbage()
        }
        Kind::Decline(code) => Ending::Reply(call.refuse(code)),
    }
}
