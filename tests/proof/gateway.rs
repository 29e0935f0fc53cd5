//! The program as processes of its own: the sandbox, which lives as long as the run, and the gateway, which is killed.
//!
//! Each is watched by a shell that waits for the end of its standard input. So closing that pipe is a kill, and so is
//! the death of the test run, however it comes about: nothing is left behind.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than any start takes, on a busy machine too.
const START: Duration = Duration::from_secs(60);

/// Does to the program what it is told on its standard input, and kills it when that ends.
const WATCH: &str = "trap '' INT TERM HUP
    \"$@\" </dev/null & child=$!
    exec >/dev/null
    while read word; do
        case $word in
            freeze) kill -STOP $child ;;
            thaw) kill -CONT $child ;;
            stop) kill -TERM $child; wait $child; exit $? ;;
        esac
    done
    kill -KILL $child; wait $child";

/// A program that serves.
pub(crate) struct Process {
    watcher: Child,
    orders: ChildStdin,
    /// Kept open, so that the program's writes do not fail.
    _output: Lines<BufReader<ChildStdout>>,
    greeting: String,
}

impl Process {
    /// Starts the program in a folder and waits for the last word of its greeting. Its log is appended to a file there.
    async fn start(
        directory: &Path,
        arguments: &[&str],
        settings: &[(String, String)],
        log: &str,
        last_word: &str,
    ) -> Self {
        let log_path = directory.join(log);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log_path)
            .unwrap();
        let mut watcher = Command::new("/bin/sh")
            .args(["-c", WATCH, "sh", env!("CARGO_BIN_EXE_aloqa-gateway")])
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .envs(settings.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let orders = watcher.stdin.take().unwrap();
        let mut output = BufReader::new(watcher.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        let greeted = timeout(START, async {
            while !greeting.contains(last_word) {
                let Some(line) = output.next_line().await.unwrap() else {
                    return false;
                };
                greeting.push_str(&line);
                greeting.push('\n');
            }
            true
        });
        if greeted.await != Ok(true) {
            let log = fs::read_to_string(&log_path).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            panic!("{arguments:?} did not start; it said {greeting:?}, and last: {last:#?}");
        }
        Self {
            watcher,
            orders,
            _output: output,
            greeting,
        }
    }

    /// The address in the line that begins with `label`.
    fn address(&self, label: &str) -> SocketAddr {
        let line = self
            .greeting
            .lines()
            .find(|line| line.trim_start().starts_with(label))
            .unwrap();
        let from = line.find("http://").unwrap() + "http://".len();
        let text = &line[from..];
        let end = text.find(['/', ' ']).unwrap_or(text.len());
        text[..end].parse().unwrap()
    }

    /// SIGKILL, at once; waits until the process is gone.
    pub(crate) async fn kill(self) {
        let Self {
            mut watcher,
            orders,
            ..
        } = self;
        drop(orders);
        watcher.wait().await.unwrap();
    }

    /// SIGSTOP: the process is frozen, and cannot notice.
    pub(crate) async fn freeze(&mut self) {
        self.orders.write_all(b"freeze\n").await.unwrap();
    }

    /// SIGCONT.
    pub(crate) async fn thaw(&mut self) {
        self.orders.write_all(b"thaw\n").await.unwrap();
    }

    /// SIGTERM, and waits; whether it ended well.
    pub(crate) async fn stop(self) -> bool {
        let Self {
            mut watcher,
            mut orders,
            _output,
            ..
        } = self;
        orders.write_all(b"stop\n").await.unwrap();
        watcher.wait().await.unwrap().success()
    }
}

/// A gateway that serves.
pub(crate) struct Serving {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// Where operators read its figures.
    pub(crate) operations: SocketAddr,
    pub(crate) ready_after: Duration,
}

/// How the gateway under test is set up.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    pub(crate) directory: PathBuf,
    pub(crate) database_url: String,
    settings: Vec<(String, String)>,
}

/// Where all processes of the gateway log to.
const LOG: &str = "gateway.log";
/// The network time-outs of the gateway under test, milliseconds.
const NETWORK_TIMEOUT_MS: u64 = 700;

