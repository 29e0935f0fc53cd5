//! `aloqa-gateway migrate`: the database schema, brought up to date.

use std::io::{self, Write as _};

use super::Failure;
use crate::config::Config;
use crate::database::Database;

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let database = Database::open(&config.database).await?;
    database.migrate().await?;
    writeln!(
        io::stdout(),
        "the {} database is up to date",
        database.kind()
    )?;
    Ok(())
}
