//! Whether a PostgreSQL can be reached at all, and would keep what it is told. The pool keeps each caller waiting for as
//! long as a connection may take; while there is no such server that is for nothing, and who comes now can be told now.

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

use super::Renewal;
use super::session;
use crate::causes::Causes;

/// What takes longer is no proof of anything, but a reason to look.
const SUSPICIOUS: Duration = Duration::from_millis(500);
/// Who does not take a connection in this time is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a server that is away is looked for.
const PERIOD: Duration = Duration::from_millis(100);
/// A server that is just slow is not burdened with more connections than one in this time.
const PAUSE: Duration = Duration::from_secs(1);

/// See the module. The looking ends with its last clone.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    shared: Arc<Shared>,
    _stop: Arc<DropGuard>,
}

#[derive(Debug)]
struct Shared {
    away: watch::Sender<bool>,
    suspected: Notify,
}

impl Reach {
    /// Looks whenever something is suspicious. The connections that an outage leaves are to be renewed.
    pub(super) fn watch(server: PgConnectOptions, renewal: Renewal) -> Self {
        let shared = Arc::new(Shared {
            away: watch::Sender::default(),
            suspected: Notify::new(),
        });
        let stop = CancellationToken::new();
        let server = server.disable_statement_logging();
        let looking = look(Arc::clone(&shared), server, renewal, stop.clone());
        tokio::spawn(looking);
        Self {
            shared,
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    /// Does what needs a connection, unless the server is away, or until it turns out to be.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let away = async {
            let mut away = self.shared.away.subscribe();
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
                if done.as_ref().is_err_and(is_of_connection) {
                    self.shared.suspected.notify_one();
                }
                done
            }
            () = suspicion => Err(unreachable()),
        }
    }
}

fn unreachable() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(
        "the database is away, or of no use".to_owned(),
    ))
}

/// An error of the connection and not of the statement.
pub(super) fn is_of_connection(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    // 57P01 and its like: the server, or this session, is being ended.
    let ending = |code: &str| code.starts_with("57P");
    match error.as_database_error() {
        Some(error) => error.code().as_deref().is_some_and(ending),
        None => matches!(
            error.as_ref(),
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_)
        ),
    }
}

/// Looks when asked to, and again and again while the server is away.
async fn look(
    shared: Arc<Shared>,
    server: PgConnectOptions,
    renewal: Renewal,
    stop: CancellationToken,
) {
    let looking = async {
        loop {
            shared.suspected.notified().await;
            let mut since = None;
            let mut told = None;
            while let Err(unusable) = is_there(&server).await {
                since.get_or_insert_with(Instant::now);
                shared.away.send_replace(true);
                // Not again and again; but who comes back in another way is news.
                if told.replace(discriminant(&unusable)) != Some(discriminant(&unusable)) {
                    match unusable {
                        Unusable::Away(cause) => tracing::error!(
                            cause,
                            "the database is away; calls are refused until it is back"
                        ),
                        Unusable::Forgetful => tracing::error!(
                            cause = %session::forgetful(),
                            "the database would forget commits; calls are refused until it keeps them"
                        ),
                    }
                }
                sleep(PERIOD).await;
            }
            if let Some(since) = since {
                tracing::info!(after = ?since.elapsed(), "the database is back");
                renewal.renew();
                shared.away.send_replace(false);
            } else {
                sleep(PAUSE).await;
            }
        }
    };
    stop.run_until_cancelled(looking).await;
}

/// Why a server is of no use.
enum Unusable {
    Away(String),
    Forgetful,
}

/// Only what proves that nobody is served there counts against the server: one that has no connection left, or does not
/// like ours, is there.
async fn is_there(server: &PgConnectOptions) -> Result<(), Unusable> {
    let asked = async {
        let mut session = server.connect().await?;
        let durable = session::make_durable(&mut session).await?;
        drop(session.close().await);
        Ok(durable)
    };
    match timeout(CONNECT_TIMEOUT, asked).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(Unusable::Forgetful),
        Ok(Err(sqlx::Error::Database(error))) if error.code().as_deref() != Some("57P03") => Ok(()),
        Ok(Err(error @ (sqlx::Error::Io(_) | sqlx::Error::Database(_)))) => {
            Err(Unusable::Away(Causes(&error).to_string()))
        }
        Ok(Err(_)) => Ok(()),
        Err(_) => Err(Unusable::Away(format!(
            "no connection within {} s",
            CONNECT_TIMEOUT.as_secs()
        ))),
    }
}
