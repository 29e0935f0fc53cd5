//! Which connection does a statement get, and how long does it wait for one?

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgRow};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions as _, Connection as _};
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::super::errors::is_of_connection;
use super::super::reachability::Reachability;
use super::super::session;
use super::super::stale::StaleConnections;
use super::super::waits::Level;
use super::idle::{Idle, Resting};
use super::lent::{Lent, of_connection};

/// One that has rested for longer is asked for a sign of life before it is used.
const RESTED: Duration = Duration::from_secs(10);
/// The pauses between two tries to connect to a server that is just starting or full.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How many connections there are, and for how long one is waited for.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) struct Limits {
    pub(in crate::database) connections: u32,
    pub(in crate::database) acquire_timeout: Duration,
}

/// The connections to a server. Clones share them.
#[derive(Debug, Clone)]
pub(in crate::database) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    server: PgConnectOptions,
    limits: Limits,
    /// One each; who waits longest is next.
    places: Arc<Semaphore>,
    idle: Arc<Idle>,
    stale: StaleConnections,
    reachability: Reachability,
    /// Whether a session that cannot be made durable is refused. The first one is told about with a clearer message.
    is_checked: AtomicBool,
}

impl Connections {
    /// Connections to this server, none of which is open yet.
    pub(in crate::database) fn to(
        server: PgConnectOptions,
        limits: Limits,
        reachability: Reachability,
        stale: StaleConnections,
    ) -> Self {
        let places = usize::try_from(limits.connections).unwrap_or(usize::MAX);
        Self(Arc::new(Shared {
            // What matters is logged where it is handled. A pooler need not know a setting that we have no use for.
            server: server.disable_statement_logging().extra_float_digits(None),
            limits,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            idle: Arc::default(),
            stale,
            reachability,
            is_checked: AtomicBool::new(false),
        }))
    }

    /// How many are lent, and how many there may be.
    pub(in crate::database) fn level(&self) -> Level {
        let most = usize::try_from(self.0.limits.connections).unwrap_or(usize::MAX);
        Level {
            now: most.saturating_sub(self.0.places.available_permits()),
            most,
        }
    }

    /// From now on, a session that cannot be made durable is refused.
    pub(in crate::database) fn are_checked(&self) {
        self.0.is_checked.store(true, Ordering::SeqCst);
    }

    /// Does what needs a connection, unless the server cannot be reached.
    pub(in crate::database) async fn if_reachable<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        self.0.reachability.guard(work).await
    }

    /// Lends a connection.
    ///
    /// # Errors
    /// None is free in time, or none can be made.
    pub(in crate::database) async fn lend(&self) -> Result<Lent, DbErr> {
        // Mostly one is free, and needs no clock.
        let place = Arc::clone(&self.0.places).try_acquire_owned().ok();
        if let Some(place) = place {
            match self.rested() {
                Some(resting) if resting.since.elapsed() < RESTED => {
                    return Ok(self.lent(resting.session, resting.opened, place));
                }
                resting => return self.in_time(self.wake(resting, place)).await,
            }
        }
        self.in_time(async {
            let place = Arc::clone(&self.0.places).acquire_owned().await;
            let closed = |_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
            let place = place.map_err(closed)?;
            self.wake(self.rested(), place).await
        })
        .await
    }

    /// Reads something.
    pub(in crate::database) async fn read(
        &self,
        statement: Statement,
    ) -> Result<Vec<PgRow>, DbErr> {
        let again = statement.clone();
        let read = async { self.lend().await?.rows(statement).await };
        match self.if_reachable(read).await {
            // The session was ended while nobody used it; all others from before are replaced, too.
            Err(error) if is_of_connection(&error) => {
                let read = async { self.lend().await?.rows(again).await };
                self.if_reachable(read).await
            }
            read => read,
        }
    }

    /// Runs a statement that commits by itself.
    pub(in crate::database) async fn run(&self, statement: Statement) -> Result<u64, DbErr> {
        let run = async { self.lend().await?.run(statement).await };
        self.if_reachable(run).await
    }

    /// The same; the rows that it returns.
    pub(in crate::database) async fn run_for_rows(
        &self,
        statement: Statement,
    ) -> Result<Vec<PgRow>, DbErr> {
        let run = async { self.lend().await?.rows(statement).await };
        self.if_reachable(run).await
    }

    /// Runs statements without values.
    pub(in crate::database) async fn run_sql(&self, sql: &str) -> Result<u64, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        let run = async { self.lend().await?.run_sql(sql).await };
        self.if_reachable(run).await
    }

    /// Asks for a sign of life.
    pub(in crate::database) async fn ping(&self) -> Result<(), DbErr> {
        let ping = async { self.lend().await?.ping().await };
        self.if_reachable(ping).await
    }

    /// A connection of sea-orm's own, for migrations; to be closed after.
    pub(in crate::database) async fn of_sea_orm(&self) -> Result<DatabaseConnection, DbErr> {
        let one = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.0.limits.acquire_timeout);
        let pool = one.connect_with(self.0.server.clone()).await;
        Ok(pool.map_err(of_connection)?.into())
    }

    /// Closes all, after those that are lent have come back.
    pub(in crate::database) async fn close(&self) -> Result<(), DbErr> {
        let all = self.0.limits.connections;
        let places = Arc::clone(&self.0.places).acquire_many_owned(all).await;
        self.0.places.close();
        drop(places);
        let mut closed = Ok(());
        for resting in self.0.idle.take_all() {
            closed = closed.and(resting.session.close().await.map_err(of_connection));
        }
        closed
    }

    async fn in_time(
        &self,
        lend: impl Future<Output = Result<Lent, DbErr>>,
    ) -> Result<Lent, DbErr> {
        timeout(self.0.limits.acquire_timeout, lend)
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
    }

    /// An idle connection that is not stale.
    fn rested(&self) -> Option<Resting> {
        loop {
            let resting = self.0.idle.take()?;
            if !self.0.stale.include(resting.opened.elapsed()) {
                return Some(resting);
            }
        }
    }

    /// This one if it lives, else another one, else a new one.
    async fn wake(
        &self,
        mut resting: Option<Resting>,
        place: OwnedSemaphorePermit,
    ) -> Result<Lent, DbErr> {
        while let Some(mut found) = resting {
            if found.since.elapsed() < RESTED || found.session.ping().await.is_ok() {
                return Ok(self.lent(found.session, found.opened, place));
            }
            resting = self.rested();
        }
        let opened = Instant::now();
        let session = self.connect().await.map_err(of_connection)?;
        Ok(self.lent(session, opened, place))
    }

    fn lent(&self, session: PgConnection, opened: Instant, place: OwnedSemaphorePermit) -> Lent {
        let (idle, stale) = (Arc::clone(&self.0.idle), self.0.stale.clone());
        Lent::new(session, opened, idle, stale, place)
    }

    /// A new connection, whose session is durable. A server that is just starting, or is full, is asked again.
    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut pause = FIRST_PAUSE;
        let mut session = loop {
            match self.0.server.connect().await {
                Err(error) if is_passing(&error) => sleep(pause).await,
                connected => break connected?,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        let is_durable = session::make_durable(&mut session).await?;
        if is_durable || !self.0.is_checked.load(Ordering::SeqCst) {
            return Ok(session);
        }
        Err(sqlx::Error::Configuration(session::fsync_off().into()))
    }
}

/// Whether a server that did not take a connection may take one soon.
fn is_passing(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(error) = error {
        return error.kind() == io::ErrorKind::ConnectionRefused;
    }
    // It has too many connections, or is starting.
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("53300" | "57P03"))
}
