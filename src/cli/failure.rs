//! What a command that fails says.

use std::error::Error;
use std::io::{self, Write};

/// Ends the program with a message.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// Whether the failure is that the reader of the standard output has closed it, as `head` does.
pub(super) fn is_unread(failure: &(dyn Error + Send + Sync + 'static)) -> bool {
    let error = failure.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

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
