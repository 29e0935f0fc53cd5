//! What becomes of those who are served when many more call than can be: `cargo bench --bench overload`.
//!
//! ```text
//! cargo bench --bench overload -- [--seconds 60] [--factors 0.8,1,2,5,10] [--only sqlite|postgres]
//! cargo bench --profile dev --bench overload -- --seconds 3        quickly, to see that it works
//! ```
//!
//! A gateway and the simulated networks run as processes of their own. First the peak is measured: debits by 32 callers, each
//! of whom waits for its reply. Then four partners send debits at a fixed rate, whether they are answered or not (an open
//! loop), at so many times the peak. Beside them, at ten a second each, what has begun goes on: confirmations, charges,
//! reversals, and questions about payments. PostgreSQL is started from the installed programs.
//!
//! Of each step it prints: what came a second; the goodput in percent of the peak; how long the accepted and the refused
//! waited, from the moment at which they were due; the gateway's memory at its most; how long after the step one caller alone was
//! served as before it; and what gateway and load took of the processors. Load, networks, database and gateway share the machine's processors.
//!
//! How slow clients fare is measured by `benches/front.py`.

mod caller;
mod load;
mod served;
mod times;

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use self::load::{Beside, Load};
use self::served::Served;
use self::times::{Counted, Kind};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

struct Options {
    seconds: u64,
    /// In thousandths.
    factors: Vec<u64>,
    only: Option<String>,
}

impl Options {
    fn read() -> Result<Self> {
        let mut options = Self {
            seconds: 60,
            factors: vec![800, 1_000, 2_000, 5_000, 10_000],
            only: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            // Cargo's own.
            if name == "--bench" {
                continue;
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} has no value"))?;
            match name.as_str() {
                "--seconds" => options.seconds = value.parse()?,
                "--factors" => {
                    options.factors = value.split(',').map(thousandths).collect::<Result<_>>()?;
                }
                "--only" => options.only = Some(value),
                _ => return Err(format!("unknown option {name}").into()),
            }
        }
        Ok(options)
    }
}

/// `0.8` is 800.
fn thousandths(text: &str) -> Result<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 {
        return Err(format!("{text} has too many digits").into());
    }
    Ok(format!("{whole}{part:0<3}").parse()?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::read()?;
    for kind in ["sqlite", "postgres"] {
        if options.only.as_deref().is_none_or(|only| only == kind) {
            on_database(kind, &options).await?;
        }
    }
    Ok(())
}

async fn on_database(kind: &str, options: &Options) -> Result<()> {
    let Some(served) = Served::start(kind).await? else {
        return say("no PostgreSQL is installed");
    };
    let load = Load::new(&served).await?;
    let alone = load.alone().await?;
    let time = Duration::from_secs(options.seconds);
    let peak = load.peak(time).await?;
    say(&format!(
        "{kind}: {peak} debits a second by 32 callers; one caller alone waits {}; {} MB",
        millis(alone),
        served.memory()? / 1_024,
    ))?;
    for factor in &options.factors {
        let beside = Beside::prepare(&load, options.seconds).await?;
        let rate = (peak * factor / 1_000).max(1);
        let mut step = load.step(rate, time, beside, alone, &served).await?;
        let (most, normal) = (step.memory, step.normal);
        // Hundredths of a second in a second: percent of a processor.
        let (gateway, itself) = step.processor;
        let (gateway, itself) = (gateway / options.seconds, itself / options.seconds);
        let debits = step.counted(Kind::Debit);
        say(&format!(
            "{}.{}x: {rate} a second; goodput {} % of the peak; accepted {}; {} % refused, {}; {} others; at most {} MB; normal after {}; \
             {gateway} % of a processor by the gateway, {itself} % by the load",
            factor / 1_000,
            factor % 1_000 / 100,
            debits.accepted.len() * 100 / usize::try_from(peak * options.seconds)?.max(1),
            waited(&debits.accepted),
            debits.refused.len() * 100 / debits.all().max(1),
            waited(&debits.refused),
            debits.others,
            most / 1_024,
            millis(normal),
        ))?;
        if let Some(other) = &debits.example {
            say(&format!("    for example: {other}"))?;
        }
        for kind in Kind::BESIDE {
            let Counted {
                accepted,
                refused,
                others,
                example,
            } = step.counted(kind);
            say(&format!(
                "    {:8} {} accepted, {}; {} refused, {others} others {}",
                kind.name(),
                accepted.len(),
                waited(accepted),
                refused.len(),
                example.as_deref().unwrap_or_default(),
            ))?;
        }
    }
    Ok(())
}

/// Half of them, and all but one in a hundred, waited no longer.
fn waited(times: &[Duration]) -> String {
    let at = |percent: usize| {
        let last = times.len().saturating_sub(1);
        times.get(last * percent / 100).copied().unwrap_or_default()
    };
    format!("p50 {} p99 {}", millis(at(50)), millis(at(99)))
}

fn millis(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
