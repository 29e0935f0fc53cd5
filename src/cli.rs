//! The program's commands: their arguments here, what each does in a file of its own.

mod audit;
mod ban;
mod compare;
mod config;
mod deeds;
mod failure;
mod health;
mod keys;
mod log;
mod manual;
mod migrate;
mod openrpc;
mod partner;
mod process;
mod receipts;
mod restored;
mod sandbox;
mod serve;
mod service_manager;
mod signals;
mod speaker;
mod table;
mod transactions;
mod unseen_line;
mod webhooks;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, Parser, Subcommand};

use self::failure::{Failure, is_unread, report};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::environment::Environment;
use crate::random::SystemRandom;

/// One JSON-RPC endpoint through which partners use the card networks UZCARD and HUMO.
///
/// Without a command, it serves. Without any settings, it serves the sandbox profile: an SQLite file in the working
/// directory, simulated networks, and a demo partner.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    /// The settings file. Default: aloqa-gateway.toml in the working directory, if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Allow core dumps and debuggers, which can read the keys: for developers, with no real card numbers.
    #[arg(long, global = true)]
    debuggable: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  aloqa-gateway                                 serve the sandbox profile
  aloqa-gateway --config /etc/aloqa/prod.toml   serve with settings from a file
  ALOQA__SERVER__LISTEN=127.0.0.1:8081 aloqa-gateway
  aloqa-gateway partner add shop --allow 'cards.*' --allow 'transactions.*' \\
      --terminal UZCARD:90001:92400001
  aloqa-gateway compare --day 2026-11-20 | grep -v ^MATCHED
  aloqa-gateway openrpc > openrpc.json";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve partners (the default).
    Serve,
    /// Serve only the simulated networks, for gateways with sandbox.embedded = false.
    #[command(after_help = sandbox::EXAMPLES)]
    Sandbox,
    /// Make the database where there is none, and bring its schema up to date, then exit.
    ///
    /// Every start of the gateway does this too. No other command makes or changes a database's schema.
    Migrate,
    /// Add, list or disable partners, give a partner a new secret, or set its webhook.
    #[command(subcommand)]
    Partner(partner::PartnerCommand),
    /// Ban cards and phones from transfers, or lift a ban.
    #[command(subcommand)]
    Ban(ban::BanCommand),
    /// Find, inspect and settle the transactions that need an operator.
    #[command(subcommand)]
    Transactions(transactions::TransactionsCommand),
    /// Compare one day's payments with the networks' own records.
    Compare(compare::Compare),
    /// List fiscal receipts that are refused, or try one again.
    #[command(subcommand)]
    Receipts(receipts::ReceiptsCommand),
    /// Make an older copy of the database safe, see what it lacks, and end the period.
    #[command(subcommand)]
    Restored(restored::RestoredCommand),
    /// See what partners were told by webhook, or tell it again.
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
    /// Make a key file, check it, and change the key that encrypts while gateways serve.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// See who did what, and whether the log of it is whole.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// See every setting and who says so, or check them before a start.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Ask the gateway of these settings whether it may be sent calls.
    Health(health::Health),
    /// Write man pages of all commands, and completions for shells.
    Manual(manual::Manual),
    /// Print the OpenRPC document.
    #[command(after_help = openrpc::EXAMPLES)]
    Openrpc,
}

impl Command {
    /// The exit status when the command fails.
    fn failed(&self) -> ExitCode {
        match self {
            // A comparison that was made and found something exits with 1.
            Self::Compare(_) | Self::Restored(_) => ExitCode::from(compare::INCOMPLETE),
            Self::Audit(_) => ExitCode::from(audit::UNVERIFIED),
            // As with a wrong argument: what was given cannot be used.
            Self::Config(_) => ExitCode::from(2),
            Self::Serve
            | Self::Sandbox
            | Self::Migrate
            | Self::Partner(_)
            | Self::Ban(_)
            | Self::Transactions(_)
            | Self::Receipts(_)
            | Self::Webhooks(_)
            | Self::Keys(_)
            | Self::Health(_)
            | Self::Manual(_)
            | Self::Openrpc => ExitCode::FAILURE,
        }
    }

