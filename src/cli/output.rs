//! Where commands say what they have to say. A reader that goes away, as `head` does, is no failure and changes nothing: the
//! work goes on, and the exit status says what was found.

use std::io::{self, ErrorKind, Stderr, Stdout, Write};

/// The standard output.
pub(super) fn out() -> Told<Stdout> {
    Told(io::stdout())
}

/// The standard error.
pub(super) fn err() -> Told<Stderr> {
    Told(io::stderr())
}

/// See the module.
#[derive(Debug)]
pub(super) struct Told<W>(W);

impl<W: Write> Write for Told<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone(ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_is_gone_is_no_failure_and_a_full_disk_is() {
        for (kind, is_failure) in [
            (ErrorKind::BrokenPipe, false),
            (ErrorKind::StorageFull, true),
        ] {
            let mut told = Told(Gone(kind));
            assert_eq!(told.write_all(b"42").is_err(), is_failure, "{kind}");
            assert_eq!(told.flush().is_err(), is_failure, "{kind}");
        }
    }
}
