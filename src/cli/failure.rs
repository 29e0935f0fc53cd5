//! What a command that fails says.

use std::error::Error;
use std::io::{self, Write};

/// Ends the program with a message.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// Writes the failure and its causes, one per line.
pub(super) fn report(mut out: impl Write, failure: &(dyn Error + 'static)) -> io::Result<()> {
    writeln!(out, "aloqa-gateway: {failure}")?;
    let mut cause = failure.source();
    while let Some(error) = cause {
        writeln!(out, "  because: {error}")?;
        cause = error.source();
    }
    Ok(())
}
