//! The log: what is written, and where.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::config;

/// At their most verbose, these log whole bodies and statements, and card numbers must not reach a log.
const QUIET: &str = "jsonrpsee=info,hyper=info,sqlx=info,sea_orm=info,sea_orm_migration=warn";

/// Sends logs to the standard error; the standard output is for what the commands print.
pub(super) fn init(settings: &config::Log) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{},{QUIET}", settings.filter)).map_err(|_| {
        Failure::unusable(
            "log.filter: must be a tracing filter such as \"info,aloqa_gateway=debug\"",
        )
    })?;
    let is_read_by_people = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(is_read_by_people);
    if settings.json.unwrap_or(!is_read_by_people) {
        log.json().init();
    } else {
        log.init();
    }
    Ok(())
}
