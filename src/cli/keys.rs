//! `aloqa-gateway keys`: key files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Subcommand;
use serde_json::{Value, json};

use super::Failure;
use super::deeds::Deeds;
use super::exit::Exit;
use super::form::{Deed, Form};
use super::output;
use super::progress::Progress;
use crate::config::Config;
use crate::environment::Environment;
use crate::key_rotation::{FOLLOW_SECONDS, Forged, Rotation};
use crate::random::Random;
use crate::repository::sealed::Column;
use crate::start::{key_file, open_prepared};
use crate::vault::Vault;

const EXAMPLES: &str = "Examples:
  aloqa-gateway keys new /etc/aloqa/keys      then set vault.key_file, and keep a copy in a safe place
  aloqa-gateway keys check                    whether the key file fits the database
  aloqa-gateway keys add k2                   then copy the key file to all gateways
  aloqa-gateway keys rotate --to k2           encrypt with k2, and what is stored anew; gateways go on serving
  aloqa-gateway keys retire k1                once nothing needs k1 any more; then take it out of the key files

Exit status of rotate: 0 all is encrypted with the new key, 1 some rows could not be decrypted and were left alone.";

/// Words that are commands here, now or later, and so no names for a key file.
const WORDS: [&str; 8] = [
    "new", "check", "list", "add", "rotate", "retire", "remove", "help",
];

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum KeysCommand {
    /// Make a key file with fresh random keys, which only its owner can read.
    #[command(after_help = "Examples:\n  aloqa-gateway keys new /etc/aloqa/keys")]
    New {
        /// Where to write it. An existing file is left alone.
        file: PathBuf,
    },
    /// Say whether the key file can be read and fits the database.
    #[command(after_help = "Examples:\n  aloqa-gateway keys check")]
    Check,
    /// Add a fresh random key to the key file. It encrypts nothing until `keys rotate`.
    #[command(after_help = "Examples:\n  aloqa-gateway keys add k2")]
    Add {
        /// Its id, such as k2: up to 32 small letters, digits and hyphens.
        id: String,
    },
    /// Let another key encrypt, at all gateways, and encrypt anew what is stored. Killed, it may be run again.
    #[command(after_help = "Examples:\n  aloqa-gateway keys rotate --to k2")]
    Rotate {
        /// The id of the key, which all gateways must have already. Default: the one that the key file calls `current`.
        #[arg(long, value_name = "ID")]
        to: Option<String>,
    },
    /// Let the key files lose a key; refused while anything needs it.
    #[command(after_help = "Examples:\n  aloqa-gateway keys retire k1")]
    Retire {
        /// Its id.
        id: String,
    },
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Makes a key file; needs no settings.
pub(super) fn new(form: Form, file: &Path, random: &dyn Random) -> Result<(), Failure> {
    if WORDS.iter().any(|word| file == Path::new(word)) {
        let told = format!(
            "{word} is no name for a key file, since it is, or may become, a command: give it another one, or write ./{word}",
            word = file.display()
        );
        return Err(Failure::unusable(told));
    }
    if !Vault::generate(file, random)? {
        return Err(format!("{} already exists and was left alone", file.display()).into());
    }
    let file = file.display().to_string();
    Ok(form.deed(Deed {
        schema: "keys.new/1",
        item: json!({"file": file}),
        words: format!("wrote {file}; keep a copy: without it, no card number can be read"),
        next: Some(format!(
            "set vault.key_file = {file:?}, then aloqa-gateway keys check"
        )),
    })?)
}

/// Opens the database with the keys, which succeeds only if they fit.
pub(super) async fn check(
    config: &Config,
    environment: &Environment,
    form: Form,
) -> Result<(), Failure> {
    let deeds = Deeds::open(config, environment).await?;
    let checking = open_prepared(config, environment);
    let checked = deeds.during("keys.check", String::new(), String::new(), checking);
    let (_, vault) = checked.await?;
    let ids: Vec<String> = vault.proofs().into_iter().map(|(id, _)| id).collect();
    Ok(form.deed(Deed {
        schema: "keys.check/1",
        item: json!({"keys": ids, "current": vault.current_key()}),
        words: format!("the key file fits the database (keys: {})", ids.join(" ")),
        next: None,
    })?)
}

/// Adds a key to the key file of the settings.
pub(super) async fn add(
    config: &Config,
    environment: &Environment,
    form: Form,
    id: &str,
) -> Result<(), Failure> {
    let path = key_file(config);
    let adding = async { Vault::add_key(&path, id, environment.random.as_ref()) };
    match Deeds::open_if_there_is_a_database(config, environment).await? {
        Some(deeds) => {
            let object = format!("key {id}");
            deeds
                .during("keys.add", object, String::new(), adding)
                .await?;
        }
        None => adding.await?,
    }
    let path = path.display().to_string();
    Ok(form.deed(Deed {
        schema: "keys.add/1",
        item: json!({"key": id, "file": path}),
        words: format!(
            "added {id} to {path}; copy the file to all gateways, which notice within {FOLLOW_SECONDS} s, and keep a copy"
        ),
        next: Some(format!("aloqa-gateway keys rotate --to {id}")),
    })?)
}

/// Makes `to` the key that encrypts, and encrypts anew what is stored.
pub(super) async fn rotate(
    config: &Config,
    environment: &Environment,
    form: Form,
    to: Option<&str>,
) -> Result<Exit, Failure> {
    let to = match to {
        Some(to) => to.to_owned(),
        None => Vault::open(&key_file(config))?.current_key(),
    };
    let deeds = Deeds::open(config, environment).await?;
    let rotating = rotate_to(config, environment, form, to.clone());
    let object = format!("key {to}");
    deeds
        .during("keys.rotate", object, String::new(), rotating)
        .await
}

async fn rotate_to(
    config: &Config,
    environment: &Environment,
    form: Form,
    to: String,
) -> Result<Exit, Failure> {
    let (database, vault) = open_prepared(config, environment).await?;
    let rotation = Rotation {
        database: &database,
        vault: &vault,
        random: environment.random.as_ref(),
        clock: environment.clock.as_ref(),
    };
    rotation.make_current(&to).await?;
    let settle = Duration::from_secs(2 * FOLLOW_SECONDS);
    let is_served = rotation.is_served().await?;
    if is_served {
        writeln!(
            output::err(),
            "{to} encrypts from now on; waiting {settle:?} for the gateways to follow"
        )?;
        tokio::time::sleep(settle).await;
    }
    let progress = Progress::new();
    let mut done = 0;
    let mut forged;
    loop {
        let before = done;
        forged = pass(&rotation, &progress, &mut done).await?;
        // Once more, in case that a gateway was slow to follow.
        if done == before || !is_served {
            break;
        }
        tokio::time::sleep(settle).await;
    }
    drop(progress);
    let mut words = format!("{done} values are now encrypted with {to}");
    if !forged.is_empty() {
        words.push_str(&format!(
            "\n{} could not be decrypted and were left alone; they were altered, or belong to other rows:",
            forged.len()
        ));
    }
    for Forged { column, row } in &forged {
        words.push_str(&format!("\n  {row} ({column})"));
    }
    let left = forged
        .iter()
        .map(|Forged { column, row }| json!({"row": row, "column": column}));
    form.deed(Deed {
        schema: "keys.rotate/1",
        item: json!({"key": to, "values": done, "leftAlone": left.collect::<Vec<Value>>()}),
        words,
        next: None,
    })?;
    Ok(match forged.is_empty() {
        true => Exit::Done,
        false => Exit::Look,
    })
}

/// Goes once through all that is encrypted.
async fn pass(
    rotation: &Rotation<'_>,
    progress: &Progress,
    done: &mut u64,
) -> Result<Vec<Forged>, Failure> {
    let mut forged = Vec::new();
    for column in Column::ALL {
        let (mut after, before) = (None, *done);
        loop {
            let began = Instant::now();
            let step = rotation.step(column, after.as_ref(), done, &mut forged);
            let Some(last) = step.await? else { break };
            after = Some(last);
            progress.say(&format!("{}: {} so far", column.name(), *done - before));
            // Half of the time is the payments'.
            tokio::time::sleep(began.elapsed()).await;
        }
    }
    Ok(forged)
}

/// Lets the key files lose a key.
pub(super) async fn retire(
    config: &Config,
    environment: &Environment,
    form: Form,
    id: &str,
) -> Result<(), Failure> {
    let (database, vault) = open_prepared(config, environment).await?;
    let rotation = Rotation {
        database: &database,
        vault: &vault,
        random: environment.random.as_ref(),
        clock: environment.clock.as_ref(),
    };
    let deeds = Deeds::open(config, environment).await?;
    let (object, retiring) = (format!("key {id}"), rotation.retire(id));
    deeds
        .during("keys.retire", object, String::new(), retiring)
        .await?;
    Ok(form.deed(Deed {
        schema: "keys.retire/1",
        item: json!({"key": id}),
        words: format!(
            "nothing needs {id} any more: take it out of the key files. Keep it with copies of the database that are older"
        ),
        next: Some("aloqa-gateway keys check, once it is out".to_owned()),
    })?)
}

/// What was once `keys FILE`, and what is no command.
pub(super) fn other(words: &[String]) -> Failure {
    let word = words.first().map_or("", String::as_str);
    let told = match WORDS.contains(&word) {
        true => format!(
            "this version has no command `keys {word}`; `aloqa-gateway keys --help` shows those that it has"
        ),
        false => {
            format!("`keys {word}` makes no file any more: write `aloqa-gateway keys new {word}`")
        }
    };
    Failure::unusable(told)
}
