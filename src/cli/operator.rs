//! `aloqa-gateway operator`: who may sign in at the console.

use std::io::{self, Read as _};

use clap::{Args, Subcommand, ValueEnum};
use entity::operator;
use entity::time::UnixMillis;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::Failure;
use super::deeds::Deeds;
use super::form::{Deed, Form, List};
use super::health;
use super::table::Table;
use crate::config::Config;
use crate::console::accounts::{self, FirstSignIn, NewOperator};
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::repository::operator as operators;
use crate::start::{open_prepared, open_to_read};

const EXAMPLES: &str = "Examples:
  aloqa-gateway operator add anna --role settle        prints a code, with which anna sets a password within a day
  aloqa-gateway operator add anna --role look --password-stdin < password
  aloqa-gateway operator list
  aloqa-gateway operator reset anna                    forgotten password, or locked: a new code
  aloqa-gateway operator disable anna                  and all sign-ins end

The console is at http://127.0.0.1:9090/console, or where server.ops_listen says, once there is an operator.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum OperatorCommand {
    /// Add an operator, and print a code with which the operator sets a password.
    Add(AddOperator),
    /// List all operators: name, role, state, last sign-in.
    #[command(after_help = "Examples:\n  aloqa-gateway operator list")]
    List,
    /// Give an operator a new code instead of the password, which is forgotten. Ends all sign-ins, a lock, and a disabling.
    #[command(after_help = "Examples:\n  aloqa-gateway operator reset anna")]
    Reset {
        /// The operator's name.
        name: String,
    },
    /// Lock an operator out at once; all sign-ins end.
    #[command(after_help = "Examples:\n  aloqa-gateway operator disable anna")]
    Disable {
        /// The operator's name.
        name: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aloqa-gateway operator add anna --role settle")]
pub(super) struct AddOperator {
    /// The name to sign in with; it stands in the audit log.
    name: String,
    /// What the operator may do. Each role may do all that the one before it may.
    #[arg(long, value_enum)]
    role: Role,
    /// Take the password from the first line of standard input, instead of printing a code.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// See everything, with masked cards.
    Look,
    /// Settle transactions, and acknowledge late answers.
    Settle,
    /// End sign-ins, and disable operators.
    Administer,
}

impl Role {
    fn stored(self) -> accounts::Role {
        match self {
            Self::Look => accounts::Role::Look,
            Self::Settle => accounts::Role::Settle,
            Self::Administer => accounts::Role::Administer,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: OperatorCommand,
) -> Result<(), Failure> {
    let deeds = || Deeds::open(config, environment);
    let did = match command {
        OperatorCommand::Add(AddOperator {
            name,
            role,
            password_stdin,
        }) => {
            let password = password_stdin.then(password_from_input).transpose()?;
            let (database, vault) = open_prepared(config, environment).await?;
            let new = NewOperator {
                name: name.clone(),
                role: role.stored(),
                password,
            };
            let may = format!("may {}", accounts::role_word(role.stored()));
            let object = format!("operator {name}");
            let adding = accounts::add(&database, &vault, environment, new);
            let deeds = deeds().await?;
            let words = format!("operator {name} was added");
            match deeds.during("operator.add", object, may, adding).await? {
                FirstSignIn::Password => Deed {
                    schema: "operator.add/1",
                    item: json!({"name": name}),
                    words,
                    next: Some("aloqa-gateway operator list".to_owned()),
                },
                FirstSignIn::Code(code, until) => {
                    with_code("operator.add/1", config, &name, &words, &code, until)
                }
            }
        }
        OperatorCommand::List => {
            let database = open_to_read(config).await?;
            let rows = operators::all(&*database).await?;
            return Ok(list(form, &rows, environment.clock.now())?);
        }
        OperatorCommand::Reset { name } => {
            let (database, vault) = open_prepared(config, environment).await?;
            let object = format!("operator {name}");
            let resetting = accounts::reset(&database, &vault, environment, &name);
            let deeds = deeds().await?;
            let (code, until) = deeds
                .during("operator.reset", object, String::new(), resetting)
                .await?;
            let words = format!("operator {name} has to set a new password");
            with_code("operator.reset/1", config, &name, &words, &code, until)
        }
        OperatorCommand::Disable { name } => {
            let (database, _) = open_prepared(config, environment).await?;
            let object = format!("operator {name}");
            let disabling = accounts::disable(&database, environment.clock.now(), &name);
            let deeds = deeds().await?;
            deeds
                .during("operator.disable", object, String::new(), disabling)
                .await?;
            Deed {
                schema: "operator.disable/1",
                item: json!({"name": name}),
                words: format!("operator {name} is disabled"),
                next: Some("aloqa-gateway operator list".to_owned()),
            }
        }
    };
    Ok(form.deed(did)?)
}

/// The code alone on the last line, as the secret of a partner is.
fn with_code(
    schema: &'static str,
    config: &Config,
    name: &str,
    words: &str,
    code: &SecretString,
    until: UnixMillis,
) -> Deed {
    let address = health::reachable(config.server.ops_listen);
    let page = format!("http://{address}/console/password");
    let place = match address.ip().is_loopback() {
        true => {
            "on the gateway's machine, or elsewhere through an ssh tunnel to it or your proxy with TLS,"
        }
        false => {
            "(browsers keep a sign-in over plain HTTP only on the machine itself: open it through an ssh tunnel or your proxy with \
             TLS)"
        }
    };
    let (until, code) = (stamp(until), code.expose_secret());
    Deed {
        schema,
        item: json!({"name": name, "page": page, "code": code, "codeUntil": until}),
        words: format!(
            "{words}\nthe password is set at {page} {place} until {until}, with this code, shown only this once:\n{code}"
        ),
        next: None,
    }
}

fn password_from_input() -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin().take(1_024).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    match line {
        "" => Err(Failure::unusable("there is no password on standard input")),
        line => Ok(line.to_owned().into()),
    }
}

fn list(form: Form, rows: &[operator::Model], now: UnixMillis) -> io::Result<()> {
    let mut table = Table::new(["NAME", "ROLE", "STATE", "SINCE", "LAST SIGN-IN"]);
    for row in rows {
        table.row([
            row.name.clone(),
            accounts::role_word(row.role),
            accounts::state(row, now).to_owned(),
            stamp(row.disabled_at.unwrap_or(row.created_at)),
            row.signed_in_at.map(stamp).unwrap_or_default(),
        ]);
    }
    form.list(List {
        schema: "operator.list/1",
        table,
        items: rows.iter().map(|row| in_json(row, now)).collect(),
        none: "there is no operator, so the console is off; `aloqa-gateway operator add` makes one"
            .to_owned(),
        more: None,
    })
}

fn in_json(row: &operator::Model, now: UnixMillis) -> Value {
    json!({
        "name": row.name,
        "role": accounts::role_word(row.role),
        "state": accounts::state(row, now),
        "addedAt": stamp(row.created_at),
        "disabledAt": row.disabled_at.map(stamp),
        "lockedUntil": row.locked_until.filter(|until| *until > now).map(stamp),
        "signedInAt": row.signed_in_at.map(stamp),
    })
}
