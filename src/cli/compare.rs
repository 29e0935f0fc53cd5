//! `aloqa-gateway compare`: our payments of a day against the networks' own books.

use std::io::{BufWriter, Write};

use clap::Args;
use rpc_schema::values::Network;
use serde_json::json;

use super::Failure;
use super::deeds::Deeds;
use super::exit::Exit;
use super::failure::report;
use super::form::{Form, List};
use super::output;
use super::progress::Progress;
use super::speaker::user;
use super::table::Table;
use super::transactions::word;
use crate::comparison::receipts::receipts;
use crate::comparison::reconciliations::reconciliations;
use crate::comparison::report::Verdict;
use crate::comparison::{CompareError, Sources, compare, kept};
use crate::config::Config;
use crate::domain::day::{Day, stamp};
use crate::environment::Environment;
use crate::repository::comparison::{self as comparisons, New};
use crate::start::{card_networks, open_to_read, open_without_keys};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Compare {
    /// The day in Tashkent, YYYY-MM-DD; without it, yesterday.
    #[arg(long, value_parser = parse_day)]
    day: Option<Day>,
    /// UZCARD or HUMO; without it, both.
    #[arg(long, value_parser = parse_network)]
    network: Option<Network>,
    /// Compare nothing: list what earlier comparisons have found, newest first.
    #[arg(long, conflicts_with_all = ["day", "network"])]
    list: bool,
    /// How many to list at most.
    #[arg(long, value_name = "N", default_value_t = 50, requires = "list")]
    limit: u64,
}

const HELP: &str = "It only reads and asks: SVGate for its list of the day, and both networks about each payment and
hold of ours, so that what somebody else has reversed, charged or released is seen.

Each row is a line on the standard output, the counts come last:
  MATCHED      both sides have it alike
  OURS_ONLY    money has moved by our rows, and the network does not know or list it
  THEIRS_ONLY  the network lists what we do not know; to be seen at HUMO with humo.payment_list alone
  DIFFERING    both have it, and not the same; ours=declined theirs=listed: the partner was told that it had failed
  UNSETTLED    we do not know yet ourselves; overdue when that lasts for a day, or people are to find out
  UNANSWERED   the network could not be asked about it
With humo.reconciliation_hour, the totals that HUMO has told of each terminal that day follow: theirs, then ours of the same period,
+ what may have been in it. TERMINAL … differs=code is its own answer 501, 502 or 504; lost, nobody knows the totals of a period that
has ended; failed, none has.
Then come the fiscal receipts of the day's transfers that are not registered, and their counts. The counts of each network are kept
for 400 days: --list, the console and `doctor` show them. A row of the audit log says which day was compared, and what came of it.

It cannot see: payments that only HUMO knows, unless humo.payment_list is on; then a list that HUMO does not give whole is told, and
of ours nothing is taken from it. Neither holds of UZCARD that no row of ours knows, nor which receipts the fiscal service has. Fees: those of transfers inside a network are compared where the network's look-up names them, as
fee=ours/theirs; fee=…/? is one that it does not tell, and the counts say how many. Between the networks they are part of the
debit, and compared with it. SVGate's list of the day has no fees.

Exit status: 0 all match, or are unsettled and not overdue, 1 somebody has to look, 2 not all could be compared.

Examples:
  aloqa-gateway compare                                     yesterday, both networks
  aloqa-gateway compare --day 2026-11-20 --network UZCARD
  aloqa-gateway compare | grep -v ^MATCHED                  what somebody has to look at, and the counts
  aloqa-gateway compare --list                              what was found before, day by day";

