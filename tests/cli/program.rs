//! Runs the program in a folder of its own, on ports that nobody else uses.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// The program, with no settings but these.
pub(crate) fn program(directory: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aloqa-gateway"));
    command
        .current_dir(directory)
        .env_clear()
        .envs(settings.iter().copied());
    command
}

/// Runs a command to its end.
pub(crate) fn run(directory: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    program(directory, settings)
        .args(arguments)
        .output()
        .unwrap()
}

/// What a command wrote to its standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command wrote to its standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A gateway that serves, ended when dropped.
pub(crate) struct Serving {
    child: Child,
    greeting: String,
    pub(crate) directory: TempDir,
}

/// Any free port for each listener.
pub(crate) const FREE_PORTS: [(&str, &str); 3] = [
    ("ALOQA__SERVER__LISTEN", "127.0.0.1:0"),
    ("ALOQA__SERVER__OPS_LISTEN", "127.0.0.1:0"),
    ("ALOQA__SANDBOX__LISTEN", "127.0.0.1:0"),
];

impl Serving {
    /// Starts the program and waits until it has said where it listens.
    pub(crate) fn start(arguments: &[&str], settings: &[(&str, &str)], last_word: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments, settings, last_word)
    }

    /// The same in a folder with files.
    pub(crate) fn start_in(
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
    pub(crate) fn spawn(mut command: Command, directory: TempDir, last_word: &str) -> Self {
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
    pub(crate) fn gateway() -> Self {
        Self::start(&[], &FREE_PORTS, "curl")
    }

    /// All that it said at its start.
    pub(crate) fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The address in the line that begins with `label`, as `http://…`.
    pub(crate) fn url(&self, label: &str) -> String {
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
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as an operator would, and waits; whether it ended well.
    pub(crate) fn terminate(mut self) -> bool {
        self.end()
    }

    /// The same for one that must end well; its files stay for as long as the folder is held.
    pub(crate) fn terminate_and_keep(mut self) -> TempDir {
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
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
