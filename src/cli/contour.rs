//! `aloqa-gateway contour check`: whether the networks and providers of the settings are reached and answer, and what to do where
//! they do not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rpc_schema::values::Pan;
use serde_json::{Value, json};

use super::exit::Exit;
use super::form::{Form, List};
use super::progress::Progress;
use super::table::Table;
use super::{Failure, unseen_line};
use crate::config::Config;
use crate::environment::Environment;
use crate::start::{Given, Looked, contour};

const EXAMPLES: &str = "Examples:
  aloqa-gateway --config /etc/aloqa/gateway.toml contour check
  aloqa-gateway contour check --card                    asks for a HUMO card of your own and does not show it
  aloqa-gateway contour check --record /tmp/contour     keeps what was asked and answered, for the acquirer";

const HELP: &str = "Of each server outside, all at once and within its time-outs: the way, what its name stands for, the connection, TLS and its
certificate, the clock, and how it answers harmless questions: at SVGate `terminal.get`, `get.bin.list` and `trans.ext` of a
reference that nobody has used, with --hold `hold.get.id`, at the PaymentServer `GetPayment` of such a reference, at HUMO's
middleware with --card that card, after a login where humo.auth = \"login\", at HUMO's SOAP services with --card that card, its
owner and the owner's phone, without it `export` of an owner that there is not, at Eskiz the login and `auth/user`, at Play
Mobile a list of no messages. SVGate and the PaymentServer are asked under each account. The histories of humo.history_url and
the fiscal service are only connected. Nothing else is ever sent: no money moves, and no message leaves. A login that is not
taken is tried once at each server. No database is opened, the key file is named but not read, and a gateway may serve meanwhile.

Exit status: 0 all is well, 1 somebody has to look.

Examples:
  aloqa-gateway --config /etc/aloqa/gateway.toml contour check
  aloqa-gateway contour check --card                    asks for a HUMO card of your own and does not show it
  aloqa-gateway contour check --card < card             the card number stands in the file
  aloqa-gateway contour check --hold 4711               which status SVGate has for that hold
  aloqa-gateway contour check --record /tmp/contour     keeps what was asked and answered, for the acquirer
  aloqa-gateway contour check --json | jq '.items[] | select(.isFinding)'";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ContourCommand {
    /// See whether each server outside is reached and answers, and what to do where it does not. No money moves.
    #[command(after_help = HELP)]
    Check(Wanted),
}

#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// Ask HUMO's middleware, or its SOAP services, for a card of your own, whose number is on the standard input.
    #[arg(long)]
    card: bool,
    /// Ask SVGate for this hold, to see which status it has.
    #[arg(long, value_name = "ID")]
    hold: Option<String>,
    /// Keep each question and its reply as files in this folder, with card numbers, phones, names and secrets masked.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    record: Option<PathBuf>,
}

pub(super) async fn check(
    config: &Config,
    environment: &Environment,
    form: Form,
    wanted: Wanted,
) -> Result<Exit, Failure> {
    let card = match wanted.card {
        true => Some(card().await?),
        false => None,
    };
    if let Some(folder) = &wanted.record {
        fs::create_dir_all(folder)?;
    }
    let given = Given {
        card,
        hold: wanted.hold,
    };
    let progress = Progress::new();
    let looked = contour(config, environment, &given, &|words| progress.say(words)).await;
    drop(progress);
    if let Some(folder) = &wanted.record {
        record(folder, &looked)?;
    }
    let mut is_well = true;
    let mut table = Table::new(["PART", "CHECK", "FOUND", "WANTED", "WHAT TO DO"]);
    let mut items: Vec<Value> = Vec::new();
    for Looked { part, findings, .. } in looked {
        for finding in findings {
            is_well &= finding.advice.is_none();
            items.push(json!({
                "part": part,
                "check": finding.check,
                "found": finding.found,
                "wanted": finding.wanted,
                "isFinding": finding.advice.is_some(),
                "advice": finding.advice,
            }));
            let advice = finding.advice.unwrap_or_default();
            let part = part.to_owned();
            table.row([part, finding.check, finding.found, finding.wanted, advice]);
        }
    }
    form.list(List {
        schema: "contour.check/1",
        table,
        items,
        none: String::new(),
        more: None,
    })?;
    Ok(match is_well {
        true => Exit::Done,
        false => Exit::Look,
    })
}

/// The card on the standard input. No message repeats it.
async fn card() -> Result<Pan, Failure> {
    let line = unseen_line::read("the card number").await?;
    let wrong = || Failure::unusable("on the standard input must be a card number of 16 digits");
    Pan::parse(line.trim()).ok_or_else(wrong)
}

/// Writes `UZCARD-trans.ext.request` and `.reply`, and the like.
fn record(folder: &Path, looked: &[Looked]) -> io::Result<()> {
    for Looked { part, records, .. } in looked {
        for record in records {
            let name = format!("{part}-{}", record.question).replace([' ', '/'], "-");
            fs::write(folder.join(format!("{name}.request")), &record.request)?;
            fs::write(folder.join(format!("{name}.reply")), &record.reply)?;
        }
    }
    Ok(())
}