/// One network that cannot be compared does not keep the other from it.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: Compare,
) -> Result<Exit, Failure> {
    if command.list {
        return list(config, form, command.limit).await;
    }
    let database = open_to_read(config).await?;
    let networks = card_networks(config)?;
    let configured = networks.configured().collect();
    let progress = Progress::new();
    let say = |words: &str| progress.say(words);
    let sources = Sources {
        database: &database,
        networks: &networks,
        clock: environment.clock.as_ref(),
        progress: &say,
    };
    let day = command
        .day
        .unwrap_or_else(|| Day::of(environment.clock.now()).before());
    let networks = match command.network {
        Some(network) => vec![network],
        None => configured,
    };
    let who = user()?;
    let (mut verdict, mut found) = (Verdict::AllMatched, Vec::new());
    for network in networks {
        match compare(&sources, network, day).await {
            Ok(compared) => {
                let mut out = BufWriter::new(output::out());
                match form {
                    Form::Words => compared.write(&mut out)?,
                    Form::Json => compared.write_in_json(&mut out)?,
                }
                verdict = verdict.max(compared.counts().verdict());
                let now = environment.clock.now();
                found.push(kept::compared(&compared, &who, now));
            }
            Err(error) => {
                report(output::err(), &error)?;
                match &error {
                    // There is nothing to compare, and so no lack of it.
                    CompareError::NotBegun(_) => {}
                    CompareError::Network { .. } | CompareError::Database(_) => {
                        let (why, now) = (words(&error), environment.clock.now());
                        found.push(kept::not_compared((network, day), &who, why, now));
                    }
                }
                let (day, name) = (day.iso(), network.name());
                match form {
                    Form::Words => {
                        writeln!(output::out(), "{day} {name}: could not be compared")?;
                    }
                    Form::Json => {
                        let item = json!({"day": day, "network": name, "verdict": "incomplete", "why": error.to_string()});
                        let told = json!({"schema": "compare.counts/1", "item": item});
                        writeln!(output::out(), "{told}")?;
                    }
                }
                verdict = Verdict::Incomplete;
            }
        }
    }
    let humo = command
        .network
        .is_none_or(|network| network == Network::Humo);
    if humo && config.humo.reconciliation_hour.is_some() {
        let found = reconciliations(&sources, day).await?;
        let mut out = BufWriter::new(output::out());
        match form {
            Form::Words => found.write(&mut out)?,
            Form::Json => found.write_in_json(&mut out)?,
        }
        verdict = verdict.max(found.verdict());
    }
    let receipts = receipts(&sources, day).await?;
    let mut out = BufWriter::new(output::out());
    match form {
        Form::Words => receipts.write(&mut out)?,
        Form::Json => receipts.write_in_json(&mut out)?,
    }
    verdict = verdict.max(receipts.verdict());
    keep(config, environment, found).await?;
    record(config, environment, day, verdict).await?;
    Ok(match verdict {
        Verdict::AllMatched => Exit::Done,
        Verdict::NotMatched => Exit::Look,
        Verdict::Incomplete => Exit::Unusable,
    })
}

/// Keeps the totals. Who may only read compares all the same.
async fn keep(config: &Config, environment: &Environment, found: Vec<New>) -> Result<(), Failure> {
    let keeping = async {
        let database = open_without_keys(config).await?;
        kept::keep(&database, found, environment.clock.now()).await?;
        Ok::<(), Failure>(())
    };
    if let Err(failure) = keeping.await {
        writeln!(
            output::err(),
            "note: what was found is not kept for --list, the console and doctor: {failure}"
        )?;
    }
    Ok(())
}

/// What earlier comparisons have found.
async fn list(config: &Config, form: Form, limit: u64) -> Result<Exit, Failure> {
    let database = open_to_read(config).await?;
    // One more than is shown tells whether some are left out.
    let mut rows = comparisons::latest(&*database, limit.saturating_add(1)).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let mut table = Table::new([
        "DAY",
        "NETWORK",
        "AT",
        "BY",
        "RESULT",
        "ROWS",
        "OURS ONLY",
        "THEIRS ONLY",
        "DIFFERING",
        "OVERDUE",
        "UNANSWERED",
        "WHY",
    ]);
    let mut items = Vec::new();
    for row in rows {
        let rows = kept::rows(&row);
        items.push(json!({
            "day": kept::day_of(&row),
            "network": word(row.network),
            "at": stamp(row.at),
            "who": row.who,
            "verdict": word(row.outcome),
            "why": row.why,
            "rows": rows,
            "matched": row.matched,
            "oursOnly": row.ours_only,
            "theirsOnly": row.theirs_only,
            "differing": row.differing,
            "unsettled": row.unsettled,
            "overdue": row.overdue,
            "unanswered": row.unanswered,
        }));
        table.row([
            kept::day_of(&row),
            word(row.network),
            stamp(row.at),
            row.who.clone(),
            kept::outcome_words(&row).to_owned(),
            rows.to_string(),
            row.ours_only.to_string(),
            row.theirs_only.to_string(),
            row.differing.to_string(),
            row.overdue.to_string(),
            row.unanswered.to_string(),
            row.why.unwrap_or_default(),
        ]);
    }
    form.list(List {
        schema: "compare.list/1",
        table,
        items,
        none: "no comparison is kept".to_owned(),
        more: Some(more),
    })?;
    Ok(Exit::Done)
}

/// An error and its causes on one line.
pub(super) fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    words
}

/// Leaves a row in the audit log. Who may only read, or has no key file, compares all the same.
async fn record(
    config: &Config,
    environment: &Environment,
    day: Day,
    verdict: Verdict,
) -> Result<(), Failure> {
    let came_to = match verdict {
        Verdict::AllMatched => "all matched",
        Verdict::NotMatched => "somebody has to look",
        Verdict::Incomplete => "not all could be compared",
    };
    let recorded = match Deeds::open(config, environment).await {
        Ok(deeds) => {
            let object = format!("day {}", day.iso());
            deeds.done("compare", object, came_to.to_owned()).await
        }
        Err(failure) => Err(failure),
    };
    if let Err(failure) = recorded {
        writeln!(
            output::err(),
            "note: the audit log has no row of this comparison: {failure}"
        )?;
    }
    Ok(())
}

pub(super) fn parse_day(text: &str) -> Result<Day, String> {
    Day::from_iso(text).ok_or_else(|| "must be a day such as 2026-11-20".to_owned())
}

fn parse_network(text: &str) -> Result<Network, String> {
    Network::from_name(text).ok_or_else(|| "must be UZCARD or HUMO".to_owned())
}
