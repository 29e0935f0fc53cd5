//! PostgreSQL servers of one test, which it stops, starts and replaces as it likes.

use std::path::PathBuf;
use std::process::Stdio;

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use test_support::postgres::{new_directory, programs, shell};

/// Servers with data folders side by side. They end with the test, however it ends: their shell then reads the end of its
/// standard input.
pub(crate) struct Cluster {
    directory: PathBuf,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _shell: Child,
}

impl Cluster {
    /// An empty server, `primary`, which is not started yet. `None` where PostgreSQL is not installed.
    pub(crate) async fn new() -> Option<Self> {
        let programs = programs()?;
        let directory = new_directory();
        let script = format!(
            "cd '{dir}'; PATH='{bin}':$PATH
             while read -r command; do
                 ( eval \"$command\" ) >>commands.log 2>&1 </dev/null
                 echo $?
             done
             for server in */postmaster.pid; do
                 [ -f \"$server\" ] || continue
                 pid=$(head -n 1 \"$server\")
                 kill -QUIT \"$pid\"
                 while kill -0 \"$pid\" 2>/dev/null; do sleep 0.05; done
             done
             cd /; rm -rf '{dir}'",
            dir = directory.display(),
            bin = programs.display(),
        );
        let mut shell = Command::from(shell(&script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = shell.stdin.take().unwrap();
        let answers = BufReader::new(shell.stdout.take().unwrap()).lines();
        let mut cluster = Self {
            directory,
            commands,
            answers,
            _shell: shell,
        };
        let create = "initdb -D primary -U postgres -A trust -E UTF8 --locale=C --no-instructions";
        cluster.run(create).await;
        Some(cluster)
    }

    /// Runs a line of shell in the folder of the servers; it must succeed.
    pub(crate) async fn run(&mut self, line: &str) {
        assert!(self.tries(line).await, "{line}: {}", self.log());
    }

    /// Runs a line of shell in the folder of the servers; whether it succeeded.
    pub(crate) async fn tries(&mut self, line: &str) -> bool {
        self.commands
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
        let answer = self.answers.next_line().await.unwrap();
        answer.as_deref() == Some("0")
    }

    /// Starts a server with these settings (`-c name=value …`) on a socket of its own, and waits until it serves.
    pub(crate) async fn start(&mut self, server: &str, settings: &str) {
        let sockets = self.sockets(server);
        self.run(&format!(
            "mkdir -p '{sockets}' && pg_ctl -D {server} -w -t 30 -l {server}.log \
             -o \"-c listen_addresses= -c unix_socket_directories='{sockets}' -c max_connections=100 {settings}\" start",
            sockets = sockets.display(),
        ))
        .await;
    }

    /// Ends a server as a crash would: nothing more is written.
    pub(crate) async fn crash(&mut self, server: &str) {
        self.run(&format!("pg_ctl -D {server} -w -m immediate stop"))
            .await;
    }

    /// Where a server listens.
    pub(crate) fn sockets(&self, server: &str) -> PathBuf {
        self.directory.join(format!("{server}-sockets"))
    }

    /// The URL of a server's database.
    pub(crate) fn url(&self, server: &str, database: &str) -> String {
        let sockets = self.sockets(server);
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            sockets.display()
        )
    }

    /// A connection to a server's database, for the test itself.
    pub(crate) async fn connect(&self, server: &str, database: &str) -> DatabaseConnection {
        Database::connect(self.url(server, database)).await.unwrap()
    }

    /// Runs a statement in the database `postgres` of a server.
    pub(crate) async fn execute(&self, server: &str, statement: &str) {
        let connection = self.connect(server, "postgres").await;
        connection.execute_unprepared(statement).await.unwrap();
        connection.close().await.unwrap();
    }

    /// What commands and servers have said, for a failure's message.
    fn log(&self) -> String {
        let read = |file: &str| std::fs::read_to_string(self.directory.join(file));
        let logs = ["commands.log", "primary.log", "standby.log"].map(read);
        logs.into_iter().flatten().collect()
    }
}
