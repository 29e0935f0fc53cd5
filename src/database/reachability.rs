//! Whether the PostgreSQL server can be reached and keeps its commits.
//!
//! Without this, every caller during an outage would wait for a connection until its time-out. A prober finds out once
//! for all of them, and they are refused at once.

use std::future::pending;
use std::mem::discriminant;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{DbErr, RuntimeErr};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::errors::is_of_connection;
use super::session;
use super::stale::StaleConnections;
use crate::error_chain::ErrorChain;

/// Work that takes longer than this proves nothing, but is a reason to probe the server.
const SUSPICIOUS: Duration = Duration::from_millis(500);
/// A server that accepts no connection within this time counts as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The pause between two probes of an unreachable server.
const PERIOD: Duration = Duration::from_millis(100);
/// The pause between two probes of a server that is only slow, so as not to burden it.
const PAUSE: Duration = Duration::from_secs(1);

/// See the module. The prober stops with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Reachability {
    shared: Arc<Shared>,
    _stop: Arc<DropGuard>,
}

#[derive(Debug)]
struct Shared {
    is_away: watch::Sender<bool>,
    suspected: Notify,
}

impl Reachability {
    /// Starts the prober, which looks whenever something is suspicious. After an outage it marks all connections stale.
    pub(super) fn watch(server: PgConnectOptions, stale: StaleConnections) -> Self {
        let shared = Arc::new(Shared {
            is_away: watch::Sender::default(),
            suspected: Notify::new(),
        });
        let stop = CancellationToken::new();
        let server = server.disable_statement_logging();
        let prober = probe_when_suspected(Arc::clone(&shared), server, stale, stop.clone());
        tokio::spawn(prober);
        Self {
            shared,
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    /// Does what needs a connection; stops when the server is found to be away.
    pub(super) async fn guard<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let away = async {
            let mut away = self.shared.is_away.subscribe();
            if away.wait_for(|away| *away).await.is_err() {
                pending::<()>().await;
            }
        };
        let suspicion = async {
            sleep(SUSPICIOUS).await;
            self.shared.suspected.notify_one();
            pending::<()>().await;
        };
        let (work, away, suspicion) = (pin!(work), pin!(away), pin!(suspicion));
        tokio::select! {
            biased;
            () = away => Err(unreachable()),
            done = work => {
                if done.as_ref().is_err_and(is_suspicious) {
                    self.shared.suspected.notify_one();
                }
                done
            }
            () = suspicion => Err(unreachable()),
        }
    }
}

/// Whether an error is a reason to look at the server: one of a connection, or that none could be made, for example because the
/// server would lose commits.
fn is_suspicious(error: &DbErr) -> bool {
    is_of_connection(error) || matches!(error, DbErr::Conn(_))
}

fn unreachable() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(
        "the database cannot be reached or used".to_owned(),
    ))
}

/// Probes the server when it is suspected, and again and again while it is away.
async fn probe_when_suspected(
    shared: Arc<Shared>,
    server: PgConnectOptions,
    stale: StaleConnections,
    stop: CancellationToken,
) {
    let probing = async {
        loop {
            shared.suspected.notified().await;
            let mut since = None;
            let mut logged = None;
            while let Err(unusable) = probe(&server).await {
                since.get_or_insert_with(Instant::now);
                shared.is_away.send_replace(true);
                // Once per outage, and again when the reason changes.
                if logged.replace(discriminant(&unusable)) != Some(discriminant(&unusable)) {
                    match unusable {
                        Unusable::Away(cause) => tracing::error!(
                            cause,
                            "the database cannot be reached; calls are refused until it is back"
                        ),
                        Unusable::NotDurable => tracing::error!(
                            cause = %session::fsync_off(),
                            "the database would lose commits; calls are refused until it keeps them"
                        ),
                    }
                }
                sleep(PERIOD).await;
            }
            if let Some(since) = since {
                tracing::info!(after = ?since.elapsed(), "the database is back");
                stale.mark();
                shared.is_away.send_replace(false);
            } else {
                sleep(PAUSE).await;
            }
        }
    };
    stop.run_until_cancelled(probing).await;
}

/// Why a server cannot be used.
enum Unusable {
    Away(String),
    NotDurable,
}

/// Connects once. Only a proof that the server serves nobody counts against it: one that has no connection left, or
/// rejects ours, is there.
async fn probe(server: &PgConnectOptions) -> Result<(), Unusable> {
    let attempt = async {
        let mut session = server.connect().await?;
        let durable = session::make_durable(&mut session).await?;
        drop(session.close().await);
        Ok(durable)
    };
    match timeout(CONNECT_TIMEOUT, attempt).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(Unusable::NotDurable),
        Ok(Err(sqlx::Error::Database(error))) if error.code().as_deref() != Some("57P03") => Ok(()),
        Ok(Err(error @ (sqlx::Error::Io(_) | sqlx::Error::Database(_)))) => {
            Err(Unusable::Away(ErrorChain(&error).to_string()))
        }
        Ok(Err(_)) => Ok(()),
        Err(_) => Err(Unusable::Away(format!(
            "no connection within {} s",
            CONNECT_TIMEOUT.as_secs()
        ))),
    }
}
