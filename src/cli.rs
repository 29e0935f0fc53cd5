//! The program's commands: their arguments here, what each does in a file of its own.

mod audit;
mod backup;
mod ban;
mod compare;
mod config;
mod consent;
mod contour;
mod deeds;
mod doctor;
mod exit;
mod failure;
mod form;
mod health;
mod keys;
mod log;
mod manual;
mod migrate;
mod openrpc;
mod operator;
mod output;
mod partner;
mod process;
mod progress;
mod receipts;
mod report;
mod restored;
mod sandbox;
mod serve;
mod service_manager;
mod signals;
mod speaker;
mod table;
#[cfg(feature = "otlp")]
mod traces;
mod transactions;
mod unseen_line;
mod webhooks;

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, Parser, Subcommand};

use self::exit::Exit;
use self::failure::Failure;
use self::form::Form;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::environment::Environment;
use crate::random::SystemRandom;

/// One JSON-RPC endpoint through which partners use the card networks UZCARD and HUMO.
///
/// Without a command, it serves. Without any settings, it serves the sandbox profile: an SQLite file in the working
/// directory, simulated networks, and a demo partner.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, after_long_help = ends())]
struct Cli {
    /// The settings file. Default: aloqa-gateway.toml in the working directory, if it exists.
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    config: Option<PathBuf>,
    /// Allow core dumps and debuggers, which can read the keys: for developers, with no real card numbers.
    #[arg(long, global = true, help_heading = GLOBAL)]
    debuggable: bool,
    /// Answer as JSON, for programs; errors too. Moments are ISO 8601 in Tashkent's time, amounts tiyin.
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The heading of the options that every command has.
const GLOBAL: &str = "Options of every command";

const EXAMPLES: &str = "Examples:
  aloqa-gateway                                 serve the sandbox profile
  aloqa-gateway --config /etc/aloqa/prod.toml   serve with settings from a file
  ALOQA__SERVER__LISTEN=127.0.0.1:8081 aloqa-gateway
  aloqa-gateway partner add shop --allow 'cards.*' --allow 'transactions.*' \\
      --terminal UZCARD:90001:92400001
  aloqa-gateway compare --day 2026-11-20 | grep -v ^MATCHED
  aloqa-gateway openrpc > openrpc.json";

/// The end of `--help` and of the man page.
fn ends() -> String {
    format!("{EXAMPLES}\n\n{}", Exit::table())
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve partners (the default).
    #[command(
        after_help = "Examples:\n  aloqa-gateway serve\n  aloqa-gateway --config /etc/aloqa/prod.toml"
    )]
    Serve,
    /// Serve only the simulated networks, for gateways with sandbox.embedded = false.
    #[command(after_help = sandbox::EXAMPLES)]
    Sandbox,
    /// Make the database where there is none, and bring its schema up to date, then exit.
    ///
    /// Every start of the gateway does this too. No other command makes or changes a database's schema.
    #[command(after_help = "Examples:\n  aloqa-gateway --config /etc/aloqa/prod.toml migrate")]
    Migrate,
    /// Add, list or disable partners, give a partner a new secret, or set its webhook.
    #[command(subcommand)]
    Partner(partner::PartnerCommand),
    /// Add, list, reset or disable operators, who sign in at the console.
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Ban cards and phones from transfers, or lift a ban.
    #[command(subcommand)]
    Ban(ban::BanCommand),
    /// Find, inspect and settle the transactions that need an operator.
    #[command(subcommand)]
    Transactions(transactions::TransactionsCommand),
    /// Compare one day's payments with the networks' own records.
    Compare(compare::Compare),
    /// Print what a partner did on a day, with the sums, for its accounts.
    Report(report::Report),
    /// List fiscal receipts that are not registered, try one again, or say what became of one.
    #[command(subcommand)]
    Receipts(receipts::ReceiptsCommand),
    /// Make an older copy of the database safe, see what it lacks, and end the period.
    #[command(subcommand)]
    Restored(restored::RestoredCommand),
    /// See what partners were told by webhook, or tell it again.
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
    /// Copy the SQLite database while gateways serve, and verify the copy.
    Backup(backup::Wanted),
    /// Make a key file, check it, and change the key that encrypts while gateways serve.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// See who did what, and whether the log of it is whole.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// See every setting and who says so, or check them before a start.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Look at all that a gateway needs, and say what to do where something is missing.
    #[command(after_help = doctor::HELP)]
    Doctor,
    /// Look at the networks and providers of these settings, before a gateway serves with them.
    #[command(subcommand)]
    Contour(contour::ContourCommand),
    /// Ask the gateway of these settings whether it may be sent calls.
    Health(health::Health),
    /// Write man pages of all commands, and completions for shells.
    Manual(manual::Manual),
    /// Print the OpenRPC document.
    #[command(after_help = openrpc::EXAMPLES)]
    Openrpc,
}

