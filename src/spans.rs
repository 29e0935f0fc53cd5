//! Which spans make up the trace of a call; `cli/traces.rs` sends them. The log leaves them out.

use entity::ids::TransactionId;
use entity::processing_request::Action;
use tracing::Span;
use tracing::field::Empty;
use uuid::Uuid;

/// The target of all of them. They have no parameters of calls, no numbers of cards or phones, and no addresses.
pub(crate) const TARGET: &str = "aloqa_spans";

/// A whole call of a partner, the root of its trace.
pub(crate) fn call(request_id: Uuid, partner: &str, method: &'static str) -> Span {
    tracing::trace_span!(
        target: TARGET,
        parent: None,
        "call",
        otel.name = method,
        otel.kind = "server",
        rpc.system.name = "jsonrpc",
        rpc.method = method,
        rpc.response.status_code = Empty,
        otel.status_code = Empty,
        "error.type" = Empty,
        request_id = %request_id,
        partner,
    )
}

/// Says how a call ended: `ok`, or the code of its error.
pub(crate) fn call_ended(span: &Span, outcome: &str) {
    if span.is_disabled() || outcome == "ok" {
        return;
    }
    span.record("rpc.response.status_code", outcome);
    span.record("error.type", outcome);
    span.record("otel.status_code", "ERROR");
}

/// A call that moves money, from its intent to the network's reply. `transaction` joins it to the look-ups of later traces.
pub(crate) fn movement(transaction: TransactionId, action: Action) -> Span {
    tracing::trace_span!(
        target: TARGET,
        "movement",
        transaction = transaction.0,
        action = ?action,
    )
}

/// A look-up of a lost call by recovery, the root of a trace.
pub(crate) fn look_up(transaction: TransactionId, action: Action) -> Span {
    tracing::trace_span!(
        target: TARGET,
        parent: None,
        "look_up",
        transaction = transaction.0,
        action = ?action,
    )
}

/// One exchange with a server outside. `server` is the section of its settings, `operation` the server's own word.
pub(crate) fn exchange(server: &'static str, operation: &'static str) -> Span {
    tracing::trace_span!(
        target: TARGET,
        "exchange",
        otel.kind = "client",
        server,
        operation,
        outcome = Empty,
        otel.status_code = Empty,
    )
}

/// Says how an exchange ended: `answered`, or in another of the words of the figures.
pub(crate) fn exchange_ended(span: &Span, outcome: &'static str) {
    if span.is_disabled() {
        return;
    }
    span.record("outcome", outcome);
    if outcome != "answered" {
        span.record("otel.status_code", "ERROR");
    }
}

/// Waiting for the turn to write something new.
pub(crate) fn turn() -> Span {
    tracing::trace_span!(target: TARGET, "turn")
}

/// A COMMIT; on SQLite with the wait for those who share it.
pub(crate) fn committing() -> Span {
    tracing::trace_span!(target: TARGET, "commit")
}
