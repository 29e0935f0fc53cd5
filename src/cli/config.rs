//! `aloqa-gateway config`: what is set, who says so, and whether a gateway would start with it.

use std::io::Write as _;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Failure;
use super::form::{Form, List};
use super::output;
use super::table::Table;
use crate::config::{Config, Effective, Origin};
use crate::start::{self, FoundDatabase};

const EXAMPLES: &str = "Examples:
  aloqa-gateway config show                          every setting, its value, and who says so
  aloqa-gateway config show --changed                only what is not built in
  aloqa-gateway config show humo --json              one section, for programs
  aloqa-gateway --config /etc/aloqa/prod.toml config check --connect

Exit status: 0 the settings can be used, 2 they cannot; the message names the file and line, or the variable.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ConfigCommand {
    /// Print every setting with its value and where it comes from: built in, a line of the file, or a variable. Secrets are
    /// hidden.
    #[command(
        after_help = "Examples:\n  aloqa-gateway config show --changed\n  aloqa-gateway config show humo --json"
    )]
    Show(Show),
    /// Say whether a gateway would start with these settings: values, rules, key file, certificates, addresses. Nothing is
    /// written, and nothing is connected unless asked for.
    #[command(
        after_help = "Examples:\n  aloqa-gateway --config /etc/aloqa/prod.toml config check --connect"
    )]
    Check {
        /// Connect to the database too, and see whether it belongs to these settings and keys.
        #[arg(long)]
        connect: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// A section or a setting: `server`, `uzcard.tls`, `codes.tries`. Default: all.
    #[arg(value_name = "KEY")]
    below: Option<String>,
    /// Only what somebody has set.
    #[arg(long)]
    changed: bool,
}

pub(super) async fn run(
    file: Option<&Path>,
    form: Form,
    command: ConfigCommand,
) -> Result<(), Failure> {
    let (config, settings) = Config::explain(file)?;
    match command {
        ConfigCommand::Show(wanted) => show(&settings, form, &wanted),
        ConfigCommand::Check { connect } => check(&config, &settings, form, connect).await,
    }
}

fn show(settings: &[Effective], form: Form, wanted: &Show) -> Result<(), Failure> {
    let is_below = |key: &str| match &wanted.below {
        Some(section) => key
            .strip_prefix(section.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        None => true,
    };
    let below: Vec<&Effective> = settings.iter().filter(|one| is_below(one.key)).collect();
    if let (true, Some(section)) = (below.is_empty(), &wanted.below) {
        return Err(Failure::not_found(format!(
            "there is no setting or section {section}: `aloqa-gateway config show` prints all of them"
        )));
    }
    let shown = below
        .into_iter()
        .filter(|one| !wanted.changed || one.origin != Origin::Default);
    let mut table = Table::new(["KEY", "VALUE", "FROM"]);
    let mut items = Vec::new();
    for one in shown {
        table.row([
            one.key.to_owned(),
            in_words(&one.value),
            one.origin.to_string(),
        ]);
        items.push(in_json(one));
    }
    Ok(form.list(List {
        schema: "config.show/1",
        table,
        items,
        none: "nothing is set: every setting is built in".to_owned(),
        more: None,
    })?)
}

fn in_json(one: &Effective) -> Value {
    let (origin, place) = match &one.origin {
        Origin::Default => ("default", None),
        Origin::File(place) => ("file", Some(place)),
        Origin::Variable(name) => ("variable", Some(name)),
    };
    json!({
        "key": one.key,
        "value": one.value,
        "default": one.default,
        "origin": origin,
        "place": place,
    })
}

/// A value as the settings file would have it.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::Array(values) if values.len() > 6 => format!("[{} values]", values.len()),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value.to_string(),
    }
}

async fn check(
    config: &Config,
    settings: &[Effective],
    form: Form,
    connect: bool,
) -> Result<(), Failure> {
    start::check(config)?;
    let set = |is: fn(&Origin) -> bool| settings.iter().filter(|one| is(&one.origin)).count();
    let (from_file, from_variables) = (
        set(|origin| matches!(origin, Origin::File(_))),
        set(|origin| matches!(origin, Origin::Variable(_))),
    );
    let profile = config.profile().name();
    let ways = start::ways(config);
    if form == Form::Words {
        writeln!(
            output::out(),
            "the settings can be used: {profile} profile; {from_file} from the file, {from_variables} from variables, the others built in",
        )?;
        for (setting, way) in &ways {
            writeln!(output::out(), "{setting}: {way}")?;
        }
    }
    let found = match connect {
        true => Some(start::check_database(config).await?),
        false => None,
    };
    match (form, found) {
        (Form::Words, None) => {}
        (Form::Words, Some(found)) => {
            let found = match found {
                FoundDatabase::New => "it is not there yet, and the start makes it",
                FoundDatabase::Older => {
                    "an earlier version wrote it, and the start brings it up to date"
                }
                FoundDatabase::Current => "it is of this version, and the keys fit",
            };
            writeln!(output::out(), "the database can be used: {found}")?;
        }
        (Form::Json, found) => {
            let found = found.map(|found| match found {
                FoundDatabase::New => "new",
                FoundDatabase::Older => "older",
                FoundDatabase::Current => "current",
            });
            let ways: Vec<Value> = ways
                .iter()
                .map(|(setting, way)| json!({"setting": setting, "way": way}))
                .collect();
            let item = json!({
                "profile": profile,
                "fromFile": from_file,
                "fromVariables": from_variables,
                "ways": ways,
                "database": found,
            });
            writeln!(
                output::out(),
                "{}",
                json!({"schema": "config.check/1", "item": item})
            )?;
        }
    }
    Ok(())
}
