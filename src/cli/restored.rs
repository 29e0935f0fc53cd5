//! `aloqa-gateway restored`: what an older copy of the database needs before it serves, and until all about it is settled.

use std::io::{BufWriter, Write};

use clap::Subcommand;
use entity::lost_period;
use entity::time::UnixMillis;
use rpc_schema::values::Network;
use serde_json::{Value, json};

use super::Failure;
use super::consent::Consent;
use super::deeds::Deeds;
use super::exit::Exit;
use super::failure::report;
use super::form::{Deed, Form};
use super::output;
use super::progress::Progress;
use super::speaker::Speaker;
use super::table::Table;
use crate::comparison::{Sources, compare};
use crate::config::Config;
use crate::database::{Database, GatewayLock};
use crate::domain::day::{Day, parse_moment, stamp};
use crate::environment::Environment;
use crate::restore::{self, Mark};
use crate::start::{card_networks, open_to_read, open_without_keys};

const EXAMPLES: &str = "Examples:
  aloqa-gateway restored mark --since 2026-11-20T03:00:00+05:00 --until 2026-11-20T11:42:00+05:00 \\
      --reason 'disk of db1 lost, ticket 79'
  aloqa-gateway restored list
  aloqa-gateway restored close 1 --reason 'all partners have compared, ticket 79'

Stop all gateways, restore the copy, mark the period, then start them again.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum RestoredCommand {
    /// Mark the period that the copy lacks. Do this before any gateway serves.
    ///
    /// Ids of transactions begin again far beyond those that may have been given, so that none names two transactions.
    /// Until the period is closed, an order whose extId is new to this database is looked up at its network first: if it was
    /// made in the lost period, its rows are written again and it is answered as a repeat; if the network does not tell, it is
    /// answered with -32365 `restored`. So is what the copy's rows would refuse, while it may have been carried out since.
    #[command(
        after_help = "Examples:\n  aloqa-gateway restored mark --since 2026-11-20T03:00:00+05:00 --until 2026-11-20T11:42:00+05:00 --reason 'disk of db1 lost, ticket 79'"
    )]
    Mark {
        /// When the copy was taken, with its offset: 2026-11-20T03:00:00+05:00.
        #[arg(long, value_parser = moment)]
        since: UnixMillis,
        /// When the last gateway on the lost database stopped. Default: now.
        #[arg(long, value_parser = moment)]
        until: Option<UnixMillis>,
        /// The greatest transactionId that a partner or a log has seen, where you know one.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
        highest_id: Option<i64>,
        #[command(flatten)]
        speaker: Speaker,
        #[command(flatten)]
        consent: Consent,
    },
    /// List the periods, and what the networks list from those that are open and this database lacks.
    ///
    /// Where the settings have no list of HUMO's, what only HUMO knows cannot be seen here. It is found when its partner repeats
    /// the order with its extId.
    #[command(after_help = "Examples:\n  aloqa-gateway restored list")]
    List,
    /// Close a period: from now on, an order that is new to this database is made without a look-up.
    ///
    /// Close it when nobody will repeat an order of that period any more.
    #[command(
        after_help = "Examples:\n  aloqa-gateway restored close 1 --reason 'all partners have compared, ticket 79'"
    )]
    Close {
        /// The number of the period, as `list` shows it.
        id: i64,
        #[command(flatten)]
        speaker: Speaker,
    },
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: RestoredCommand,
) -> Result<Exit, Failure> {
    let database = match command {
        RestoredCommand::List => open_to_read(config).await?,
        RestoredCommand::Mark { .. } | RestoredCommand::Close { .. } => {
            open_without_keys(config).await?
        }
    };
    let deeds = || Deeds::open(config, environment);
    let now = environment.clock.now();
    match command {
        RestoredCommand::Mark {
            since,
            until,
            highest_id,
            speaker,
            consent,
        } => {
            // Beside a gateway that serves it would be too late. On PostgreSQL nobody can tell from here.
            let _alone = GatewayLock::take(&config.database)?;
            let mark = Mark {
                since,
                until: until.unwrap_or(now),
                highest_id,
                by: &speaker.words()?,
            };
            let (since, until) = (stamp(mark.since), stamp(mark.until));
            consent.to(&format!(
                "ids of transactions jump, and orders are looked up, for what was lost from {since} to {until}"
            ))?;
            let detail = format!("{since} to {until}: {}", mark.by);
            let marking = restore::mark(&database, now, mark);
            let deeds = deeds().await?.said_by(&speaker.name()?);
            let marked = deeds
                .during("restored.mark", String::new(), detail, marking)
                .await?;
            let waiting = restore::awaiting_code(&database).await?;
            let mut words = format!(
                "{}\nthe next transaction has the id {}; orders are looked up until `restored close {}`",
                line(&marked),
                marked.first_id,
                marked.id
            );
            if !waiting.is_empty() {
                let ids: Vec<String> = waiting.iter().map(ToString::to_string).collect();
                words.push_str(&format!(
                    "\nawaiting their code in the copy, perhaps confirmed and carried out since; compare them with the networks: {}",
                    ids.join(" ")
                ));
            }
            let waiting: Vec<i64> = waiting.iter().map(|id| id.0).collect();
            form.deed(Deed {
                schema: "restored.mark/1",
                item: json!({"period": in_json(&marked), "awaitingCode": waiting}),
                words,
                next: Some("start the gateways, then aloqa-gateway restored list".to_owned()),
            })?;
            Ok(Exit::Done)
        }
        RestoredCommand::List => list(config, environment, form, &database).await,
        RestoredCommand::Close { id, speaker } => {
            let words = speaker.words()?;
            let closing = restore::close(&database, now, id, &words);
            let deeds = deeds().await?.said_by(&speaker.name()?);
            let object = format!("period {id}");
            deeds
                .during("restored.close", object, words.clone(), closing)
                .await?;
            form.deed(Deed {
                schema: "restored.close/1",
                item: json!({"period": id}),
                words: format!("period {id} is closed: new orders are not looked up for it"),
                next: Some("aloqa-gateway restored list".to_owned()),
            })?;
            Ok(Exit::Done)
        }
    }
}

