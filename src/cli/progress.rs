//! How far long work has come: at a terminal a line that is written over, elsewhere a line every few seconds. It goes to the
//! standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two lines where nobody looks at a terminal.
const PAUSE: Duration = Duration::from_secs(5);
/// Between two at a terminal.
const GLANCE: Duration = Duration::from_millis(200);

/// See the module. What it wrote at a terminal is gone once it is dropped.
pub(super) struct Progress {
    is_terminal: bool,
    last: Mutex<Last>,
}

struct Last {
    at: Instant,
    is_on_screen: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal() && !is_dumb(),
            last: Mutex::new(Last {
                at: Instant::now(),
                is_on_screen: false,
            }),
        }
    }

    /// Says it, unless the last one was said just now.
    pub(super) fn say(&self, words: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if self.is_terminal { GLANCE } else { PAUSE };
        if last.at.elapsed() < pause {
            return;
        }
        last.at = Instant::now();
        last.is_on_screen = self.is_terminal;
        let mut out = io::stderr().lock();
        // Work goes on, whether anybody hears of it or not.
        let _ = match self.is_terminal {
            true => write!(out, "\r\x1b[K{words}").and_then(|()| out.flush()),
            false => writeln!(out, "{words}"),
        };
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let last = self.last.get_mut().unwrap_or_else(PoisonError::into_inner);
        if last.is_on_screen {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// A terminal on which nothing can be written over.
#[expect(
    clippy::disallowed_methods,
    reason = "what the terminal can do is not a setting"
)]
fn is_dumb() -> bool {
    std::env::var("TERM").is_ok_and(|name| name == "dumb")
}
