//! A copy of the SQLite file while gateways serve: `VACUUM INTO` on a connection of its own, whole and verified before it has
//! its name. PostgreSQL has its own programs for that.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::errors::OpenError;
use super::open::sqlite_file;
use crate::config;

/// How long it waits for another process's lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tables whose rows are never removed: a copy has at least those that there were when it was begun.
const GROWING: [&str; 5] = [
    "partner",
    "card",
    "transaction",
    "processing_request",
    "transaction_event",
];

/// A copy that is to be made.
#[derive(Debug, Clone)]
pub struct Backup {
    source: PathBuf,
    target: PathBuf,
    /// Where it is until it is verified, under a name that nobody can guess.
    temporary: PathBuf,
    /// Whether that file is this one's: it was not there before.
    is_begun: Arc<AtomicBool>,
}

/// A copy that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub bytes: u64,
    /// The number of its last transaction.
    pub highest_transaction: Option<i64>,
    /// Its last migration.
    pub schema: String,
    /// How many rows the tables have that only grow.
    pub rows: BTreeMap<&'static str, i64>,
}

/// Why there is no copy. Nothing is left behind then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(
        "this copies a SQLite file, and database.url names none. PostgreSQL is backed up by its own programs: `pg_basebackup -X \
         stream -c fast` with the archive of its WAL, and `pg_verifybackup` (docs/operations.md#backups)"
    )]
    NotSqlite,
    #[error("{path} is there already, and no copy is overwritten: name another file", path = .0.display())]
    Exists(PathBuf),
    #[error("{path} cannot be written", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the copy cannot be made or read")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the copy is damaged, and so perhaps is the database: {0}")]
    Damaged(String),
    #[error("the copy lacks rows of {table}: it has {copied} of {there}")]
    Lacking {
        table: &'static str,
        copied: i64,
        there: i64,
    },
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Backup {
    /// Of the database of these settings. `unguessed`: random bytes, by which nobody can be there first.
    ///
    /// # Errors
    /// It is no SQLite file, or the target is there.
    pub fn of(
        settings: &config::Database,
        target: &Path,
        unguessed: [u8; 8],
    ) -> Result<Self, BackupError> {
        let source = sqlite_file(settings)?.ok_or(BackupError::NotSqlite)?;
        if fs::symlink_metadata(target).is_ok() {
            return Err(BackupError::Exists(target.to_owned()));
        }
        let mut temporary = target.as_os_str().to_owned();
        temporary.push(format!(".{}.partial", hex::encode(unguessed)));
        Ok(Self {
            source,
            target: target.to_owned(),
            temporary: temporary.into(),
            is_begun: Arc::default(),
        })
    }

    /// How many bytes are written, and about how many there will be.
    pub fn written(&self) -> (u64, u64) {
        let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        (length(&self.temporary), length(&self.source))
    }

    /// Removes what was written so far, and nothing that somebody else has written.
    pub fn give_up(&self) {
        if self.is_begun.load(Ordering::Acquire) {
            // What is not there needs no removing; what cannot be removed is named by its ending.
            let _ = fs::remove_file(&self.temporary);
        }
    }

    /// Makes the copy. It blocks for as long as that takes.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn make(&self) -> Result<Made, BackupError> {
        let made = self.copy().and_then(|there| self.verify(&there));
        if made.is_err() {
            self.give_up();
        }
        made
    }

    /// Copies all into the temporary file; what there was before.
    fn copy(&self) -> Result<BTreeMap<&'static str, i64>, BackupError> {
        // An empty file keeps its mode.
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.temporary);
        made.map_err(|source| self.failed(source))?;
        self.is_begun.store(true, Ordering::Release);
        let source = open(&self.source)?;
        // Of the copy: it is on the disk when the statement ends.
        source.execute_batch("PRAGMA synchronous = FULL")?;
        let there = rows(&source)?;
        let temporary = self.temporary.display().to_string();
        source
            .prepare("VACUUM INTO ?1")?
            .query([temporary])?
            .next()?;
        Ok(there)
    }

    /// Looks at the copy, and gives it its name.
    fn verify(&self, there: &BTreeMap<&'static str, i64>) -> Result<Made, BackupError> {
        let copy = open(&self.temporary)?;
        let said: String = copy.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
        if said != "ok" {
            return Err(BackupError::Damaged(said));
        }
        let rows = rows(&copy)?;
        for (&table, &there) in there {
            let copied = rows.get(table).copied().unwrap_or(0);
            if copied < there {
                return Err(BackupError::Lacking {
                    table,
                    copied,
                    there,
                });
            }
        }
        let one = |sql: &str| copy.query_row(sql, (), |row| row.get(0));
        let schema = one("SELECT max(version) FROM seaql_migrations")?;
        let highest_transaction =
            copy.query_row("SELECT max(id) FROM \"transaction\"", (), |row| row.get(0))?;
        drop(copy);
        let failed = |source| self.failed(source);
        let file = File::open(&self.temporary).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        // Somebody may have made the target meanwhile.
        name_it(&self.temporary, &self.target).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                BackupError::Exists(self.target.clone())
            } else {
                self.failed(source)
            }
        })?;
        let folder = match self.target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let folder = File::open(folder).map_err(failed)?;
        folder.sync_all().map_err(failed)?;
        Ok(Made {
            bytes,
            highest_transaction,
            schema,
            rows,
        })
    }

    fn failed(&self, source: io::Error) -> BackupError {
        BackupError::File {
            path: self.target.clone(),
            source,
        }
    }
}

