//! `aloqa-gateway report`: what a partner did on a day, for its accounts.

use std::io::{self, BufWriter, Write};

use clap::Args;
use sea_orm::ActiveEnum as _;
use serde_json::{Value, json};

use super::Failure;
use super::compare::parse_day;
use super::form::Form;
use super::output;
use super::progress::Progress;
use super::table::Table;
use super::transactions::{receipt_in_json, word};
use crate::comparison::report::payment_state;
use crate::config::Config;
use crate::day_report::{DayReport, Line, Total};
use crate::domain::currency::SUM;
use crate::domain::day::{Day, stamp};
use crate::environment::Environment;
use crate::partners::PartnerError;
use crate::repository::partner;
use crate::start::open_to_read_with_keys;

const HELP: &str = "A transaction belongs to the day on which it was ordered, as in `transactions.list`; what became of it is told as of now. It is
listed with the reference under which the network knows it, as in `compare`. The sums are by kind and network: how many there
were, how many took money, what they took, the fees on top, and what was given back.

It only reads, a page at a time, beside gateways that serve. With --json, each transaction is an object on a line, and the sums
are the last line. With --csv, the sums are on the standard error.

Examples:
  aloqa-gateway report --partner shop                                  yesterday
  aloqa-gateway report --partner shop --day 2026-11-20 --csv > shop-2026-11-20.csv
  aloqa-gateway report --partner shop --day 2026-11-20 --json | tail -1 | jq .item";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Report {
    /// The partner's user name.
    #[arg(long, value_name = "NAME")]
    partner: String,
    /// The day in Tashkent, YYYY-MM-DD; without it, yesterday.
    #[arg(long, value_parser = parse_day)]
    day: Option<Day>,
    /// As comma-separated values, for spreadsheets.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// The columns, as CSV names them.
const COLUMNS: [&str; 17] = [
    "transaction",
    "ext_id",
    "at",
    "kind",
    "status",
    "network",
    "to_network",
    "card",
    "amount",
    "fee",
    "captured",
    "reversed",
    "merchant",
    "terminal",
    "reference",
    "number",
    "credit_reference",
];

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    wanted: Report,
) -> Result<(), Failure> {
    let now = environment.clock.now();
    let day = wanted.day.unwrap_or_else(|| Day::of(now).before());
    if day > Day::of(now) {
        return Err(Failure::unusable(format!(
            "{} has not begun yet in Tashkent",
            day.iso()
        )));
    }
    let (database, vault) = open_to_read_with_keys(config).await?;
    let found = partner::find(&*database, &wanted.partner).await?;
    let row = found.ok_or_else(|| PartnerError::Unknown(wanted.partner.clone()))?;
    let mut report = DayReport::of(&database, &vault, row, day, now);
    let progress = Progress::new();
    let mut out = BufWriter::new(output::out());
    let mut table = Table::new(COLUMNS.map(str::to_uppercase));
    if wanted.csv {
        write_csv(&mut out, &COLUMNS.map(str::to_owned))?;
    }
    let mut count: usize = 0;
    loop {
        let lines = report.next().await?;
        if lines.is_empty() {
            break;
        }
        count += lines.len();
        for line in &lines {
            match (form, wanted.csv) {
                (Form::Json, _) => {
                    let told = json!({"schema": "report.transaction/1", "item": in_json(line)});
                    writeln!(out, "{told}")?;
                }
                (Form::Words, true) => write_csv(&mut out, &cells(line))?,
                (Form::Words, false) => table.row(cells(line)),
            }
        }
        if form == Form::Words && !wanted.csv {
            table.print(&mut out)?;
        }
        progress.say(&format!("{count} transactions so far"));
    }
    drop(progress);
    let (name, day) = (&wanted.partner, day.iso());
    match (form, wanted.csv) {
        (Form::Json, _) => {
            let totals: Vec<Value> = report.totals().map(total_in_json).collect();
            let item = json!({"partner": name, "day": day, "asOf": stamp(now), "currency": SUM, "totals": totals});
            let told = json!({"schema": "report.totals/1", "item": item});
            writeln!(out, "{told}")?;
        }
        (Form::Words, true) => write_totals(&mut output::err(), &report, name, &day)?,
        (Form::Words, false) => {
            if count > 0 {
                writeln!(out)?;
            }
            write_totals(&mut out, &report, name, &day)?;
        }
    }
    Ok(out.flush()?)
}

