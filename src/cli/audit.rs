//! `aloqa-gateway audit`: who did what, and whether the log of it is whole.

use std::io::{BufWriter, Write as _};

use clap::{Args, Subcommand};
use entity::audit;
use entity::time::UnixMillis;
use serde_json::{Value, json};

use super::Failure;
use super::exit::Exit;
use super::form::{Form, List as Listed};
use super::output;
use super::progress::Progress;
use super::restored::moment;
use super::table::Table;
use crate::audit::{Head, Verify};
use crate::config::Config;
use crate::domain::day::stamp;
use crate::repository::audit::{Wanted, list as rows};
use crate::start::{open_to_read, open_to_read_with_keys};

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

pub(super) async fn run(
    config: &Config,
    form: Form,
    command: AuditCommand,
) -> Result<Exit, Failure> {
    match command {
        AuditCommand::List(wanted) => list(config, form, wanted).await,
        AuditCommand::Verify(known) => verify(config, form, &known).await,
    }
}

async fn list(config: &Config, form: Form, asked: List) -> Result<Exit, Failure> {
    let database = open_to_read(config).await?;
    let none = searched(&asked);
    let wanted = Wanted {
        since: asked.since,
        who: asked.who,
        action: asked.action,
        object: asked.object,
        // One more than is shown tells whether some are left out.
        limit: asked.limit.saturating_add(1),
    };
    let mut rows = rows(&*database, &wanted).await?;
    let shown = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let mut table = Table::new([
        "AT", "ROW", "WHO", "SOURCE", "ACTION", "OBJECT", "OUTCOME", "DETAIL",
    ]);
    let mut items = Vec::new();
    for row in rows {
        items.push(json!({
            "at": stamp(row.at),
            "row": number(&row),
            "who": row.who,
            "source": row.source,
            "action": row.action,
            "object": row.object,
            "outcome": row.outcome,
            "detail": row.detail,
        }));
        table.row([
            stamp(row.at),
            number(&row),
            row.who,
            row.source,
            row.action,
            row.object,
            row.outcome,
            row.detail,
        ]);
    }
    form.list(Listed {
        schema: "audit.list/1",
        table,
        items,
        none,
        more: Some(more),
    })?;
    Ok(Exit::Done)
}

fn number(row: &audit::Model) -> String {
    match row.chain {
        audit::BEFORE => format!("0:{}", row.seq),
        chain => format!("{}:{}", chain.simple(), row.seq),
    }
}

/// What is said where no row fits.
fn searched(asked: &List) -> String {
    let mut words = Vec::new();
    words.extend(asked.since.map(|since| format!("since {}", stamp(since))));
    words.extend(asked.who.as_ref().map(|who| format!("by {who}")));
    words.extend(
        asked
            .action
            .as_ref()
            .map(|action| format!("with the action {action}")),
    );
    words.extend(
        asked
            .object
            .as_ref()
            .map(|object| format!("about {object}")),
    );
    match words.as_slice() {
        [] => "the audit log has no row".to_owned(),
        words => format!("the audit log has no row {}", words.join(", ")),
    }
}

async fn verify(config: &Config, form: Form, known: &VerifyLog) -> Result<Exit, Failure> {
    let (database, vault) = open_to_read_with_keys(config).await?;
    let progress = Progress::new();
    let say = |words: &str| progress.say(words);
    let verify = Verify {
        db: &*database,
        vault: &vault,
        anchors: &known.anchors,
        kept_since: known.kept_since,
        progress: &say,
    };
    let found = verify.run().await?;
    drop(progress);
    let exit = match found.findings.is_empty() {
        true => Exit::Done,
        false => Exit::Look,
    };
    let mut out = BufWriter::new(output::out());
    if form == Form::Json {
        let item: Value = json!({
            "isWhole": found.findings.is_empty(),
            "rows": found.rows,
            "chains": found.chains,
            "findings": texts(&found.findings),
            "notes": texts(&found.remarks),
            "anchors": texts(&found.unnamed),
        });
        writeln!(out, "{}", json!({"schema": "audit.verify/1", "item": item}))?;
        out.flush()?;
        return Ok(exit);
    }
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
    Ok(exit)
}

fn texts(all: &[impl ToString]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}
