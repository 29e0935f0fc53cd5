//! `aloqa-gateway migrate`: the database made where there is none, and its schema brought up to date.

use std::io::{self, Write as _};

use super::Failure;
use super::deeds::Deeds;
use crate::config::Config;
use crate::environment::Environment;
use crate::start::{Purpose, prepare};

pub(super) async fn run(config: &Config, environment: &Environment) -> Result<(), Failure> {
    let (database, _) = prepare(config, environment, Purpose::Migrate).await?;
    Deeds::open(config, environment)
        .await?
        .done("migrate")
        .await?;
    writeln!(
        io::stdout(),
        "the {} database is up to date",
        database.kind()
    )?;
    Ok(())
}
