//! The state file: JSON lines, one for each operation, appended before the operation is answered.
//!
//! One `write` per line is enough to survive a kill of the process at any moment. Only a crash of the machine can lose the
//! last lines, unless `sync` is set. Opening the file compacts it.

use std::{
    fs::{File, TryLockError},
    io::{BufRead, BufReader, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    state::{Change, State},
};

#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// The length of the complete lines. A failed write is truncated to it.
    length: u64,
    sync: bool,
    /// Held while the journal is open. A separate file, because every start replaces the journal file itself.
    _lock: File,
}

/// The change could not be written, so the operation has not happened.
#[derive(Debug)]
pub(crate) struct NotWritten;

impl Journal {
    /// Reads the file if there is one, compacts it and locks it.
    pub(crate) fn open(path: &Path, sync: bool) -> Result<(Self, State), Error> {
        let failed = |doing: &'static str| {
            move |source: std::io::Error| Error::StateFile {
                doing,
                path: path.to_owned(),
                source,
            }
        };
        let lock = lock(path)?;
        let mut state = State::new();
        match File::open(path) {
            Ok(file) => replay(path, file, &mut state)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed("open")(error)),
        }

        let fresh_path = with_suffix(path, "new");
        let mut fresh = BufWriter::new(File::create(&fresh_path).map_err(failed("rewrite"))?);
        for change in state.snapshot() {
            fresh
                .write_all(&line(&change).map_err(failed("rewrite"))?)
                .map_err(failed("rewrite"))?;
        }
        let fresh = fresh
            .into_inner()
            .map_err(|error| failed("rewrite")(error.into_error()))?;
        fresh.sync_all().map_err(failed("rewrite"))?;
        std::fs::rename(&fresh_path, path).map_err(failed("rewrite"))?;

        let file = File::options()
            .append(true)
            .open(path)
            .map_err(failed("open"))?;
        let length = file.metadata().map_err(failed("open"))?.len();
        Ok((
            Self {
                file,
                length,
                sync,
                _lock: lock,
            },
            state,
        ))
    }

    pub(crate) fn append(&mut self, change: &Change) -> Result<(), NotWritten> {
        match self.try_append(change) {
            Ok(length) => {
                self.length = length;
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the sandbox can't write its state file; the operation is refused");
                // Otherwise the next line would be appended to the incomplete one.
                if let Err(error) = self.file.set_len(self.length) {
                    tracing::error!(%error, "the sandbox can't truncate its state file after a failed write");
                }
                Err(NotWritten)
            }
        }
    }

    fn try_append(&mut self, change: &Change) -> std::io::Result<u64> {
        let line = line(change)?;
        self.file.write_all(&line)?;
        if self.sync {
            self.file.sync_data()?;
        }
        let written = u64::try_from(line.len()).map_err(std::io::Error::other)?;
        Ok(self.length.saturating_add(written))
    }
}

fn line(change: &Change) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(change)?;
    line.push(b'\n');
    Ok(line)
}

fn with_suffix(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn lock(path: &Path) -> Result<File, Error> {
    let failed = |source| Error::StateFile {
        doing: "lock",
        path: path.to_owned(),
        source,
    };
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(with_suffix(path, "lock"))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn replay(path: &Path, file: File, state: &mut State) -> Result<(), Error> {
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        reader
            .read_until(b'\n', &mut line)
            .map_err(|source| Error::StateFile {
                doing: "read",
                path: path.to_owned(),
                source,
            })?;
        if line.pop() != Some(b'\n') {
            // The end of the file, or a line that was cut off by a crash; its operation was never answered.
            break;
        }
        let change = serde_json::from_slice(&line).map_err(|source| Error::Corrupt {
            path: path.to_owned(),
            line: number,
            source,
        })?;
        state.apply(change);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Message, TranKind};

    fn change(text: &str) -> Change {
        let message = Message {
            phone: "998901234567".into(),
            text: text.into(),
            at: 1,
        };
        Change {
            messages: vec![message],
            ..Change::default()
        }
    }

    fn texts(state: &State) -> Vec<String> {
        state
            .messages("998901234567")
            .map(|message| message.text.clone())
            .collect()
    }

    #[test]
    fn lines_survive_and_a_torn_one_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        {
            let (mut journal, state) = Journal::open(&path, false).unwrap();
            assert!(texts(&state).is_empty());
            journal.append(&change("one")).unwrap();
            journal.append(&change("two")).unwrap();
        }
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(br#"{"messages":[{"phone":"99"#).unwrap();
        for _ in 0..2 {
            let (_, state) = Journal::open(&path, true).unwrap();
            assert_eq!(texts(&state), ["one", "two"]);
        }
    }

    #[test]
    fn lines_written_before_transfers_existed_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let tran = r#"{"id":100001,"ext":"e","user_name":"u","pan":"8600010132441332","amount":5,"commission":null,
            "merchant_id":"m","terminal_id":"t","stan":1,"at":1,"state":"done"}"#;
        let payment = r#"{"id":100002,"payment_ref":"r","biller":"SOAP_SMS","pan":"9860190101578366","amount":5,
            "taken":null,"items":{},"at":1,"state":"active"}"#;
        let line = format!(r#"{{"trans":[{tran}],"payments":[{payment}]}}"#).replace('\n', "");
        std::fs::write(&path, line + "\n").unwrap();
        let (_, state) = Journal::open(&path, false).unwrap();
        assert_eq!(state.trans().by_ext("e").unwrap().kind, TranKind::Debit);
        assert_eq!(state.payment_by_ref("r").unwrap().fee, 0);
    }

    #[test]
    fn a_corrupt_line_inside_the_file_prevents_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, "{}\nnot json\n{}\n").unwrap();
        assert!(matches!(
            Journal::open(&path, false),
            Err(Error::Corrupt { line: 2, .. })
        ));
    }

    #[test]
    fn a_second_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = Journal::open(&path, false).unwrap();
        assert!(matches!(
            Journal::open(&path, false),
            Err(Error::InUse { .. })
        ));
        drop(first);
        assert!(Journal::open(&path, false).is_ok());
    }
}
