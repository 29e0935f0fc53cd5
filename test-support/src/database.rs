//! The databases that a test runs on, and where their files are.

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::Database;
use tokio::net::TcpSocket;
use tokio::sync::OnceCell;

/// The kinds of database that every test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file of the test's own.
    Sqlite,
    /// A database of the test's own on the run's server.
    Postgres,
}

/// Set to any value, every cell of every matrix is tried, and every test on both databases. `.ci/run` sets it for the
/// matrices.
const WHOLE: &str = "ALOQA_TESTS_WHOLE";

/// Whether this run tries everything, or what fits into five minutes.
pub fn is_whole() -> bool {
    std::env::var_os(WHOLE).is_some()
}

/// Which share of a matrix is tried where a run is not whole: on each database one cell in so many.
///
/// What a cell shows is mostly decided by the same rules on both databases, and costs twice as much on PostgreSQL. Where
/// both take a part, their parts differ.
#[derive(Debug, Clone, Copy)]
pub struct OneIn {
    /// Of a file of the test's own.
    pub sqlite: usize,
    /// Of a database of the test's own on the run's server.
    pub postgres: usize,
}

impl DatabaseKind {
    /// Whether this cell of a matrix is tried on this database.
    pub fn takes(self, cell: usize, one_in: OneIn) -> bool {
        is_whole()
            || match self {
                Self::Sqlite => cell.is_multiple_of(one_in.sqlite),
                Self::Postgres => cell % one_in.postgres == one_in.postgres - 1,
            }
    }
}

/// Turns one test into two: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_each_database {
    ($( $(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block )*) => {
        $(
            $(#[doc = $doc])*
            mod $name {
                use super::*;

                async fn run($app: $crate::TestApp) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    if let Some(app) = $crate::TestApp::on($crate::DatabaseKind::Sqlite).await {
                        run(app).await;
                    }
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if let Some(app) = $crate::TestApp::on($crate::DatabaseKind::Postgres).await {
                        run(app).await;
                    }
                }
            }
        )*
    };
}

/// The same for what is decided before a database is asked: on PostgreSQL in a whole run only.
#[macro_export]
macro_rules! mostly_on_sqlite {
    ($( $(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block )*) => {
        $(
            $(#[doc = $doc])*
            mod $name {
                use super::*;

                async fn run($app: $crate::TestApp) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    if let Some(app) = $crate::TestApp::on($crate::DatabaseKind::Sqlite).await {
                        run(app).await;
                    }
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if !$crate::is_whole() {
                        return;
                    }
                    if let Some(app) = $crate::TestApp::on($crate::DatabaseKind::Postgres).await {
                        run(app).await;
                    }
                }
            }
        )*
    };
}

/// Writes a SQLite database that is empty and has the newest schema. It is migrated once per run; later ones are
/// copies.
pub(crate) async fn create_sqlite(file: &Path) {
    static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
    let migrated = MIGRATED.get_or_init(async || {
        let directory = tempfile::tempdir_in(fast_directory()).unwrap();
        let file = directory.path().join("migrated.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let database = Database::connect(url).await.unwrap();
        Migrator::up(&database, None).await.unwrap();
        database.close().await.unwrap();
        fs::read(file).unwrap()
    });
    fs::write(file, migrated.await).unwrap();
    // As the gateway itself makes it.
    fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
}

/// A folder in memory where there is one: commits are as durable there as a test needs.
pub fn fast_directory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}

/// An address where nobody listens, nor will: it stays taken by a socket that takes no connections.
pub fn closed_port() -> SocketAddr {
    static TAKEN: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    TAKEN.lock().unwrap().push(socket);
    address
}

/// An address that was free a moment ago.
pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
