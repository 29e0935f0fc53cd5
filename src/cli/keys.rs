//! `aloqa-gateway keys`: key files.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Subcommand;

use super::Failure;
use super::deeds::Deeds;
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

Exit status of rotate: 0 all is encrypted with the new key, 1 failed, or some rows could not be decrypted.";

/// Words that are commands here, now or later, and so no names for a key file.
const WORDS: [&str; 8] = [
    "new", "check", "list", "add", "rotate", "retire", "remove", "help",
];

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum KeysCommand {
    /// Make a key file with fresh random keys, which only its owner can read.
    New {
        /// Where to write it. An existing file is left alone.
        file: PathBuf,
    },
    /// Say whether the key file can be read and fits the database.
    Check,
    /// Add a fresh random key to the key file. It encrypts nothing until `keys rotate`.
    Add {
        /// Its id, such as k2: up to 32 small letters, digits and hyphens.
        id: String,
    },
    /// Let another key encrypt, at all gateways, and encrypt anew what is stored. Killed, it may be run again.
    Rotate {
        /// The id of the key, which all gateways must have already. Default: the one that the key file calls `current`.
        #[arg(long, value_name = "ID")]
        to: Option<String>,
    },
    /// Let the key files lose a key; refused while anything needs it.
    Retire {
        /// Its id.
        id: String,
    },
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Makes a key file; needs no settings.
pub(super) fn new(file: &Path, random: &dyn Random) -> Result<(), Failure> {
    if WORDS.iter().any(|word| file == Path::new(word)) {
        let told = format!(
            "{word} is no name for a key file, since it is, or may become, a command: give it another one, or write ./{word}",
            word = file.display()
        );
        return Err(told.into());
    }
    if !Vault::generate(file, random)? {
        return Err(format!("{} already exists and was left alone", file.display()).into());
    }
    writeln!(
        io::stdout(),
        "wrote {}; keep a copy: without it, no card number can be read",
        file.display()
    )?;
    Ok(())
}

/// Opens the database with the keys, which succeeds only if they fit.
pub(super) async fn check(config: &Config, environment: &Environment) -> Result<(), Failure> {
    let deeds = Deeds::open(config, environment).await?;
    let checking = open_prepared(config, environment);
    let checked = deeds.during("keys.check", String::new(), String::new(), checking);
    let (_, vault) = checked.await?;
    let ids: Vec<String> = vault.proofs().into_iter().map(|(id, _)| id).collect();
    writeln!(
        io::stdout(),
        "the key file fits the database (keys: {})",
        ids.join(" ")
    )?;
    Ok(())
}

/// Adds a key to the key file of the settings.
pub(super) async fn add(
    config: &Config,
    environment: &Environment,
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
    writeln!(
        io::stdout(),
        "added {id} to {path}; copy the file to all gateways, which notice within {FOLLOW_SECONDS} s, and keep a copy",
        path = path.display()
    )?;
    Ok(())
}

/// Makes `to` the key that encrypts, and encrypts anew what is stored.
pub(super) async fn rotate(
    config: &Config,
    environment: &Environment,
    to: Option<&str>,
) -> Result<ExitCode, Failure> {
    let to = match to {
        Some(to) => to.to_owned(),
        None => Vault::open(&key_file(config))?.current_key(),
    };
    let deeds = Deeds::open(config, environment).await?;
    let rotating = rotate_to(config, environment, to.clone());
    let object = format!("key {to}");
    deeds
        .during("keys.rotate", object, String::new(), rotating)
        .await
}

async fn rotate_to(
    config: &Config,
    environment: &Environment,
    to: String,
) -> Result<ExitCode, Failure> {
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
            io::stderr(),
            "{to} encrypts from now on; waiting {settle:?} for the gateways to follow"
        )?;
        tokio::time::sleep(settle).await;
    }
    let mut done = 0;
    let mut forged;
    loop {
        let before = done;
        forged = pass(&rotation, &mut done).await?;
        // Once more, in case that a gateway was slow to follow.
        if done == before || !is_served {
            break;
        }
        tokio::time::sleep(settle).await;
    }
    let mut out = io::stdout();
    writeln!(out, "{done} values are now encrypted with {to}")?;
    if forged.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{} could not be decrypted and were left alone; they were altered, or belong to other rows:",
        forged.len()
    )?;
    for Forged { column, row } in forged {
        writeln!(out, "  {row} ({column})")?;
    }
    Ok(ExitCode::FAILURE)
}

/// Goes once through all that is encrypted.
async fn pass(rotation: &Rotation<'_>, done: &mut u64) -> Result<Vec<Forged>, Failure> {
    let mut forged = Vec::new();
    for column in Column::ALL {
        let (mut after, before, mut told) = (None, *done, Instant::now());
        loop {
            let began = Instant::now();
            let step = rotation.step(column, after.as_ref(), done, &mut forged);
            let Some(last) = step.await? else { break };
            after = Some(last);
            if told.elapsed() > Duration::from_secs(1) {
                writeln!(io::stderr(), "{}: {} so far", column.name(), *done - before)?;
                told = Instant::now();
            }
            // Half of the time is the payments'.
            tokio::time::sleep(began.elapsed()).await;
        }
        if *done > before {
            writeln!(io::stderr(), "{}: {}", column.name(), *done - before)?;
        }
    }
    Ok(forged)
}

/// Lets the key files lose a key.
pub(super) async fn retire(
    config: &Config,
    environment: &Environment,
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
    writeln!(
        io::stdout(),
        "nothing needs {id} any more: take it out of the key files. Keep it with copies of the database that are older"
    )?;
    Ok(())
}

/// What was once `keys FILE`, and what is no command.
pub(super) fn other(words: &[String]) -> Failure {
    let word = words.first().map_or("", String::as_str);
    match WORDS.contains(&word) {
        true => format!("this version has no command `keys {word}`; `aloqa-gateway keys --help` shows those that it has"),
        false => format!("`keys {word}` makes no file any more: write `aloqa-gateway keys new {word}`"),
    }
    .into()
}