impl Command {
    /// How a command of this kind ends that has failed so. Where scripts tell a result from a failure, no other failure may
    /// look like a result.
    fn failed(&self) -> fn(Exit) -> Exit {
        let unread = |exit: Exit| match exit {
            Exit::Fault => Exit::Fault,
            Exit::Done
            | Exit::Look
            | Exit::Unusable
            | Exit::NotFound
            | Exit::Refused
            | Exit::OutOfReach
            | Exit::TryAgain => Exit::Unusable,
        };
        let unhealthy = |exit: Exit| match exit {
            Exit::OutOfReach => Exit::Look,
            Exit::Done
            | Exit::Look
            | Exit::Unusable
            | Exit::NotFound
            | Exit::Refused
            | Exit::TryAgain
            | Exit::Fault => exit,
        };
        match self {
            Self::Compare(_)
            | Self::Restored(restored::RestoredCommand::List)
            | Self::Audit(audit::AuditCommand::Verify(_))
            | Self::Config(_) => unread,
            Self::Health(_) => unhealthy,
            Self::Serve
            | Self::Sandbox
            | Self::Migrate
            | Self::Partner(_)
            | Self::Operator(_)
            | Self::Ban(_)
            | Self::Transactions(_)
            | Self::Report(_)
            | Self::Receipts(_)
            | Self::Restored(_)
            | Self::Webhooks(_)
            | Self::Backup(_)
            | Self::Doctor
            | Self::Contour(_)
            | Self::Keys(_)
            | Self::Audit(audit::AuditCommand::List(_))
            | Self::Manual(_)
            | Self::Openrpc => |exit| exit,
        }
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    process::make_files_private();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    if !cli.debuggable
        && let Err(error) = process::forbid_core_dumps()
    {
        let _ = writeln!(
            io::stderr(),
            "aloqa-gateway: core dumps cannot be switched off: {error}"
        );
        return Exit::Fault.into();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        // The panic itself was told where it happened.
        Ok(runtime) => catch_unwind(AssertUnwindSafe(|| runtime.block_on(run_command(cli))))
            .unwrap_or(Exit::Fault)
            .into(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "aloqa-gateway: cannot start threads: {error}");
            Exit::OutOfReach.into()
        }
    }
}

/// What cannot be understood, or asks for help.
fn unparsed(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|word| word == "--json");
    if !error.use_stderr() || !wants_json {
        error.exit();
    }
    let said = error.render().to_string();
    let failure = Failure::unusable(said.trim().trim_start_matches("error: "));
    let _ = writeln!(io::stdout(), "{}", failure.in_json(Exit::Unusable));
    Exit::Unusable.into()
}

async fn run_command(cli: Cli) -> Exit {
    let command = cli.command.unwrap_or(Command::Serve);
    let form = if cli.json { Form::Json } else { Form::Words };
    let failed = command.failed();
    match execute(command, form, cli.config).await {
        Ok(exit) => exit,
        Err(failure) => {
            let exit = failed(failure.exit());
            // With no standard error there is nowhere left to report to.
            let _ = match form {
                Form::Words => failure.report(io::stderr()),
                Form::Json => writeln!(io::stdout(), "{}", failure.in_json(exit)),
            };
            exit
        }
    }
}

