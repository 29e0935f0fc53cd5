//! A throw-away PostgreSQL server, made once per run from the installed programs.
//!
//! It listens on a socket in its own folder only, so there is no port to collide on, and it ends with the test run: its
//! supervising shell waits for the end of its standard input, which comes however the run dies. Under root it runs as
//! the user `postgres`, as PostgreSQL refuses to run as root.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use tokio::sync::OnceCell;

use crate::fast_directory;

/// If this is set to any value, the tests fail instead of being skipped where PostgreSQL is not installed.
const REQUIRED: &str = "ALOQA_TEST_REQUIRE_POSTGRES";

/// The database that all others are copied from.
const TEMPLATE: &str = "gateway_template";

/// Settings of a server that lives as long as a run and has hundreds of small databases: they are not vacuumed, and
/// what is in memory is not written to the disk before the end. Its commits last as they would anywhere, as the gateway
/// uses no server whose commits do not. Connections are for every gateway that the tests of one binary run at the same
/// time.
const SETTINGS: &str = "-c max_connections=1000 -c shared_buffers=32MB -c autovacuum=off -c jit=off \
                        -c checkpoint_timeout=1h -c max_wal_size=4GB -c wal_level=minimal -c max_wal_senders=0";

struct Server {
    socket_directory: PathBuf,
}

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);
/// Held for as long as the run lives; its standard input keeps the server up.
static SUPERVISOR: Mutex<Option<Child>> = Mutex::new(None);

/// The same on a server as it is installed, with its data on the disk, as what is measured there may be gigabytes. The
/// run then has no other server.
pub async fn new_measured_database() -> Option<String> {
    SERVER
        .get_or_init(|| start(std::env::temp_dir(), "-c max_connections=400"))
        .await;
    new_database().await
}

/// The URL of a new, migrated database; `None` where PostgreSQL is not installed.
pub async fn new_database() -> Option<String> {
    copy_of(TEMPLATE).await
}

/// The URL of a new database without any tables; `None` where PostgreSQL is not installed.
pub async fn empty_database() -> Option<String> {
    copy_of("template1").await
}

/// Drops the database of this URL, and ends the sessions that still use it.
pub async fn drop_database(url: &str) {
    let Some(Some(server)) = SERVER.get() else {
        return;
    };
    let name = url.rsplit('/').find_map(|part| part.split_once('?'));
    let (name, _) = name.unwrap_or_else(|| panic!("no database is named in {url}"));
    let admin = connect(server, "postgres").await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute_unprepared(&drop).await.unwrap();
    admin.close().await.unwrap();
}

/// The URL of a copy of the database of this URL, which nobody uses at this time.
pub async fn copy_of_database(url: &str) -> String {
    let name = url.rsplit('/').find_map(|part| part.split_once('?'));
    let (name, _) = name.unwrap_or_else(|| panic!("no database is named in {url}"));
    copy_of(name).await.unwrap()
}

async fn copy_of(template: &str) -> Option<String> {
    let server = SERVER
        .get_or_init(|| start(fast_directory(), SETTINGS))
        .await
        .as_ref()?;
    let name = format!("gateway_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    // One copy at a time: PostgreSQL refuses a template that is being copied by somebody else.
    static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _copying = COPYING.lock().await;
    let admin = connect(server, "postgres").await;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    Some(url(server, &name))
}

async fn start(parent: PathBuf, settings: &str) -> Option<Server> {
    let programs = programs()?;
    let directory = new_directory_in(&parent);
    let script = format!(
        "set -e; cd '{dir}'
         '{bin}/initdb' -D data -U postgres -A trust -E UTF8 --locale=C --no-instructions >initdb.log 2>&1
         '{bin}/postgres' -D data -c listen_addresses= -c unix_socket_directories='{dir}' {settings} \
             >postgres.log 2>&1 </dev/null &
         server=$!
         set +e
         until '{bin}/pg_isready' -q -h '{dir}'; do
             kill -0 $server || {{ cat postgres.log >&2; exit 1; }}
             sleep 0.05
         done
         echo ready
         read end_of_the_run
         kill -QUIT $server; wait $server; cd /; rm -rf '{dir}'",
        dir = directory.display(),
        bin = programs.display(),
    );
    let mut supervisor = shell(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = supervisor.stdout.take().unwrap();
    let ready = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
        line
    });
    assert_eq!(
        ready.await.unwrap().trim(),
        "ready",
        "PostgreSQL did not start"
    );
    *SUPERVISOR.lock().unwrap() = Some(supervisor);
    let server = Server {
        socket_directory: directory,
    };
    let admin = connect(&server, "postgres").await;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {TEMPLATE}"))
        .await
        .unwrap();
    let template = connect(&server, TEMPLATE).await;
    Migrator::up(&template, None).await.unwrap();
    template.close().await.unwrap();
    admin.close().await.unwrap();
    Some(server)
}

/// Where PostgreSQL's programs are: on the path, or where Debian puts them. `None` where they are not installed, which
/// is reported loudly.
pub fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let mut installed: Vec<PathBuf> = debian.collect();
    installed.sort();
    let all = |directory: &PathBuf| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|program| directory.join(program).is_file())
    };
    let found = std::env::split_paths(&path)
        .chain(installed.into_iter().rev())
        .find(all);
    if found.is_none() {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "PostgreSQL's programs (initdb, postgres) are not installed"
        );
        // Not `eprintln!`, whose output the test harness captures.
        let said =
            "SKIPPED: PostgreSQL's programs are not installed; the tests on PostgreSQL did not run";
        writeln!(std::io::stderr(), "{said}").unwrap();
    }
    found
}

/// A new folder for a server, which belongs to the user that runs it. The server's shell removes it.
pub fn new_directory() -> PathBuf {
    new_directory_in(&fast_directory())
}

fn new_directory_in(parent: &Path) -> PathBuf {
    let directory = tempfile::Builder::new()
        .prefix("aloqa-pg-")
        .tempdir_in(parent)
        .unwrap()
        .keep();
    if is_root() {
        let given = Command::new("chown")
            .arg("postgres")
            .arg(&directory)
            .status()
            .unwrap();
        assert!(
            given.success(),
            "the folder of PostgreSQL could not be given to the user postgres"
        );
    }
    directory
}

/// A shell with this script, run by a user that PostgreSQL may run as.
pub fn shell(script: &str) -> Command {
    let mut command;
    if is_root() {
        command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
    } else {
        command = Command::new("sh");
    }
    command.args(["-c", script]);
    command
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn url(server: &Server, database: &str) -> String {
    format!(
        "postgres://postgres@localhost/{database}?host={}",
        server.socket_directory.display()
    )
}

async fn connect(server: &Server, database: &str) -> DatabaseConnection {
    Database::connect(url(server, database)).await.unwrap()
}