fn write_totals(
    out: &mut impl Write,
    report: &DayReport<'_>,
    name: &str,
    day: &str,
) -> io::Result<()> {
    let mut table = Table::new([
        "KIND", "NETWORK", "COUNT", "PAID", "TAKEN", "FEE", "REVERSED",
    ]);
    let mut count = 0;
    for (kind, network, total) in report.totals() {
        count += total.count;
        table.row([
            kind.to_owned(),
            network.to_owned(),
            total.count.to_string(),
            total.paid.to_string(),
            total.taken.to_string(),
            total.fee.to_string(),
            total.reversed.to_string(),
        ]);
    }
    if count == 0 {
        return writeln!(out, "partner {name} ordered nothing on {day} (Tashkent)");
    }
    writeln!(
        out,
        "partner {name}, {day} (Tashkent), {count} transactions, in tiyin:"
    )?;
    table.print(out)
}

fn cells(line: &Line) -> [String; 17] {
    let transaction = &line.snapshot.transaction;
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |amount: Option<i64>| amount.map(|amount| amount.to_string()).unwrap_or_default();
    let [(reference, network_number), (credit, _)] = references(line);
    [
        transaction.id.to_string(),
        or_empty(&transaction.ext_id),
        stamp(transaction.created_at),
        word(transaction.kind),
        word(line.status),
        word(transaction.network),
        line.to_network.map(word).unwrap_or_default(),
        or_empty(&line.card),
        transaction.amount.to_string(),
        transaction.fee.to_string(),
        number(line.snapshot.captured()),
        number(line.snapshot.reversed()),
        or_empty(&transaction.merchant_id),
        or_empty(&transaction.terminal_id),
        reference,
        network_number,
        credit,
    ]
}

/// Reference and number of the payment that took the money, or else of the first one; and of the credit of a transfer.
fn references(line: &Line) -> [(String, String); 2] {
    use entity::processing_request::Action;
    let of = |wanted: &[Action]| {
        let found = line
            .payments
            .iter()
            .rev()
            .find(|(_, payment)| wanted.contains(&payment.action));
        found.map_or_else(Default::default, |(_, payment)| {
            (payment.reference.clone(), payment.network_id.clone())
        })
    };
    let captured = of(&[Action::Capture]);
    let taking = match captured.0.is_empty() {
        true => of(&[Action::Pay, Action::P2p, Action::Hold]),
        false => captured,
    };
    [taking, of(&[Action::Credit])]
}

fn in_json(line: &Line) -> Value {
    let transaction = &line.snapshot.transaction;
    let payments: Vec<Value> = line
        .payments
        .iter()
        .map(|(network, payment)| {
            json!({
                "network": word(*network),
                "action": payment.action.to_value(),
                "reference": payment.reference,
                "number": payment.network_id,
                "state": payment_state(payment),
                "amount": payment.amount,
                "sentAt": stamp(payment.sent_at),
            })
        })
        .collect();
    json!({
        "transactionId": transaction.id.0,
        "extId": transaction.ext_id,
        "createdAt": stamp(transaction.created_at),
        "kind": word(transaction.kind),
        "status": word(line.status),
        "network": word(transaction.network),
        "toNetwork": line.to_network.map(word),
        "card": line.card,
        "amount": transaction.amount,
        "fee": transaction.fee,
        "capturedAmount": line.snapshot.captured(),
        "reversedAmount": line.snapshot.reversed(),
        "currency": SUM,
        "merchantId": transaction.merchant_id,
        "terminalId": transaction.terminal_id,
        "payments": payments,
        "receipt": receipt_in_json(transaction.receipt.as_deref()),
    })
}

fn total_in_json((kind, network, total): (&str, &str, Total)) -> Value {
    json!({
        "kind": kind,
        "network": network,
        "count": total.count,
        "paid": total.paid,
        "taken": total.taken,
        "fee": total.fee,
        "reversed": total.reversed,
    })
}

/// One line as RFC 4180 has it.
fn write_csv(out: &mut impl Write, cells: &[String]) -> io::Result<()> {
    let quoted = cells
        .iter()
        .map(|cell| match cell.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.clone(),
        });
    write!(out, "{}\r\n", quoted.collect::<Vec<String>>().join(","))
}
