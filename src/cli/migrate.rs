//! `aloqa-gateway migrate`: the database made where there is none, and its schema brought up to date.

use serde_json::json;

use super::Failure;
use super::deeds::Deeds;
use super::form::{Deed, Form};
use crate::config::Config;
use crate::environment::Environment;
use crate::start::{Purpose, prepare};

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
) -> Result<(), Failure> {
    let (database, _) = prepare(config, environment, Purpose::Migrate).await?;
    Deeds::open(config, environment)
        .await?
        .done("migrate", String::new(), String::new())
        .await?;
    let kind = database.kind();
    Ok(form.deed(Deed {
        schema: "migrate/1",
        item: json!({"database": kind}),
        words: format!("the {kind} database is up to date"),
        next: None,
    })?)
}
