//! SQLite when its file is locked by somebody else, its disk full, its folder read-only: partner and operator are told
//! clearly, no call goes to a network, and the gateway is healthy again without a restart.

mod rig;

use rig::{Rig, internal};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use serde_json::{Value, json};

use crate::needs;
use test_support::postgres::is_root;
use test_support::program::{FREE_PORTS, Serving, program, stderr};
use test_support::*;

/// If this is set, the test binary plays another process, which holds the write lock of that file until its input ends.
const HOLD: &str = "ALOQA_TEST_HOLD_LOCK";

#[tokio::test]
async fn holder_of_a_foreign_lock() {
    let Some(file) = std::env::var_os(HOLD) else {
        return;
    };
    let url = format!("sqlite:{}", Path::new(&file).display());
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1);
    let connection = Database::connect(options).await.unwrap();
    connection
        .execute_unprepared("BEGIN IMMEDIATE")
        .await
        .unwrap();
    writeln!(std::io::stderr(), "held").unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    connection.execute_unprepared("ROLLBACK").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_lock_held_by_another_process() {
    let rig = Rig::start(|program, _| program);
    let tokens = rig.tokens().await;
    let done = rig.debits(&tokens, "before", 2).await;
    assert!(done.iter().all(|reply| reply.get("result").is_some()));

    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sqlite::holder_of_a_foreign_lock", "--nocapture"])
        .env(HOLD, rig.data().join("gateway.sqlite"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = holder.stderr.take().unwrap();
    let mut said = BufReader::new(said).lines();
    assert_eq!(said.next().unwrap().unwrap(), "held");

    let moves = rig.ledger().await;
    let begun = Instant::now();
    let (calls, replies) = rig.calls_during(rig.debits(&tokens, "locked", 20)).await;
    let took = begun.elapsed();
    for reply in &replies {
        assert_eq!(*reply, internal());
    }
    assert_eq!(calls, 0);
    assert_eq!(rig.ledger().await, moves);
    // A turn to write, and the lock: 1.5 s each at most, however many wait.
    assert!(took < Duration::from_secs(8), "{took:?}");
    // Reading goes on.
    let found = rig
        .call("transactions.get", json!({"extId": "before-0"}))
        .await;
    assert_eq!(found["result"]["status"], "succeeded");
    let log = rig.log();
    assert!(
        log.contains("another process holds the write lock") && log.contains("fuser"),
        "{log}"
    );

    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    rig.until_healthy(&tokens).await;
    // What was refused left no row, so that it may be ordered again.
    let again = rig.debits(&tokens, "locked", 20).await;
    assert!(
        again.iter().all(|reply| reply.get("result").is_some()),
        "{again:?}"
    );
    rig.assert_agreement().await;
    assert!(rig.gateway.terminate());
    assert!(rig.sandbox.terminate());
}

/// How a disk is full.
#[derive(Debug, Clone, Copy)]
enum Full {
    /// A disk of its own, of two megabytes, which something else fills; mounted by `unshare` with this option.
    Mounted(&'static str),
    /// No file of the program may grow by a single byte. That needs no rights, and SQLite sees a disk that fails.
    Limited,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk() {
    if let Some(unshare) = needs::mounts() {
        fills_up(Full::Mounted(unshare)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_takes_no_more() {
    fills_up(Full::Limited).await;
}

impl Full {
    fn wrapped(self, program: Command, data: &Path) -> Command {
        match self {
            Self::Mounted(unshare) => {
                let mount = "mount -t tmpfs -o size=4m tmpfs \"$1\"";
                in_own_mounts(unshare, mount, data, &program)
            }
            Self::Limited => without_signal(&program, &[]),
        }
    }

    /// The folder of the database as the program sees it.
    fn data(self, rig: &Rig) -> PathBuf {
        match self {
            Self::Mounted(_) => {
                let seen = PathBuf::from(format!("/proc/{}/root", rig.gateway.id()));
                seen.join(rig.data().strip_prefix("/").unwrap())
            }
            Self::Limited => rig.data(),
        }
    }

    fn fill(self, rig: &Rig) {
        match self {
            Self::Mounted(_) => fill(&self.data(rig).join("filler")),
            Self::Limited => limit(rig, "0"),
        }
    }

    fn make_room(self, rig: &Rig) {
        match self {
            Self::Mounted(_) => fs::remove_file(self.data(rig).join("filler")).unwrap(),
            Self::Limited => limit(rig, "unlimited"),
        }
    }

    /// What the operator reads.
    fn is_told_by(self, log: &str) -> bool {
        log.contains(match self {
            Self::Mounted(_) => "is full: make room",
            Self::Limited => "fails or is full: see the system's log",
        })
    }
}

async fn fills_up(full: Full) {
    let rig = Rig::start(|program, data| full.wrapped(program, data));
    let tokens = rig.tokens().await;
    for reply in rig.debits(&tokens, "before", 4).await {
        assert!(reply.get("result").is_some(), "{reply}");
    }

    let data = full.data(&rig);
    let mut refused = false;
    for round in 0..40 {
        // The space that a failed commit leaves may be enough for a smaller one.
        full.fill(&rig);
        let name = format!("full-{round}");
        let (calls, replies) = rig.calls_during(rig.debits(&tokens, &name, 10)).await;
        for reply in &replies {
            // The outcome of what had begun may be unknown.
            let begun = reply.get("result").is_some() || reply["error"]["code"] == -32379;
            assert!(begun || *reply == internal(), "{reply}");
        }
        refused = replies.iter().all(|reply| *reply == internal());
        if refused {
            assert_eq!(calls, 0);
            break;
        }
    }
    assert!(refused, "the disk does not fill up");
    let begun = Instant::now();
    while !full.is_told_by(&rig.log()) {
        assert!(begun.elapsed() < Duration::from_secs(5), "{}", rig.log());
    }

    full.make_room(&rig);
    rig.until_healthy(&tokens).await;
    rig.assert_agreement().await;
    // SQLite would look for the file where the test sees it.
    let copy = tempfile::tempdir().unwrap();
    for file in ["gateway.sqlite", "gateway.sqlite-wal"] {
        fs::copy(data.join(file), copy.path().join(file)).unwrap();
    }
    let file = copy.path().join("gateway.sqlite");
    let reader = Database::connect(format!("sqlite:{}", file.display()));
    let reader = reader.await.unwrap();
    let checked = reader
        .query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "PRAGMA integrity_check",
        ))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(checked.try_get_by_index::<String>(0).unwrap(), "ok");
    reader.close().await.unwrap();
    assert!(rig.gateway.terminate());
    assert!(rig.sandbox.terminate());
}

/// How long the files of the program may be, in bytes, from now on.
fn limit(rig: &Rig, bytes: &str) {
    let process = rig.gateway.id().to_string();
    let limit = format!("--fsize={bytes}:");
    let set = Command::new("prlimit")
        .args(["--pid", process.as_str(), limit.as_str()])
        .status()
        .unwrap();
    assert!(set.success());
}

/// The program run by the command `after`, or alone, without the signal that would end it where a file may not grow.
fn without_signal(program: &Command, after: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ && exec \"$@\"", "sh"])
        .args(after)
        .arg(program.get_program());
    like(program, command)
}

/// Writes until there is no room left.
fn fill(filler: &Path) {
    let mut file = File::options()
        .append(true)
        .create(true)
        .open(filler)
        .unwrap();
    for size in [65_536, 4_096, 512] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    file.sync_all().unwrap();
}

/// The gateway keeps its connections, and the file can be written to by those that were open before. What it then says is kept
/// is kept; that something is wrong is said at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_becomes_read_only() {
    let rig = Rig::start(|program, _| without_roots_rights(program));
    let tokens = rig.tokens().await;
    let mut debits = rig.debits(&tokens, "before", 4).await;
    set_writable(&rig.data(), false);
    for round in 0..5 {
        debits.extend(rig.debits(&tokens, &format!("read-only-{round}"), 20).await);
        let found = (0..40).map(|_| rig.call("transactions.get", json!({"extId": "before-0"})));
        for found in join_all(found).await {
            assert_eq!(found["result"]["status"], "succeeded");
        }
    }
    for reply in &debits {
        assert!(reply.get("result").is_some(), "{reply} in\n{}", rig.log());
    }
    rig.assert_agreement().await;

    let (data, url) = (
        rig.data(),
        format!("sqlite:{}", rig.data().join("gateway.sqlite").display()),
    );
    let keys = rig
        .gateway
        .directory
        .path()
        .join("keys")
        .display()
        .to_string();
    let folder = rig.gateway.terminate_and_keep();
    assert!(rig.sandbox.terminate());
    let settings = [
        ("ALOQA__PROFILE", "sandbox"),
        ("ALOQA__DATABASE__URL", url.as_str()),
        ("ALOQA__VAULT__KEY_FILE", keys.as_str()),
    ];
    let restarted = without_roots_rights(program(folder.path(), &settings))
        .output()
        .unwrap();
    assert!(!restarted.status.success());
    let said = stderr(&restarted);
    let told = [
        "cannot lock",
        "cannot be written to",
        "must be able to write to it",
    ];
    assert!(told.iter().any(|words| said.contains(words)), "{said}");

    set_writable(&data, true);
    let reader = Database::connect(url).await.unwrap();
    let paid = "SELECT count(*) FROM \"transaction\" WHERE kind = 'debit' AND status = 'succeeded'";
    let paid = Statement::from_string(DbBackend::Sqlite, paid);
    let paid = reader.query_one_raw(paid).await.unwrap().unwrap();
    let kept = usize::try_from(paid.try_get_by_index::<i64>(0).unwrap()).unwrap();
    assert_eq!(kept, debits.len());
}

/// Takes the right to write from the folder and its files, or gives it back.
fn set_writable(data: &Path, writable: bool) {
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for file in fs::read_dir(data).unwrap() {
        allow(&file.unwrap().path(), if writable { 0o644 } else { 0o444 });
    }
    allow(data, if writable { 0o755 } else { 0o555 });
}

/// What the program says when it cannot begin.
#[test]
fn at_the_start_it_is_said_what_is_wrong_and_what_to_do() {
    let directory = tempfile::tempdir_in(fast_directory()).unwrap();
    let data = directory.path().join("data");
    fs::create_dir(&data).unwrap();
    let url = format!("sqlite:{}", data.join("gateway.sqlite").display());
    let said = |wrapped: &dyn Fn(Command) -> Command| {
        let settings = [("ALOQA__DATABASE__URL", url.as_str())];
        let output = wrapped(program(directory.path(), &settings)).output();
        let output = output.unwrap();
        assert!(!output.status.success());
        stderr(&output)
    };
    let migrate = |program: Command| {
        let mut command = without_roots_rights(program);
        command.arg("migrate");
        command
    };
    // No file yet, and none can be made.
    set_writable(&data, false);
    let said_of_empty = said(&migrate);
    assert!(
        said_of_empty.contains("cannot make the database")
            && said_of_empty.contains("must be able to write to it"),
        "{said_of_empty}"
    );
    // A file that can only be read.
    set_writable(&data, true);
    let mut made = migrate(program(
        directory.path(),
        &[("ALOQA__DATABASE__URL", url.as_str())],
    ));
    assert!(made.output().unwrap().status.success());
    set_writable(&data, false);
    let said_of_read_only = said(&migrate);
    // Which of the two depends on whether SQLite has left its log beside the file.
    let told = ["cannot be written to", "must be able to write to it"];
    assert!(
        told.iter().any(|words| said_of_read_only.contains(words)),
        "{said_of_read_only}"
    );
    set_writable(&data, true);
    // Something other than a database.
    for file in fs::read_dir(&data).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    fs::write(data.join("gateway.sqlite"), "x".repeat(10_000)).unwrap();
    let said_of_damage = said(&migrate);
    assert!(said_of_damage.contains("is damaged"), "{said_of_damage}");
    fs::remove_file(data.join("gateway.sqlite")).unwrap();
    // A disk without room.
    let said_of_limit = said(&|program| {
        let mut command = without_signal(&program, &["prlimit", "--fsize=65536"]);
        command.arg("migrate");
        command
    });
    assert!(
        said_of_limit.contains("fails or is full"),
        "{said_of_limit}"
    );
    for file in fs::read_dir(&data).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let Some(unshare) = needs::mounts() else {
        return;
    };
    let said_of_full = said(&|program| {
        let mut command = in_own_mounts(
            unshare,
            "mount -t tmpfs -o size=64k tmpfs \"$1\"",
            &data,
            &program,
        );
        command.arg("migrate");
        command
    });
    assert!(said_of_full.contains("full"), "{said_of_full}");
}

/// The program after a command of the shell, with mounts that nobody else sees and that end with it; `$1` is the folder.
fn in_own_mounts(unshare: &str, mount: &str, data: &Path, program: &Command) -> Command {
    let mut command = Command::new("unshare");
    let script = format!("{mount} && shift && exec \"$@\"");
    command
        .args([unshare, "sh", "-c", script.as_str(), "sh"])
        .arg(data)
        .arg(program.get_program());
    like(program, command)
}

/// The program run by a user to whom file permissions apply: to root they do not.
fn without_roots_rights(program: Command) -> Command {
    if !is_root() {
        return program;
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--bounding-set", "-dac_override,-dac_read_search"])
        .arg(program.get_program());
    like(&program, command)
}

/// The same folder and settings for another command.
fn like(program: &Command, mut command: Command) -> Command {
    command
        .current_dir(program.get_current_dir().unwrap())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap());
    }
    command
}
