//! `aloqa-gateway audit`: who did what, and whether the log of it is whole.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use entity::audit;
use entity::time::UnixMillis;

use super::Failure;
use super::compare::{INCOMPLETE, NOT_MATCHED, progress};
use super::restored::moment;
use crate::audit::{Head, Verify};
use crate::config::Config;
use crate::domain::day::stamp;
use crate::repository::audit::{Wanted, list as rows};
use crate::start::{open_read_only, open_with_keys};

const EXAMPLES: &str = "Examples:
  aloqa-gateway audit list --since 2026-11-20T00:00:00+05:00 --who shop
  aloqa-gateway audit list --action login --limit 20
  aloqa-gateway audit verify

Both only read, and need no gateway to be stopped.";

const LIST_EXAMPLES: &str = "Examples:
  aloqa-gateway audit list
  aloqa-gateway audit list --who shop --action 'cards.*'
  aloqa-gateway audit list --object 'transaction 1234' --limit 1000
  aloqa-gateway audit list --action keys.rotate --since 2026-01-01T00:00:00+05:00";

const VERIFY_HELP: &str = "It finds rows that were changed, removed, inserted or moved, and chains that were removed, each with
its chain and number. With --anchor it also finds that a copy of the whole table from before was put back: keep the anchors that
gateways log every minute, or those that this command prints, outside the database.

It cannot find: what never was written, such as the last milliseconds of a process that was killed; what somebody wrote who has
the key file.

Exit status: 0 the log is whole, 1 it is not, 2 it could not be read to the end.

Examples:
  aloqa-gateway audit verify
  aloqa-gateway audit verify --anchor 019c9d5e0f7c7a4f8b1f3c5d7e9f1a2b:5120:0f3a5c7e9b1d2f4a6c8e0a2b4c6d8e0f
  aloqa-gateway audit verify --kept-since 2026-01-01T00:00:00+05:00     after older rows were archived and removed";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum AuditCommand {
    /// List rows, newest first: moment, row, who, from where, action, object, outcome, detail.
    List(List),
    /// Say whether every row is there, unchanged and in its place.
    Verify(VerifyLog),
}

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(super) struct List {
    /// Only rows from this moment on, with its offset: 2026-11-20T03:00:00+05:00.
    #[arg(long, value_parser = moment)]
    since: Option<UnixMillis>,
    /// Only rows of this partner or operator, or of `gateway`.
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Only this action: a method, a command such as keys.rotate, login, or the beginning of one, 'cards.*'.
    #[arg(long)]
    action: Option<String>,
    /// Only what was done to this: 'transaction 7', 'partner shop', 'card 0c5f…'.
    #[arg(long)]
    object: Option<String>,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    limit: u64,
}

#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub(super) struct VerifyLog {
    /// The end of a chain as it was logged or printed before: CHAIN:NUMBER:HASH. May be repeated.
    #[arg(long = "anchor", value_name = "ANCHOR")]
    anchors: Vec<Head>,
    /// Rows before this moment may have been removed, up to an anchor row of each chain, and chains that ended before it.
    #[arg(long, value_parser = moment)]
    kept_since: Option<UnixMillis>,
}

pub(super) async fn run(config: &Config, command: AuditCommand) -> Result<ExitCode, Failure> {
    match command {
        AuditCommand::List(wanted) => list(config, wanted).await,
        AuditCommand::Verify(known) => verify(config, &known).await,
    }
}

async fn list(config: &Config, wanted: List) -> Result<ExitCode, Failure> {
    let database = open_read_only(config).await?;
    let wanted = Wanted {
        since: wanted.since,
        who: wanted.who,
        action: wanted.action,
        object: wanted.object,
        limit: wanted.limit,
    };
    let rows = rows(&*database, &wanted).await?;
    let mut out = BufWriter::new(io::stdout().lock());
    if rows.is_empty() {
        writeln!(out, "there is no such row")?;
    } else {
        writeln!(out, "AT\tROW\tWHO\tSOURCE\tACTION\tOBJECT\tOUTCOME\tDETAIL")?;
    }
    for row in rows {
        writeln!(out, "{}", line(&row))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn line(row: &audit::Model) -> String {
    let or_dash = |text: &str| match text {
        "" => "-".to_owned(),
        text => text.to_owned(),
    };
    let number = match row.chain {
        audit::BEFORE => format!("0:{}", row.seq),
        chain => format!("{}:{}", chain.simple(), row.seq),
    };
    [
        stamp(row.at),
        number,
        or_dash(&row.who),
        or_dash(&row.source),
        or_dash(&row.action),
        or_dash(&row.object),
        or_dash(&row.outcome),
        or_dash(&row.detail),
    ]
    .join("\t")
}

async fn verify(config: &Config, known: &VerifyLog) -> Result<ExitCode, Failure> {
    let (database, vault) = open_with_keys(config).await?;
    let progress = progress();
    let verify = Verify {
        db: &*database,
        vault: &vault,
        anchors: &known.anchors,
        kept_since: known.kept_since,
        progress: &progress,
    };
    let found = verify.run().await?;
    let mut out = BufWriter::new(io::stdout().lock());
    for finding in &found.findings {
        writeln!(out, "{finding}")?;
    }
    for remark in &found.remarks {
        writeln!(out, "{remark}")?;
    }
    for head in &found.unnamed {
        writeln!(out, "ANCHOR {head}")?;
    }
    let (rows, chains) = (found.rows, found.chains);
    let is_whole = found.findings.is_empty();
    match found.findings.len() {
        0 => writeln!(
            out,
            "the audit log is whole: {rows} rows in {chains} chains"
        )?,
        count => writeln!(
            out,
            "the audit log is NOT whole: {count} findings in {rows} rows of {chains} chains"
        )?,
    }
    out.flush()?;
    Ok(match is_whole {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(NOT_MATCHED),
    })
}

/// The exit status when the log could not be verified.
pub(super) const UNVERIFIED: u8 = INCOMPLETE;
