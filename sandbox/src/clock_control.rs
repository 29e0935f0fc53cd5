//! `/sandbox/clock`: moves the simulated time on, and tells it.

use std::{sync::Arc, time::Duration};

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{clock::Due, http::Reply, journal::NotWritten, simulator::Simulator};

/// The longest step, in seconds: 30 days.
const STEP_MAX: i64 = 30 * 86_400;
/// How long a reply waits for what has come due, and for an earlier step.
const PATIENCE: Duration = Duration::from_secs(20);

/// The body of `POST /sandbox/clock`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Step {
    advance_seconds: i64,
}

/// What the clock says of itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Time {
    /// UNIX milliseconds.
    now: i64,
    /// By how much it was moved on, all steps together.
    offset_seconds: i64,
    /// Whether a gateway's clock goes forward with it: only the one that embeds the sandbox.
    gateway: bool,
    status: Status,
    /// What comes due next, the earliest of each kind, soonest first.
    due: Vec<Due>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// All that had come due is done.
    Ready,
    /// It is still being done.
    Advancing,
    /// Some of it could not be done; the log says what. The gateway tries again by itself.
    Failed,
}

/// The time, and what comes due next.
pub(crate) async fn tell(simulator: &Simulator) -> Reply {
    let status = match simulator.clock().steps().try_lock() {
        Ok(_) => Status::Ready,
        Err(_) => Status::Advancing,
    };
    reply(simulator, status).await
}

/// Moves the time on, and replies when what has come due is done, or after [`PATIENCE`].
pub(crate) async fn advance(
    simulator: &Arc<Simulator>,
    body: &[u8],
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Reply {
    let step = match serde_json::from_slice::<Step>(body) {
        Ok(step) if (0..=STEP_MAX).contains(&step.advance_seconds) => step,
        Ok(_) => {
            return refuse(format!(
                "advanceSeconds must be 0 to {STEP_MAX} (30 days): time only goes forward"
            ));
        }
        Err(error) => return refuse(format!("{error}. A step is {{advanceSeconds}}")),
    };
    let Ok(turn) = timeout(PATIENCE, simulator.clock().steps().lock_owned()).await else {
        let said = json!({"error": "an earlier step is still being carried out"});
        return Reply::json(StatusCode::CONFLICT, &said);
    };
    if let Err(NotWritten) = simulator.advance(step.advance_seconds.saturating_mul(1_000)) {
        let said = json!({"error": "the sandbox's state file can't be written"});
        return Reply::json(StatusCode::INTERNAL_SERVER_ERROR, &said);
    }
    // A task of its own: it goes on if the caller hangs up, and has its turn until it is done.
    let (worker, stop) = (Arc::clone(simulator), stop.clone());
    let caught_up = tasks.spawn(async move {
        let status = stop.run_until_cancelled(catch_up(&worker)).await;
        drop(turn);
        status.unwrap_or(Status::Failed)
    });
    let status = match timeout(PATIENCE, caught_up).await {
        Ok(status) => status.unwrap_or(Status::Failed),
        Err(_) => Status::Advancing,
    };
    reply(simulator, status).await
}

/// First what the networks had received, then what ends by itself, then the gateway: it asks what became of its calls.
async fn catch_up(simulator: &Simulator) -> Status {
    simulator.clock().delayed_calls_are_done().await;
    simulator.read(|_| ());
    let Some(follower) = simulator.clock().follower() else {
        return Status::Ready;
    };
    match follower.catch_up().await {
        Ok(()) => Status::Ready,
        Err(error) => {
            tracing::warn!(
                %error,
                "not all was done that came due when the clock was moved on"
            );
            Status::Failed
        }
    }
}

async fn reply(simulator: &Simulator, status: Status) -> Reply {
    let clock = simulator.clock();
    let mut due = match clock.follower() {
        Some(follower) => match follower.due().await {
            Ok(due) => due,
            Err(error) => {
                let said = json!({"error": error.to_string()});
                return Reply::json(StatusCode::INTERNAL_SERVER_ERROR, &said);
            }
        },
        None => Vec::new(),
    };
    due.extend(simulator.read(|state| {
        state.next_hold_end().map(|at| Due {
            what: "network_hold_ends",
            at,
        })
    }));
    due.sort_by_key(|due| due.at);
    let time = Time {
        now: clock.now(),
        offset_seconds: clock.advanced() / 1_000,
        gateway: clock.follower().is_some(),
        status,
        due,
    };
    Reply::json(StatusCode::OK, &time)
}

fn refuse(message: String) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({"error": message}))
}