/// The shortest there is, so that holds end under fire.
pub(crate) const HOLD_LIFETIME_MINUTES: i64 = 1;
/// So short that codes run out under fire, and long enough for those that are sent in at once.
const CODE_LIFETIME_S: &str = "15";
/// The networks' promise of how long a call may take, which the proxy keeps.
const MAX_PROCESSING_S: &str = "4";
/// Longer than any call waits for its networks, and short enough for the `extId` of a dead one to be free under fire.
const CALL_TIMEOUT_MS: &str = "8000";

impl Gateway {
    /// The settings of a gateway that reaches its networks at `networks`.
    pub(crate) fn new(directory: &Path, database_url: &str, networks: SocketAddr) -> Self {
        let timeout = NETWORK_TIMEOUT_MS.to_string();
        let settings = [
            ("PROFILE", "sandbox".to_owned()),
            ("DATABASE__URL", database_url.to_owned()),
            ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("SERVER__OPS_LISTEN", "127.0.0.1:0".to_owned()),
            ("SANDBOX__LISTEN", networks.to_string()),
            ("SANDBOX__EMBEDDED", "false".to_owned()),
            ("VAULT__KEY_FILE", key_file(directory).display().to_string()),
            ("UZCARD__TIMEOUT_MS", timeout.clone()),
            ("HUMO__TIMEOUT_MS", timeout.clone()),
            // `compare` finds by it whatever nobody ordered.
            ("HUMO__PAYMENT_LIST", "true".to_owned()),
            ("SMS__TIMEOUT_MS", timeout.clone()),
            ("FISCAL__TIMEOUT_MS", timeout),
            ("SMS__DAILY_LIMIT", "1000000".to_owned()),
            // Alarms are read from it.
            ("LOG__JSON", "false".to_owned()),
            ("UZCARD__MAX_PROCESSING_S", MAX_PROCESSING_S.to_owned()),
            ("HUMO__MAX_PROCESSING_S", MAX_PROCESSING_S.to_owned()),
            ("SERVER__CALL_TIMEOUT_MS", CALL_TIMEOUT_MS.to_owned()),
            ("HISTORY__TIMEOUT_MS", "5000".to_owned()),
            ("RECOVERY__LEASE_MARGIN_MS", "500".to_owned()),
            // One machine, one clock.
            ("RECOVERY__CLOCK_SKEW_MS", "0".to_owned()),
            ("RECOVERY__PERIOD_MS", "250".to_owned()),
            ("CODES__LIFETIME_S", CODE_LIFETIME_S.to_owned()),
            ("HOLDS__LIFETIME_MINUTES", HOLD_LIFETIME_MINUTES.to_string()),
            ("HOLDS__RELEASE_PERIOD_MS", "1000".to_owned()),
        ];
        Self {
            directory: directory.to_owned(),
            database_url: database_url.to_owned(),
            settings: named(settings),
        }
    }

    /// Starts it.
    pub(crate) async fn start(&self) -> Serving {
        let begun = Instant::now();
        let process = Process::start(&self.directory, &[], &self.settings, LOG, "curl").await;
        Serving {
            address: process.address("partners"),
            operations: process.address("operations"),
            process,
            ready_after: begun.elapsed(),
        }
    }

    /// All that its processes have logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join(LOG)).unwrap()
    }

    /// Runs a command to its end; what it wrote. The error is what it said.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.output(arguments).await;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// Runs a command to its end, whatever it thinks of what it has found.
    pub(crate) async fn output(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_aloqa-gateway"))
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.settings.iter().cloned())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap()
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        key_file(&self.directory)
    }
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("gateway.keys")
}

/// Starts the simulated networks as a process of their own, whose ledger is on the disk before each answer.
pub(crate) async fn start_networks(directory: &Path) -> (Process, SocketAddr) {
    let state = directory.join("networks.sandbox").display().to_string();
    let settings = named([
        ("SANDBOX__LISTEN", "127.0.0.1:0".to_owned()),
        ("SANDBOX__STATE", state),
        ("SANDBOX__SYNC", "true".to_owned()),
    ]);
    let process = Process::start(
        directory,
        &["sandbox"],
        &settings,
        "networks.log",
        "simulated networks",
    )
    .await;
    let address = process.address("the simulated networks");
    (process, address)
}

fn named<const N: usize>(settings: [(&str, String); N]) -> Vec<(String, String)> {
    settings
        .into_iter()
        .map(|(key, value)| (format!("ALOQA__{key}"), value))
        .collect()
}
