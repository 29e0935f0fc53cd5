//! `aloqa-gateway backup`: a copy of the SQLite file while gateways serve.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::deeds::Deeds;
use super::exit::Exit;
use super::form::{Deed, Form};
use super::progress::Progress;
use super::{Failure, signals};
use crate::config::Config;
use crate::database::{Backup, Made};
use crate::environment::Environment;
use crate::start::key_file;

const HELP: &str = "The copy is consistent, and made beside a gateway that serves: payments go on. It is verified (SQLite's integrity check, rows,
schema) before it has its name, readable by its owner alone, and on the disk. A file that is there is never overwritten.

It has card numbers encrypted, and phones in clear: encrypt it before it leaves this machine. The key file is not in it: keep a
copy of that elsewhere. Restoring it: docs/operations.md, \"Restoring an older copy\".

PostgreSQL is backed up by its own programs, pg_basebackup with an archive of the WAL.

Examples:
  aloqa-gateway backup /var/backups/aloqa/$(date +%F).sqlite";

/// How often somebody may look at how far it has come.
const GLANCE: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Wanted {
    /// The file to write.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let unguessed = environment.random.bytes()?;
    let backup = Backup::of(&config.database, &wanted.file, unguessed)?;
    let deeds = Deeds::open(config, environment).await?;
    let file = wanted.file.display().to_string();
    let began = environment.clock.steady();
    let object = format!("file {file}");
    let making = make(&backup);
    let made = deeds
        .during("backup", object, String::new(), making)
        .await?;
    let took_ms = environment.clock.steady() - began;
    let keys = key_file(config);
    let digest = digest(&keys)?;
    let highest = made
        .highest_transaction
        .map_or_else(|| "none".to_owned(), |id| id.to_string());
    let words = format!(
        "{file}: {}, last transaction {highest}, schema {}, verified, in {}.{:03} s\n\
         the key file {keys} is not in it, and without it no card number can be read: keep a copy of it elsewhere (its sha256 is \
         {digest})",
        megabytes(made.bytes),
        made.schema,
        took_ms / 1_000,
        took_ms % 1_000,
        keys = keys.display(),
    );
    Ok(form.deed(Deed {
        schema: "backup/1",
        item: json!({
            "file": file,
            "bytes": made.bytes,
            "lastTransactionId": made.highest_transaction,
            "schema": made.schema,
            "rows": made.rows,
            "tookMs": took_ms,
            "keyFile": keys,
            "keyFileSha256": digest,
        }),
        words,
        next: Some("encrypt it before it leaves this machine: phones are in clear".to_owned()),
    })?)
}

/// Makes the copy on a thread of its own, which does not keep a program that is told to stop.
async fn make(backup: &Backup) -> Result<Made, Failure> {
    let stop = signals::stop()?;
    tokio::pin!(stop);
    let (sender, mut made) = oneshot::channel();
    let work = backup.clone();
    thread::spawn(move || drop(sender.send(work.make())));
    let progress = Progress::new();
    loop {
        tokio::select! {
            made = &mut made => return Ok(made??),
            () = &mut stop => {
                backup.give_up();
                return Err("stopped: there is no copy".into());
            }
            () = tokio::time::sleep(GLANCE) => {
                let (written, all) = backup.written();
                progress.say(&match written < all {
                    true => format!("copied {} of about {}", megabytes(written), megabytes(all)),
                    false => format!("verifying {}", megabytes(written)),
                });
            }
        }
    }
}

/// As `sha256sum` prints it. The file is 256 random bits and more, so nothing follows from it.
fn digest(file: &Path) -> Result<String, Failure> {
    let text = fs::read(file).map_err(|error| {
        let told = format!("the key file {} cannot be read: {error}", file.display());
        Failure::new(Exit::OutOfReach, told)
    })?;
    Ok(hex::encode(Sha256::digest(text)))
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
