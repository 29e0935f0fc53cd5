//! `aloqa-gateway compare`: our payments of a day against the networks' own books.

use std::io::{BufWriter, Write};

use clap::Args;
use rpc_schema::values::Network;
use serde_json::json;

use super::Failure;
use super::deeds::Deeds;
use super::exit::Exit;
use super::failure::report;
use super::form::Form;
use super::output;
use super::progress::Progress;
use crate::comparison::receipts::receipts;
use crate::comparison::report::Verdict;
use crate::comparison::{Sources, compare};
use crate::config::Config;
use crate::domain::day::Day;
use crate::environment::Environment;
use crate::start::{card_networks, open_to_read};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Compare {
    /// The day in Tashkent, YYYY-MM-DD; without it, yesterday.
    #[arg(long, value_parser = parse_day)]
    day: Option<Day>,
    /// UZCARD or HUMO; without it, both.
    #[arg(long, value_parser = parse_network)]
    network: Option<Network>,
}

const HELP: &str = "It only reads and asks: SVGate for its list of the day, and both networks about each payment and
hold of ours, so that what somebody else has reversed, charged or released is seen.

Each row is a line on the standard output, the counts come last:
  MATCHED      both sides have it alike
  OURS_ONLY    money has moved by our rows, and the network does not know or list it
  THEIRS_ONLY  the network lists what we do not know; not to be seen at HUMO, which has no list
  DIFFERING    both have it, and not the same; ours=declined theirs=listed: the partner was told that it had failed
  UNSETTLED    we do not know yet ourselves; overdue when that lasts for a day, or people are to find out
  UNANSWERED   the network could not be asked about it
Then come the fiscal receipts of the day's transfers that are not registered, and their counts. A row of the audit log says which
day was compared, and what came of it.

It cannot see: payments that only HUMO knows, since HUMO has no list; holds of UZCARD that no row of ours knows; which receipts
the fiscal service has. Fees: those of transfers inside a network are compared where the network's look-up names them, as
fee=ours/theirs; fee=…/? is one that it does not tell, and the counts say how many. Between the networks they are part of the
debit, and compared with it. SVGate's list of the day has no fees.

Exit status: 0 all match, or are unsettled and not overdue, 1 somebody has to look, 2 not all could be compared.

Examples:
  aloqa-gateway compare                                     yesterday, both networks
  aloqa-gateway compare --day 2026-11-20 --network UZCARD
  aloqa-gateway compare | grep -v ^MATCHED                  what somebody has to look at, and the counts";

/// One network that cannot be compared does not keep the other from it.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: Compare,
) -> Result<Exit, Failure> {
    let database = open_to_read(config).await?;
    let networks = card_networks(config)?;
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
        None => vec![Network::Uzcard, Network::Humo],
    };
    let mut verdict = Verdict::AllMatched;
    for network in networks {
        match compare(&sources, network, day).await {
            Ok(compared) => {
                let mut out = BufWriter::new(output::out());
                match form {
                    Form::Words => compared.write(&mut out)?,
                    Form::Json => compared.write_in_json(&mut out)?,
                }
                verdict = verdict.max(compared.counts().verdict());
            }
            Err(error) => {
                report(output::err(), &error)?;
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
    let receipts = receipts(&sources, day).await?;
    let mut out = BufWriter::new(output::out());
    match form {
        Form::Words => receipts.write(&mut out)?,
        Form::Json => receipts.write_in_json(&mut out)?,
    }
    verdict = verdict.max(receipts.verdict());
    record(config, environment, day, verdict).await?;
    Ok(match verdict {
        Verdict::AllMatched => Exit::Done,
        Verdict::NotMatched => Exit::Look,
        Verdict::Incomplete => Exit::Unusable,
    })
}

/// Leaves a row in the audit log, by which `doctor` knows when days were compared. Who may only read, or has no key file,
/// compares all the same.
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