async fn execute(command: Command, form: Form, file: Option<PathBuf>) -> Result<Exit, Failure> {
    let environment = Environment {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        crash_points: None,
    };
    let settings = || -> Result<Config, Failure> {
        let config = Config::load(file.as_deref())?;
        // Commands have no traces to keep it for.
        drop(log::init(&config.log, None)?);
        Ok(config)
    };
    match command {
        Command::Serve => {
            let config = Config::load(file.as_deref())?;
            let _log = log::init(&config.log, Some(&config.traces))?;
            serve::run(&config, environment).await?;
        }
        Command::Sandbox => sandbox::run(&settings()?).await?,
        Command::Migrate => migrate::run(&settings()?, &environment, form).await?,
        Command::Partner(command) => {
            partner::run(&settings()?, &environment, form, command).await?
        }
        Command::Operator(command) => {
            operator::run(&settings()?, &environment, form, command).await?;
        }
        Command::Ban(command) => ban::run(&settings()?, &environment, form, command).await?,
        Command::Transactions(command) => {
            transactions::run(&settings()?, &environment, form, command).await?;
        }
        Command::Compare(command) => {
            return compare::run(&settings()?, &environment, form, command).await;
        }
        Command::Report(wanted) => {
            report::run(&settings()?, &environment, form, wanted).await?;
        }
        Command::Receipts(command) => {
            receipts::run(&settings()?, &environment, form, command).await?
        }
        Command::Webhooks(command) => {
            webhooks::run(&settings()?, &environment, form, command).await?
        }
        Command::Restored(command) => {
            return restored::run(&settings()?, &environment, form, command).await;
        }
        Command::Backup(wanted) => {
            backup::run(&settings()?, &environment, form, &wanted).await?;
        }
        Command::Keys(keys::KeysCommand::New { file }) => {
            keys::new(form, &file, environment.random.as_ref())?;
        }
        Command::Keys(keys::KeysCommand::Check) => {
            keys::check(&settings()?, &environment, form).await?;
        }
        Command::Keys(keys::KeysCommand::Add { id }) => {
            keys::add(&settings()?, &environment, form, &id).await?;
        }
        Command::Keys(keys::KeysCommand::Rotate { to }) => {
            return keys::rotate(&settings()?, &environment, form, to.as_deref()).await;
        }
        Command::Keys(keys::KeysCommand::Retire { id }) => {
            keys::retire(&settings()?, &environment, form, &id).await?;
        }
        Command::Keys(keys::KeysCommand::Other(words)) => return Err(keys::other(&words)),
        Command::Audit(command) => return audit::run(&settings()?, form, command).await,
        Command::Config(command) => config::run(file.as_deref(), form, command).await?,
        Command::Doctor => return doctor::run(&settings()?, &environment, form).await,
        Command::Contour(contour::ContourCommand::Check(wanted)) => {
            return contour::check(&settings()?, &environment, form, wanted).await;
        }
        Command::Health(asked) => return health::run(&settings()?, &asked),
        Command::Manual(wanted) => manual::run(Cli::command(), form, &wanted)?,
        Command::Openrpc => openrpc::run()?,
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }

    /// Each command, and each of its commands, shows how it is given.
    #[test]
    fn every_help_has_examples() {
        fn lacking(command: &clap::Command, path: &str, found: &mut Vec<String>) {
            for one in command.get_subcommands() {
                let path = format!("{path} {}", one.get_name());
                let help = one.get_after_help().map(ToString::to_string);
                if !help.is_some_and(|help| help.contains("Examples:")) {
                    found.push(path.clone());
                }
                lacking(one, &path, found);
            }
        }
        let mut found = Vec::new();
        lacking(&Cli::command(), "aloqa-gateway", &mut found);
        assert_eq!(found, [""; 0]);
    }
}
