//! The commands of the program.

mod compare;
mod transactions;

use std::error::Error as StdError;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use entity::network::Network;
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::bans::{self, Subject};
use crate::clock::SystemClock;
use crate::config::{Config, Profile};
use crate::database::Database;
use crate::docs;
use crate::partners::{self, NewPartner};
use crate::random::SystemRandom;
use crate::repository::{banned, partner};
use crate::start::{Running, open_gateway, open_vault, start};
use crate::surroundings::Surroundings;
use crate::vault::Vault;

/// One JSON-RPC endpoint through which partners use the card networks UZCARD and HUMO.
///
/// Without a command it serves. Without any settings it serves the sandbox profile: an SQLite file in the working
/// directory, simulated networks, and a demo partner.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    /// The settings' file; without it, aloqa-gateway.toml in the working directory if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  aloqa-gateway                                 serve the sandbox profile
  aloqa-gateway --config /etc/aloqa/prod.toml   serve with settings from a file
  ALOQA__SERVER__LISTEN=0.0.0.0:8080 aloqa-gateway
  aloqa-gateway partner add shop --allow 'cards.*' --allow 'transactions.*' \\
      --terminal UZCARD:90001:92400001
  aloqa-gateway compare --day 2026-11-20 | grep -v ^MATCHED
  aloqa-gateway openrpc > openrpc.json";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve partners (the default).
    Serve,
    /// Serve only the simulated networks, for gateways with sandbox.embedded = false.
    Sandbox,
    /// Bring the database's schema up to date, and end.
    Migrate,
    /// Add, list or disable partners, or give one a new secret.
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Ban cards and phones from transfers, or lift a ban.
    #[command(subcommand)]
    Ban(BanCommand),
    /// Find the transactions whose outcome nobody knows, look into them, and settle them.
    #[command(subcommand)]
    Transactions(transactions::TransactionsCommand),
    /// Compare a day's payments with the networks' own books.
    Compare(compare::Compare),
    /// Make a key file with fresh random keys.
    Keys {
        /// Where to write it; a file that is there already is left alone.
        file: PathBuf,
    },
    /// Print the OpenRPC document.
    Openrpc,
}

#[derive(Debug, Subcommand)]
enum PartnerCommand {
    /// Add a partner and print its secret, which is shown only once.
    Add(AddPartner),
    /// List all partners.
    List,
    /// Shut a partner out; running gateways notice within seconds.
    Disable {
        /// The partner's user name.
        name: String,
    },
    /// Give a partner a new secret and print it; the old one ends.
    RotateSecret {
        /// The partner's user name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum BanCommand {
    /// Ban a card (16 digits) or a phone (998 and nine digits).
    Add {
        #[arg(value_parser = Subject::parse)]
        subject: Subject,
        /// Why, for whoever reads the list.
        #[arg(long)]
        reason: String,
    },
    /// Lift a ban.
    Remove {
        #[arg(value_parser = Subject::parse)]
        subject: Subject,
    },
    /// List all bans: when and why. Numbers and phones are kept as hashes only.
    List,
}

#[derive(Debug, Args)]
struct AddPartner {
    /// The user name for HTTP Basic authentication.
    name: String,
    /// A method, `cards.*`, `transactions.*`, `*` for everything, or `pan.read`; can be given several times.
    #[arg(long = "allow", value_name = "PERMISSION", required = true)]
    permissions: Vec<String>,
    /// A registered terminal, NETWORK:MERCHANT:TERMINAL; can be given several times. Without any, all are allowed.
    #[arg(long = "terminal", value_name = "TERMINAL", value_parser = parse_terminal)]
    terminals: Vec<(Network, String, String)>,
    /// From this amount in tiyin on, debits need a code.
    #[arg(long, value_name = "TIYIN")]
    code_required_from: Option<i64>,
}

/// What ends the program with a message.
type Failure = Box<dyn StdError + Send + Sync>;

/// Runs the program.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    // There, 1 is the status of a comparison that was made.
    let failed = match cli.command {
        Some(Command::Compare(_)) => ExitCode::from(compare::INCOMPLETE),
        None
        | Some(
            Command::Serve
            | Command::Sandbox
            | Command::Migrate
            | Command::Partner(_)
            | Command::Ban(_)
            | Command::Transactions(_)
            | Command::Keys { .. }
            | Command::Openrpc,
        ) => ExitCode::FAILURE,
    };
    match execute(cli).await {
        Ok(code) => code,
        Err(failure) => {
            let _ = report(io::stderr(), failure.as_ref());
            failed
        }
    }
}

async fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    let mut out = io::stdout();
    // These two need no settings.
    match cli.command {
        Some(Command::Openrpc) => {
            out.write_all(docs::openrpc().as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Keys { file }) => {
            if !Vault::generate(&file, &SystemRandom)? {
                return Err(
                    format!("{} is there already and was left alone", file.display()).into(),
                );
            }
            writeln!(
                out,
                "wrote {}; keep a copy: without it no card number can be read",
                file.display()
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        None
        | Some(
            Command::Serve
            | Command::Sandbox
            | Command::Migrate
            | Command::Partner(_)
            | Command::Ban(_)
            | Command::Transactions(_)
            | Command::Compare(_),
        ) => {}
    }
    let config = Config::load(cli.config.as_deref())?;
    init_log(&config)?;
    let surroundings = Surroundings {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        crash_points: None,
    };
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&config, surroundings).await?,
        Command::Sandbox => sandbox(&config).await?,
        Command::Migrate => {
            let database = Database::open(&config.database).await?;
            database.migrate().await?;
            writeln!(out, "the {} database is up to date", database.kind())?;
        }
        Command::Partner(command) => partner_command(&config, &surroundings, command).await?,
        Command::Ban(command) => ban_command(&config, &surroundings, command).await?,
        Command::Transactions(command) => {
            let gateway = open_gateway(&config, &surroundings).await?;
            transactions::run(&gateway, command).await?;
        }
        Command::Compare(command) => return compare::run(&config, &surroundings, command).await,
        Command::Keys { .. } | Command::Openrpc => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config, surroundings: Surroundings) -> Result<(), Failure> {
    let stop_signal = stop_signal()?;
    let running = start(config, surroundings).await?;
    greet(&running)?;
    stop_signal.await;
    tracing::info!("stopping: no new connections; running calls may end");
    if running.stop().await {
        tracing::info!("stopped");
    } else {
        tracing::warn!(
            "stopped before all calls had ended; what they left unsettled is looked up at the next start"
        );
    }
    Ok(())
}

/// Says what was chosen and why, and how to begin.
fn greet(running: &Running) -> io::Result<()> {
    let mut out = io::stdout();
    let Running {
        address,
        ops_address,
        database_kind,
        ..
    } = running;
    writeln!(
        out,
        "AloqaGateway {} on {database_kind}",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(
        out,
        "  partners     http://{address}/ (reference: http://{address}/docs)"
    )?;
    writeln!(
        out,
        "  operations   http://{ops_address} (/health, /metrics)"
    )?;
    match (running.profile, running.sandbox_address) {
        (Profile::Sandbox, Some(sandbox)) => {
            let (name, secret) = partners::DEMO;
            writeln!(
                out,
                "  sandbox      http://{sandbox}/sandbox/cards (no network address is set: sandbox profile)"
            )?;
            writeln!(
                out,
                "  demo partner user {name}, password {secret}; every code is 111111"
            )?;
            writeln!(out, "Attach a test card:")?;
            writeln!(
                out,
                "  curl -u {name}:{secret} http://{address}/ -H 'Content-Type: application/json' -d \
                 '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"cards.add\",\"params\":{{\"pan\":\"8600010132441332\",\
                 \"expiry\":\"1230\",\"phone\":\"998901234567\"}}}}'"
            )
        }
        (Profile::Production | Profile::Sandbox, _) => {
            writeln!(out, "  networks     as configured (production)")
        }
    }
}

#[cfg(feature = "sandbox")]
async fn sandbox(config: &Config) -> Result<(), Failure> {
    let stop_signal = stop_signal()?;
    let listener = crate::start::listen(config.sandbox.listen, "sandbox.listen").await?;
    let address = listener.local_addr()?;
    let sandbox = crate::start::open_sandbox(config, Arc::new(SystemClock))?;
    let stop = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(sandbox.serve(listener, stop.clone()));
    writeln!(
        io::stdout(),
        "the simulated networks are at http://{address} (cards: http://{address}/sandbox/cards)"
    )?;
    stop_signal.await;
    stop.cancel();
    Ok(serving.await?)
}

#[cfg(not(feature = "sandbox"))]
async fn sandbox(_: &Config) -> Result<(), Failure> {
    Err("this build has no sandbox".into())
}

async fn partner_command(
    config: &Config,
    surroundings: &Surroundings,
    command: PartnerCommand,
) -> Result<(), Failure> {
    let (database, vault) = open_stores(config, surroundings).await?;
    let mut out = io::stdout();
    match command {
        PartnerCommand::Add(AddPartner {
            name,
            permissions,
            terminals,
            code_required_from,
        }) => {
            let new = NewPartner {
                name: name.clone(),
                permissions,
                terminals,
                code_required_from,
            };
            let secret = partners::add(&database, &vault, surroundings, new).await?;
            writeln!(
                out,
                "partner {name} was added; its secret, shown only now:\n{}",
                secret.expose_secret()
            )?;
        }
        PartnerCommand::RotateSecret { name } => {
            let secret = partners::rotate_secret(&database, &vault, surroundings, &name).await?;
            writeln!(
                out,
                "partner {name} has a new secret, shown only now:\n{}",
                secret.expose_secret()
            )?;
        }
        PartnerCommand::Disable { name } => {
            partners::disable(&database, surroundings, &name).await?;
            writeln!(out, "partner {name} is disabled")?;
        }
        PartnerCommand::List => {
            for row in partner::all(&*database).await? {
                let state = if row.disabled_at.is_some() {
                    "disabled"
                } else {
                    "active"
                };
                writeln!(out, "{}\t{state}\t{}", row.name, row.permissions)?;
            }
        }
    }
    Ok(())
}

async fn ban_command(
    config: &Config,
    surroundings: &Surroundings,
    command: BanCommand,
) -> Result<(), Failure> {
    let (database, vault) = open_stores(config, surroundings).await?;
    let mut out = io::stdout();
    match command {
        BanCommand::Add { subject, reason } => {
            bans::add(&database, &vault, surroundings, &subject, reason).await?;
            writeln!(out, "banned from transfers")?;
        }
        BanCommand::Remove { subject } => match bans::remove(&database, &vault, &subject).await? {
            true => writeln!(out, "the ban is lifted")?,
            false => return Err("there was no such ban".into()),
        },
        BanCommand::List => {
            for row in banned::all(&*database).await? {
                let kind = format!("{:?}", row.kind).to_lowercase();
                let hash = hex::encode(row.hash.get(..8).unwrap_or_default());
                writeln!(out, "{kind}\t{hash}\t{}\t{}", row.created_at, row.reason)?;
            }
        }
    }
    Ok(())
}

/// The database, up to date, and the vault that belongs to it.
async fn open_stores(
    config: &Config,
    surroundings: &Surroundings,
) -> Result<(Database, Vault), Failure> {
    let database = Database::open(&config.database).await?;
    database.migrate().await?;
    let vault = open_vault(config, config.profile(), &database, surroundings).await?;
    Ok((database, vault))
}

fn parse_terminal(text: &str) -> Result<(Network, String, String), String> {
    let parts: Vec<&str> = text.split(':').collect();
    let network = match parts.first() {
        Some(&"UZCARD") => Network::Uzcard,
        Some(&"HUMO") => Network::Humo,
        Some(_) | None => return Err("must begin with UZCARD: or HUMO:".to_owned()),
    };
    match parts.as_slice() {
        [_, merchant, terminal] if !merchant.is_empty() && !terminal.is_empty() => {
            Ok((network, (*merchant).to_owned(), (*terminal).to_owned()))
        }
        _ => Err("must be NETWORK:MERCHANT:TERMINAL, for example UZCARD:90001:92400001".to_owned()),
    }
}

/// Logs go to the standard error; the standard output is for what the commands print.
fn init_log(config: &Config) -> Result<(), Failure> {
    // These print whole bodies and statements at their lowest levels: card numbers have no place in a log.
    let quiet = "jsonrpsee=info,hyper=info,sqlx=info,sea_orm=info,sea_orm_migration=warn";
    let filter = EnvFilter::try_new(format!("{},{quiet}", config.log.filter))
        .map_err(|error| format!("log.filter: {error}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    if config.log.json {
        log.json().init()
    } else {
        log.init()
    }
    Ok(())
}

/// Listens for SIGTERM and SIGINT from the call on, so that one that comes before the future is awaited is not lost.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The failure and its causes, one a line.
fn report(mut out: impl Write, failure: &(dyn StdError + 'static)) -> io::Result<()> {
    writeln!(out, "aloqa-gateway: {failure}")?;
    let mut cause = failure.source();
    while let Some(error) = cause {
        writeln!(out, "  because: {error}")?;
        cause = error.source();
    }
    Ok(())
}
