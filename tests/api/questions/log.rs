//! The warnings that the gateways of this process have logged.

use std::io;
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::EnvFilter;

static LISTENING: Once = Once::new();
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the warnings from now on.
pub(crate) fn listen() {
    LISTENING.call_once(|| {
        tracing_subscriber::fmt()
            .json()
            // Below a warning, for the spans that hold the request id.
            .with_env_filter(EnvFilter::new("aloqa_gateway=info"))
            .with_writer(|| Writer)
            .init();
    });
}

/// The warnings under this request id, oldest first.
pub(crate) fn warnings_of(request_id: &str) -> Vec<String> {
    let all = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    let own = all.iter().filter(|line| line.contains(request_id));
    own.cloned().collect()
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains("\"level\":\"WARN\"") {
            let mut all = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
