//! A line that others may not see, such as a card number: it comes from the standard input, and where that is a terminal, it
//! is not shown while it is typed.

use std::io::{self, BufRead, Write as _};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{Failure, signals};

/// Reads one line. At a terminal it first says `what` it waits for.
pub(super) async fn read(what: &str) -> Result<Zeroizing<String>, Failure> {
    if !isatty(io::stdin()) {
        return Ok(line()?);
    }
    // From here on an interruption must not leave the terminal silent.
    let stopped = signals::stop()?;
    let silent = Silent::new()?;
    write!(io::stderr(), "{what}, which is not shown: ")?;
    let (sender, typed) = oneshot::channel();
    // Nobody waits for this thread: one that still reads must not keep the program.
    thread::spawn(move || drop(sender.send(line())));
    let typed = tokio::select! {
        typed = typed => Some(typed),
        () = stopped => None,
    };
    drop(silent);
    writeln!(io::stderr())?;
    match typed {
        Some(typed) => Ok(typed??),
        None => Err("stopped before anything was done".into()),
    }
}

fn line() -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent {
    before: Termios,
}

impl Silent {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // What was typed and not read must not be shown either, nor reach the shell. Where the terminal is gone, nothing is
        // left to be done.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
    }
}
