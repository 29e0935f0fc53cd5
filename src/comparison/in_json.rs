//! The comparison for programs: one object a line, the rows first, then the counts.

use std::io::{self, Write};

use rpc_schema::values::Network;
use sea_orm::ActiveEnum as _;
use serde_json::{Value, json};

use super::join::{Class, Row};
use super::receipts::Receipts;
use super::reconciliations::{Reconciled, Reconciliations, Side, state_name};
use super::report::{
    ComparisonReport, Verdict, class_name, difference_names, fees, payment_state, reason,
    sanitized, theirs,
};
use crate::domain::day::stamp;
use crate::processing::reconciliation::Total;

impl ComparisonReport {
    /// Writes all rows, then the counts.
    pub fn write_in_json(&self, out: &mut impl Write) -> io::Result<()> {
        for row in &self.rows {
            self.write_row(out, row)?;
        }
        let counts = self.counts();
        let item = json!({
            "day": self.day.iso(),
            "network": self.network.name(),
            "verdict": verdict_name(counts.verdict()),
            "matched": counts.matched,
            "oursOnly": counts.ours_only,
            "theirsOnly": self.theirs_only(),
            "listLacks": self.list_lacks(),
            "differing": counts.differing,
            "unsettled": counts.unsettled,
            "overdue": counts.overdue,
            "unanswered": counts.unanswered,
            "feesNotTold": counts.fees_not_told,
        });
        writeln!(
            out,
            "{}",
            json!({"schema": "compare.counts/1", "item": item})
        )?;
        out.flush()
    }

    /// Writes the rows that only the network has; how many.
    pub fn write_theirs_only_in_json(&self, out: &mut impl Write) -> io::Result<usize> {
        let theirs = self
            .rows
            .iter()
            .filter(|row| row.class == Class::TheirsOnly);
        let mut count = 0;
        for row in theirs {
            self.write_row(out, row)?;
            count += 1;
        }
        Ok(count)
    }

    fn write_row(&self, out: &mut impl Write, row: &Row) -> io::Result<()> {
        let differs = match row.class {
            Class::Differing(differences) => Some(difference_names(differences)),
            Class::Matched
            | Class::OursOnly
            | Class::TheirsOnly
            | Class::Unsettled { .. }
            | Class::Unanswered => None,
        };
        let ours = row.ours.as_ref().map(|ours| {
            json!({
                "transactionId": ours.transaction_id.0,
                "action": ours.action.to_value(),
                "state": payment_state(ours),
                "amount": ours.amount,
                "number": sanitized(&ours.network_id),
            })
        });
        let listed: Vec<Value> = row
            .theirs
            .listed
            .iter()
            .map(|listed| {
                json!({
                    "number": sanitized(&listed.network_id),
                    "date": sanitized(&listed.at),
                    "amount": listed.amount,
                })
            })
            .collect();
        let item = json!({
            "day": self.day.iso(),
            "class": class_name(row.class),
            "network": self.network.name(),
            "reference": sanitized(&row.reference),
            "ours": ours,
            "theirs": theirs(&row.theirs),
            "listed": listed,
            "fee": fees(row).map(|(ours, theirs)| json!({"ours": ours, "theirs": theirs})),
            "differs": differs,
            "isOverdue": row.class == Class::Unsettled { overdue: true },
            "why": reason(&row.theirs.inquiry),
        });
        writeln!(out, "{}", json!({"schema": "compare.row/1", "item": item}))
    }
}

impl Receipts {
    /// Writes those that are not registered, and the counts, as one object.
    pub fn write_in_json(&self, out: &mut impl Write) -> io::Result<()> {
        let due = self
            .due
            .iter()
            .map(|(id, attempts)| json!({"transactionId": id.0, "attempts": attempts}));
        let refused = self
            .refused
            .iter()
            .map(|(id, cause)| json!({"transactionId": id.0, "cause": cause}));
        let item = json!({
            "day": self.day.iso(),
            "verdict": verdict_name(self.verdict()),
            "registered": self.registered,
            "due": due.collect::<Vec<Value>>(),
            "isOverdue": self.overdue,
            "refused": refused.collect::<Vec<Value>>(),
        });
        writeln!(
            out,
            "{}",
            json!({"schema": "compare.receipts/1", "item": item})
        )?;
        out.flush()
    }
}

impl Reconciliations {
    /// Writes all of them as one object.
    pub fn write_in_json(&self, out: &mut impl Write) -> io::Result<()> {
        let item = json!({
            "day": self.day.iso(),
            "network": Network::Humo.name(),
            "verdict": verdict_name(self.verdict()),
            "terminals": self.rows.iter().map(terminal).collect::<Vec<Value>>(),
        });
        writeln!(
            out,
            "{}",
            json!({"schema": "compare.reconciliations/1", "item": item})
        )?;
        out.flush()
    }
}

fn terminal(reconciled: &Reconciled) -> Value {
    let total = |total: Total| json!({"number": total.number, "amount": total.amount});
    let side = |side: Side| json!({"sure": total(side.sure), "maybe": total(side.maybe)});
    let (debits, reversals) = reconciled.theirs();
    let row = &reconciled.row;
    json!({
        "terminalId": row.terminal_id,
        "state": state_name(row.state),
        "at": row.ended_at.map(stamp),
        "code": row.code,
        "tries": row.tries,
        "theirs": {"debits": debits.map(total), "reversals": reversals.map(total)},
        "ours": reconciled.ours.map(|ours| json!({
            "debits": side(ours.debits),
            "reversals": side(ours.reversals),
        })),
        "differs": reconciled.differences(),
        "why": row.why,
    })
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AllMatched => "matched",
        Verdict::NotMatched => "look",
        Verdict::Incomplete => "incomplete",
    }
}