/// Gives a file its name, unless there is a file of this name.
fn name_it(file: &Path, name: &Path) -> io::Result<()> {
    match renameat_with(CWD, file, CWD, name, RenameFlags::NOREPLACE) {
        // NFS, and some others, know no such renaming.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => link_it(file, name),
        renamed => Ok(renamed?),
    }
}

/// The same where a file cannot be renamed so: a link is never made over a file.
fn link_it(file: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(file, name)?;
    fs::remove_file(file)
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let access = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, access)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

fn rows(connection: &Connection) -> Result<BTreeMap<&'static str, i64>, rusqlite::Error> {
    let counted = GROWING.map(|table| {
        let count = format!("SELECT count(*) FROM \"{table}\"");
        let rows = connection.query_row(&count, (), |row| row.get(0));
        rows.map(|rows| (table, rows))
    });
    counted.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By either way, which one it is hangs on the file system.
    #[test]
    fn a_name_that_is_taken_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for (number, give) in [name_it, link_it].into_iter().enumerate() {
            let at = |name: &str| folder.path().join(format!("{name}-{number}"));
            fs::write(at("copy"), "copy").unwrap();
            fs::write(at("taken"), "theirs").unwrap();
            let refused = give(&at("copy"), &at("taken")).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(at("taken")).unwrap(), "theirs");
            give(&at("copy"), &at("free")).unwrap();
            assert_eq!(fs::read_to_string(at("free")).unwrap(), "copy");
            assert!(!at("copy").exists());
        }
    }

    #[test]
    fn giving_up_removes_only_what_it_has_made() {
        let folder = tempfile::tempdir().unwrap();
        let settings = config::Database {
            url: format!("sqlite:{}", folder.path().join("none.sqlite").display()).into(),
            ..config::Database::default()
        };
        let target = folder.path().join("copy");
        let backup = Backup::of(&settings, &target, [1; 8]).unwrap();
        let other = Backup::of(&settings, &target, [2; 8]).unwrap();
        assert_ne!(backup.temporary, other.temporary);
        fs::write(&backup.temporary, "theirs").unwrap();
        // It is there, so it is not ours.
        assert!(matches!(backup.make(), Err(BackupError::File { .. })));
        backup.give_up();
        assert!(backup.temporary.exists());
        // There is no database, so the copy that was begun is given up.
        assert!(other.make().is_err());
        assert!(!other.temporary.exists());
    }
}