    /// The exit status when nobody reads on, which is then no failure.
    fn unread(&self) -> Option<ExitCode> {
        match self {
            // They have more to do than to say something.
            Self::Serve | Self::Sandbox => None,
            // 0 would say that all match.
            Self::Compare(_) | Self::Restored(_) => Some(ExitCode::from(compare::INCOMPLETE)),
            Self::Audit(audit::AuditCommand::Verify(_)) => Some(ExitCode::from(audit::UNVERIFIED)),
            Self::Migrate
            | Self::Partner(_)
            | Self::Ban(_)
            | Self::Transactions(_)
            | Self::Receipts(_)
            | Self::Webhooks(_)
            | Self::Keys(_)
            | Self::Audit(audit::AuditCommand::List(_))
            | Self::Config(_)
            | Self::Health(_)
            | Self::Manual(_)
            | Self::Openrpc => Some(ExitCode::SUCCESS),
        }
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    process::make_files_private();
    let cli = Cli::parse();
    if !cli.debuggable
        && let Err(error) = process::forbid_core_dumps()
    {
        let _ = writeln!(
            io::stderr(),
            "aloqa-gateway: core dumps cannot be switched off: {error}"
        );
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(run_command(cli)),
        Err(error) => {
            let _ = writeln!(io::stderr(), "aloqa-gateway: cannot start threads: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run_command(cli: Cli) -> ExitCode {
    let command = cli.command.unwrap_or(Command::Serve);
    let (failed, unread) = (command.failed(), command.unread());
    match (execute(command, cli.config).await, unread) {
        (Ok(code), _) => code,
        (Err(failure), Some(code)) if is_unread(failure.as_ref()) => code,
        (Err(failure), _) => {
            // With no standard error there is nowhere left to report to.
            let _ = report(io::stderr(), failure.as_ref());
            failed
        }
    }
}

async fn execute(command: Command, file: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let environment = Environment {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        crash_points: None,
    };
    let settings = || -> Result<Config, Failure> {
        let config = Config::load(file.as_deref())?;
        log::init(&config.log)?;
        Ok(config)
    };
    match command {
        Command::Serve => serve::run(&settings()?, environment).await?,
        Command::Sandbox => sandbox::run(&settings()?).await?,
        Command::Migrate => migrate::run(&settings()?, &environment).await?,
        Command::Partner(command) => partner::run(&settings()?, &environment, command).await?,
        Command::Ban(command) => ban::run(&settings()?, &environment, command).await?,
        Command::Transactions(command) => {
            transactions::run(&settings()?, &environment, command).await?;
        }
        Command::Compare(command) => {
            return compare::run(&settings()?, &environment, command).await;
        }
        Command::Receipts(command) => receipts::run(&settings()?, &environment, command).await?,
        Command::Webhooks(command) => webhooks::run(&settings()?, &environment, command).await?,
        Command::Restored(command) => {
            return restored::run(&settings()?, &environment, command).await;
        }
        Command::Keys(keys::KeysCommand::New { file }) => {
            keys::new(&file, environment.random.as_ref())?;
        }
        Command::Keys(keys::KeysCommand::Check) => {
            keys::check(&settings()?, &environment).await?;
        }
        Command::Keys(keys::KeysCommand::Add { id }) => {
            keys::add(&settings()?, &environment, &id).await?;
        }
        Command::Keys(keys::KeysCommand::Rotate { to }) => {
            return keys::rotate(&settings()?, &environment, to.as_deref()).await;
        }
        Command::Keys(keys::KeysCommand::Retire { id }) => {
            keys::retire(&settings()?, &environment, &id).await?;
        }
        Command::Keys(keys::KeysCommand::Other(words)) => return Err(keys::other(&words)),
        Command::Audit(command) => return audit::run(&settings()?, command).await,
        Command::Config(command) => config::run(file.as_deref(), command).await?,
        Command::Health(asked) => return health::run(&settings()?, &asked),
        Command::Manual(wanted) => manual::run(Cli::command(), &wanted)?,
        Command::Openrpc => openrpc::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }
}
