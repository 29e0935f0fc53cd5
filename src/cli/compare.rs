//! `aloqa-gateway compare`: our payments of one day against the networks' own records.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use rpc_schema::values::Network;

use super::{Failure, report};
use crate::comparison::Comparison;
use crate::comparison::report::Verdict;
use crate::config::Config;
use crate::database::Database;
use crate::domain::day::Day;
use crate::start::card_networks;
use crate::surroundings::Surroundings;

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Compare {
    /// The day in Tashkent, YYYY-MM-DD. Default: yesterday.
    #[arg(long, value_parser = parse_day)]
    day: Option<Day>,
    /// UZCARD or HUMO. Default: both.
    #[arg(long, value_parser = parse_network)]
    network: Option<Network>,
}

const HELP: &str = "It only reads: our rows, SVGate's list of the day, and HUMO's answer about each of our payments.

Each row is one line on the standard output; the counts come last:
  MATCHED      both sides agree
  OURS_ONLY    our rows say that money moved, and the network does not know or list it
  THEIRS_ONLY  the network lists what we do not know; never seen at HUMO, which has no list
  DIFFERING    both have it, but not alike; ours=declined theirs=listed: the partner was told that it failed
  UNSETTLED    we do not know the outcome yet; overdue after a day, or when an operator must find out
  UNANSWERED   the network could not be asked about it
A hold of UZCARD has no reference of ours; it is compared once it is charged.

Exit status: 0 all match, or are unsettled and not overdue; 1 somebody has to look; 2 not everything could be compared.

Examples:
  aloqa-gateway compare                                     yesterday, both networks
  aloqa-gateway compare --day 2026-11-20 --network UZCARD
  aloqa-gateway compare | grep -v ^MATCHED                  only what needs attention, and the counts";

/// The exit status of a comparison that found something.
const NOT_MATCHED: u8 = 1;
/// The exit status of one that could not be completed.
pub(super) const INCOMPLETE: u8 = 2;

/// When one network cannot be compared, the other still is.
pub(super) async fn run(
    config: &Config,
    surroundings: &Surroundings,
    command: Compare,
) -> Result<ExitCode, Failure> {
    // The schema is not brought up to date: this command changes nothing.
    let database = Database::open(&config.database).await?;
    let networks = card_networks(config)?;
    let tell = progress();
    let comparison = Comparison {
        database: &database,
        networks: &networks,
        clock: surroundings.clock.as_ref(),
        tell: &tell,
    };
    let day = command
        .day
        .unwrap_or_else(|| Day::of(surroundings.clock.now()).before());
    let networks = match command.network {
        Some(network) => vec![network],
        None => vec![Network::Uzcard, Network::Humo],
    };
    let mut verdict = Verdict::AllMatched;
    for network in networks {
        match comparison.compare(network, day).await {
            Ok(compared) => {
                compared.write(&mut BufWriter::new(io::stdout().lock()))?;
                verdict = verdict.max(compared.counts().verdict());
            }
            Err(error) => {
                report(io::stderr(), &error)?;
                let (day, name) = (day.iso(), network.name());
                writeln!(io::stdout(), "{day} {name}: could not be compared")?;
                verdict = Verdict::Incomplete;
            }
        }
    }
    Ok(match verdict {
        Verdict::AllMatched => ExitCode::SUCCESS,
        Verdict::NotMatched => ExitCode::from(NOT_MATCHED),
        Verdict::Incomplete => ExitCode::from(INCOMPLETE),
    })
}

/// Reports the progress of long work on the standard error, at most every two seconds.
fn progress() -> impl Fn(&str) + Sync {
    const PERIOD: Duration = Duration::from_secs(2);
    let last = Mutex::new(Instant::now());
    move |message| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= PERIOD {
            *last = Instant::now();
            let _ = writeln!(io::stderr(), "{message}");
        }
    }
}

fn parse_day(text: &str) -> Result<Day, String> {
    Day::from_iso(text).ok_or_else(|| "must be a day such as 2026-11-20".to_owned())
}

fn parse_network(text: &str) -> Result<Network, String> {
    Network::from_name(text).ok_or_else(|| "must be UZCARD or HUMO".to_owned())
}
