//! Runs the program in a folder of its own, on ports that nobody else uses.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// The built program. Cargo tells its path to the tests that it runs; otherwise it is where Cargo put it, beside the
/// folder of the test itself.
pub fn path() -> PathBuf {
    if let Some(named) = std::env::var_os("CARGO_BIN_EXE_aloqa-gateway") {
        return named.into();
    }
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    folder.join("aloqa-gateway")
}

/// The program, with no settings but these.
pub fn program(directory: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(path());
    command
        .current_dir(directory)
        .env_clear()
        .envs(settings.iter().copied());
    command
}

/// Runs a command to its end.
pub fn run(directory: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    program(directory, settings)
        .args(arguments)
        .output()
        .unwrap()
}

/// The same with a text on its standard input.
pub fn run_with_input(directory: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = program(directory, &[])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that wants no input has perhaps ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// A folder with a new database of the sandbox profile, for commands, which make none.
pub fn migrated() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let made = run(directory.path(), &["migrate"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    directory
}

/// What a command wrote to its standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command wrote to its standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A gateway that serves, ended when dropped.
pub struct Serving {
    child: Child,
    greeting: String,
    /// The folder in which it runs.
    pub directory: TempDir,
}

/// Any free port for each listener.
pub const FREE_PORTS: [(&str, &str); 3] = [
    ("ALOQA__SERVER__LISTEN", "127.0.0.1:0"),
    ("ALOQA__SERVER__OPS_LISTEN", "127.0.0.1:0"),
    ("ALOQA__SANDBOX__LISTEN", "127.0.0.1:0"),
];

impl Serving {
    /// Starts the program and waits until it has said where it listens.
    pub fn start(arguments: &[&str], settings: &[(&str, &str)], last_word: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments, settings, last_word)
    }

    /// The same in a folder with files.
    pub fn start_in(
        directory: TempDir,
        arguments: &[&str],
        settings: &[(&str, &str)],
        last_word: &str,
    ) -> Self {
        let mut command = program(directory.path(), settings);
        command.args(arguments).stderr(Stdio::null());
        Self::spawn(command, directory, last_word)
    }

    /// The same with a command of the caller's, which runs the program somehow.
    pub fn spawn(mut command: Command, directory: TempDir, last_word: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains(last_word) {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("ended after {greeting:?}"))
                .unwrap();
            greeting.push_str(&line);
            greeting.push('\n');
        }
        Self {
            child,
            greeting,
            directory,
        }
    }

    /// A gateway in the sandbox profile.
    pub fn gateway() -> Self {
        Self::start(&[], &FREE_PORTS, "curl")
    }

    /// All that it said at its start.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The address in the line that begins with `label`, as `http://…`.
    pub fn url(&self, label: &str) -> String {
        let line = self
            .greeting
            .lines()
            .find(|line| line.trim_start().starts_with(label))
            .unwrap();
        let from = line.find("http://").unwrap();
        let url = &line[from..];
        let end = url["http://".len()..]
            .find(['/', ' '])
            .map_or(url.len(), |end| end + "http://".len());
        url[..end].to_owned()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as an operator would, and waits; whether it ended well.
    pub fn terminate(mut self) -> bool {
        self.end()
    }

    /// The same for one that must end well; its files stay for as long as the folder is held.
    pub fn terminate_and_keep(mut self) -> TempDir {
        assert!(self.end());
        let empty = tempfile::tempdir().unwrap();
        std::mem::replace(&mut self.directory, empty)
    }

    fn end(&mut self) -> bool {
        let killed = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}
