//! How far long work has come: at a terminal a line that is written over, elsewhere a line every few seconds. It goes to the
//! standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two lines where nobody looks at a terminal.
const PAUSE: Duration = Duration::from_secs(5);
/// Between two at a terminal.
const GLANCE: Duration = Duration::from_millis(200);

/// Clears the line of a terminal.
const CLEAR: &str = "\r\x1b[K";

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
        if !is_due(self.is_terminal, last.at.elapsed()) {
            return;
        }
        last.at = Instant::now();
        last.is_on_screen = self.is_terminal;
        let mut out = io::stderr().lock();
        // Work goes on, whether anybody hears of it or not.
        let _ = out
            .write_all(line(self.is_terminal, words).as_bytes())
            .and_then(|()| out.flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let last = self.last.get_mut().unwrap_or_else(PoisonError::into_inner);
        if last.is_on_screen {
            let _ = write!(io::stderr(), "{CLEAR}");
        }
    }
}

/// Whether enough time has passed since the last line.
fn is_due(is_terminal: bool, passed: Duration) -> bool {
    passed >= if is_terminal { GLANCE } else { PAUSE }
}

/// At a terminal it is written over the last one.
fn line(is_terminal: bool, words: &str) -> String {
    match is_terminal {
        true => format!("{CLEAR}{words}"),
        false => format!("{words}\n"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_one_line_and_a_log_one_every_few_seconds() {
        let ms = Duration::from_millis;
        assert_eq!(
            [199, 200].map(|passed| is_due(true, ms(passed))),
            [false, true]
        );
        assert_eq!(
            [4_999, 5_000].map(|passed| is_due(false, ms(passed))),
            [false, true]
        );
        assert_eq!(line(true, "7 of 9"), "\r\u{1b}[K7 of 9");
        assert_eq!(line(false, "7 of 9"), "7 of 9\n");
    }
}