async fn list(
    config: &Config,
    environment: &Environment,
    form: Form,
    database: &Database,
) -> Result<Exit, Failure> {
    let periods = restore::periods(database).await?;
    let mut out = BufWriter::new(output::out());
    let mut table = Table::new([
        "PERIOD",
        "SINCE",
        "UNTIL",
        "IDS FROM",
        "MARKED",
        "MARKED BY",
        "CLOSED",
        "CLOSED BY",
    ]);
    for period in &periods {
        match form {
            Form::Words => table.row([
                period.id.to_string(),
                stamp(period.since),
                stamp(period.until),
                period.first_id.to_string(),
                stamp(period.marked_at),
                period.marked_by.clone(),
                period.closed_at.map(stamp).unwrap_or_default(),
                period.closed_by.clone().unwrap_or_default(),
            ]),
            Form::Json => {
                let told = json!({"schema": "restored.period/1", "item": in_json(period)});
                writeln!(out, "{told}")?;
            }
        }
    }
    if form == Form::Words && !periods.is_empty() {
        table.print(&mut out)?;
    }
    let mut days: Vec<Day> = periods
        .iter()
        .filter(|period| period.closed_at.is_none())
        .flat_map(|period| Day::of(period.since).until(Day::of(period.until)))
        .collect();
    days.sort_unstable();
    days.dedup();
    let is_any_open = !days.is_empty();
    let networks = card_networks(config)?;
    let progress = Progress::new();
    let say = |words: &str| progress.say(words);
    let sources = Sources {
        database,
        networks: &networks,
        clock: environment.clock.as_ref(),
        progress: &say,
    };
    let (mut lacking, mut unread) = (0, Vec::new());
    let has_list = |network: &Network| *network == Network::Uzcard || config.humo.payment_list;
    let listing = [Network::Uzcard, Network::Humo]
        .into_iter()
        .filter(has_list);
    for (network, day) in listing.flat_map(|network| days.iter().map(move |day| (network, *day))) {
        let why = match compare(&sources, network, day).await {
            Ok(compared) => {
                lacking += match form {
                    Form::Words => compared.write_theirs_only(&mut out)?,
                    Form::Json => compared.write_theirs_only_in_json(&mut out)?,
                };
                match compared.list_lacks() {
                    Some(why) => format!(": {why}"),
                    None => continue,
                }
            }
            Err(error) => {
                report(output::err(), &error)?;
                String::new()
            }
        };
        unread.push(day.iso());
        if form == Form::Words {
            let name = network.name();
            writeln!(out, "{} {name}: could not be read{why}", day.iso())?;
        }
    }
    unread.sort_unstable();
    unread.dedup();
    match (form, is_any_open) {
        (Form::Words, _) if periods.is_empty() => {
            writeln!(out, "no period is marked as lost")?;
        }
        (Form::Words, false) => {}
        (Form::Words, true) => {
            let (lists, unseen) = match config.humo.payment_list {
                true => (
                    "the networks' lists",
                    "holds of UZCARD that are not charged",
                ),
                false => (
                    "UZCARD's list",
                    "payments that only HUMO knows, and holds that are not charged,",
                ),
            };
            writeln!(
                out,
                "{lacking} payments of these days are in {lists} and not in this database; {unseen} cannot be seen"
            )?;
        }
        (Form::Json, _) => {
            let item =
                json!({"periods": periods.len(), "theirsOnly": lacking, "unreadDays": unread});
            let told = json!({"schema": "restored.list/1", "item": item});
            writeln!(out, "{told}")?;
        }
    }
    out.flush()?;
    Ok(match (unread.is_empty(), lacking) {
        (false, _) => Exit::Unusable,
        (true, 0) => Exit::Done,
        (true, _) => Exit::Look,
    })
}

fn in_json(period: &lost_period::Model) -> Value {
    json!({
        "id": period.id,
        "since": stamp(period.since),
        "until": stamp(period.until),
        "firstId": period.first_id.0,
        "markedAt": stamp(period.marked_at),
        "markedBy": period.marked_by,
        "closedAt": period.closed_at.map(stamp),
        "closedBy": period.closed_by,
    })
}

fn line(period: &lost_period::Model) -> String {
    let ended = match (period.closed_at, &period.closed_by) {
        (Some(at), Some(by)) => format!("closed {} by {by}", stamp(at)),
        (Some(at), None) => format!("closed {}", stamp(at)),
        (None, _) => "open".to_owned(),
    };
    format!(
        "period {}: {} to {}, ids from {}, marked {} by {}, {ended}",
        period.id,
        stamp(period.since),
        stamp(period.until),
        period.first_id,
        stamp(period.marked_at),
        period.marked_by
    )
}

pub(super) fn moment(text: &str) -> Result<UnixMillis, String> {
    parse_moment(text)
        .ok_or_else(|| "must be a moment such as 2026-11-20T03:00:00+05:00".to_owned())
}
