//! The comparison as text: one line for each row, then the counts.
//!
//! A line has words without blanks, for `grep` and `awk`: the class, the network, the reference, then what each side has as
//! `state/amount`, and for a transfer in one call `fee=ours/theirs`. It holds no card number. References and the networks' numbers are shown; a text from the network that
//! could be a card number is masked.

use std::io::{self, Write};

use rpc_schema::values::Network;
use sea_orm::ActiveEnum as _;

use super::join::{Class, Differences, Inquiry, NetworkSide, Row};
use super::payment::{Payment, PaymentState};
use crate::domain::day::Day;
use crate::processing::books::{BookEntry, BookState, ListedPayment};

/// A day's payments on a network, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparisonReport {
    pub network: Network,
    pub day: Day,
    pub list: TheirList,
    pub rows: Vec<Row>,
}

/// What was had of the network's list of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TheirList {
    /// By the settings the network has none.
    NotAsked,
    Whole,
    /// Not all of it, or nothing. The text says why.
    Lacking(String),
}

/// How many rows there are of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub matched: usize,
    pub ours_only: usize,
    pub theirs_only: usize,
    pub differing: usize,
    pub unsettled: usize,
    /// How many of the unsettled ones are overdue.
    pub overdue: usize,
    pub unanswered: usize,
    /// How many transfers in one call have a fee that it does not tell.
    pub fees_not_told: usize,
    /// The network's list was not had, or not all of it.
    pub lacks_list: bool,
}

/// The result of a comparison; a worse one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All rows match, except those that recovery is still working on.
    AllMatched,
    /// Somebody has to look.
    NotMatched,
    /// Not everything could be compared.
    Incomplete,
}

impl ComparisonReport {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            lacks_list: self.list_lacks().is_some(),
            ..Counts::default()
        };
        for row in &self.rows {
            counts.fees_not_told += usize::from(fees(row).is_some_and(|(_, told)| told.is_none()));
            match row.class {
                Class::Matched => counts.matched += 1,
                Class::OursOnly => counts.ours_only += 1,
                Class::TheirsOnly => counts.theirs_only += 1,
                Class::Differing(_) => counts.differing += 1,
                Class::Unsettled { overdue } => {
                    counts.unsettled += 1;
                    counts.overdue += usize::from(overdue);
                }
                Class::Unanswered => counts.unanswered += 1,
            }
        }
        counts
    }

    /// Why the network's list was not had, or not all of it.
    pub fn list_lacks(&self) -> Option<&str> {
        match &self.list {
            TheirList::Lacking(why) => Some(why),
            TheirList::NotAsked | TheirList::Whole => None,
        }
    }

    /// How many rows only the network has; `None` where that cannot be seen.
    pub(super) fn theirs_only(&self) -> Option<usize> {
        match self.list {
            TheirList::NotAsked => None,
            TheirList::Whole | TheirList::Lacking(_) => Some(self.counts().theirs_only),
        }
    }

    /// Writes all rows, then the counts.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for row in &self.rows {
            writeln!(out, "{}", self.line(row))?;
        }
        writeln!(out, "{}", self.summary())?;
        out.flush()
    }

    /// Writes the rows that only the network has; how many.
    pub fn write_theirs_only(&self, out: &mut impl Write) -> io::Result<usize> {
        let theirs = || {
            self.rows
                .iter()
                .filter(|row| row.class == Class::TheirsOnly)
        };
        for row in theirs() {
            writeln!(out, "{}", self.line(row))?;
        }
        Ok(theirs().count())
    }

    fn line(&self, row: &Row) -> String {
        let mut words = vec![
            format!("{:<11}", class_name(row.class)),
            format!("{:<6}", self.network.name()),
            format!("{:<32}", sanitized(&row.reference)),
        ];
        match &row.ours {
            Some(ours) => {
                words.push(format!("transaction={}", ours.transaction_id));
                words.push(format!("action={}", ours.action.to_value()));
                words.push(format!("ours={}/{}", payment_state(ours), ours.amount));
                if let PaymentState::Unsettled { since, .. } = ours.state {
                    words.push(format!("since={}", Day::of(since).iso()));
                }
            }
            None => words.push("ours=-".to_owned()),
        }
        words.push(format!("theirs={}", theirs(&row.theirs)));
        if let Some((ours, theirs)) = fees(row) {
            words.push(format!("fee={ours}/{}", amount(theirs)));
        }
        match row.class {
            Class::Differing(differences) => {
                words.push(format!("differs={}", difference_names(differences)));
            }
            Class::Unsettled { overdue: true } => words.push("overdue".to_owned()),
            Class::Matched
            | Class::OursOnly
            | Class::TheirsOnly
            | Class::Unsettled { overdue: false }
            | Class::Unanswered => {}
        }
        if row.class != Class::Matched {
            for ListedPayment { at, network_id, .. } in &row.theirs.listed {
                words.push(format!("number={}", sanitized(network_id)));
                words.push(format!("date={}", sanitized(at)));
            }
        }
        if let Some(why) = reason(&row.theirs.inquiry) {
            words.push(format!("why={why:?}"));
        }
        words.join(" ")
    }

    fn summary(&self) -> String {
        let counts = self.counts();
        let theirs_only = match (&self.list, counts.theirs_only) {
            (TheirList::NotAsked, _) => {
                "theirs only cannot be seen (no humo.payment_list)".to_owned()
            }
            (TheirList::Whole, count) => format!("{count} theirs only"),
            (TheirList::Lacking(why), count) => {
                format!("{count} theirs only (the list could not be read whole: {why})")
            }
        };
        format!(
            "{} {}: {} matched, {} ours only, {theirs_only}, {} differing, {} unsettled ({} overdue), {} unanswered, {} fees \
             not told",
            self.day.iso(),
            self.network.name(),
            counts.matched,
            counts.ours_only,
            counts.differing,
            counts.unsettled,
            counts.overdue,
            counts.unanswered,
            counts.fees_not_told
        )
    }
}

impl Counts {
    /// The result that follows from them.
    pub fn verdict(self) -> Verdict {
        if self.unanswered > 0 || self.lacks_list {
            Verdict::Incomplete
        } else if self.ours_only + self.theirs_only + self.differing + self.overdue > 0 {
            Verdict::NotMatched
        } else {
            Verdict::AllMatched
        }
    }
}

pub(super) fn class_name(class: Class) -> &'static str {
    match class {
        Class::Matched => "MATCHED",
        Class::OursOnly => "OURS_ONLY",
        Class::TheirsOnly => "THEIRS_ONLY",
        Class::Differing(_) => "DIFFERING",
        Class::Unsettled { .. } => "UNSETTLED",
        Class::Unanswered => "UNANSWERED",
    }
}

/// The word for the state of a payment of ours.
pub fn payment_state(ours: &Payment) -> &'static str {
    match ours.state {
        PaymentState::Declined => "declined",
        PaymentState::Freed => "freed",
        PaymentState::Held => "held",
        PaymentState::Done => "done",
        PaymentState::Credited => "credited",
        PaymentState::Reversed => "reversed",
        PaymentState::ReversedInParts => "reversed_in_parts",
        PaymentState::GivenBack => "given_back",
        PaymentState::Unsettled { manual: false, .. } => "unsettled",
        PaymentState::Unsettled { manual: true, .. } => "manual",
    }
}

pub(super) fn theirs(theirs: &NetworkSide) -> String {
    let listed = theirs
        .listed
        .iter()
        .map(|row| format!("listed/{}", amount(row.amount)));
    let inquiry = match &theirs.inquiry {
        Inquiry::NotMade => None,
        Inquiry::Answered(BookEntry {
            state, amount: of, ..
        }) => Some(match state {
            BookState::Absent => "absent".to_owned(),
            BookState::Refused => "refused".to_owned(),
            BookState::Active => format!("active/{}", amount(*of)),
            BookState::Done => format!("done/{}", amount(*of)),
            BookState::Undone => format!("undone/{}", amount(*of)),
            BookState::Unclear(_) => "unclear".to_owned(),
        }),
        Inquiry::Failed(_) => Some("unanswered".to_owned()),
    };
    let words: Vec<String> = listed.chain(inquiry).collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(",")
    }
}

/// The fee of a transfer in one call, by our rows and by the network's answer: only where it has the money.
pub(super) fn fees(row: &Row) -> Option<(i64, Option<i64>)> {
    let Inquiry::Answered(entry) = &row.theirs.inquiry else {
        return None;
    };
    let ours = row.ours.as_ref()?.fee?;
    match entry.state {
        BookState::Done | BookState::Active => Some((ours, entry.fee)),
        BookState::Absent | BookState::Refused | BookState::Undone | BookState::Unclear(_) => None,
    }
}

fn amount(amount: Option<i64>) -> String {
    amount.map_or_else(|| "?".to_owned(), |amount| amount.to_string())
}

pub(super) fn difference_names(differences: Differences) -> String {
    let Differences {
        state,
        amount,
        fee,
        number,
        twice,
    } = differences;
    let words: Vec<&str> = [
        (state, "state"),
        (amount, "amount"),
        (fee, "fee"),
        (number, "number"),
        (twice, "twice"),
    ]
    .into_iter()
    .filter_map(|(differs, word)| differs.then_some(word))
    .collect();
    words.join(",")
}

pub(super) fn reason(inquiry: &Inquiry) -> Option<&str> {
    match inquiry {
        Inquiry::Failed(why) => Some(why),
        Inquiry::Answered(BookEntry {
            state: BookState::Unclear(why),
            ..
        }) => Some(why),
        Inquiry::Answered(_) | Inquiry::NotMade => None,
    }
}

/// A text from the network as one word of a line. Others who use the same access may have written anything there.
pub(super) fn sanitized(text: &str) -> String {
    const LENGTH_MAX: usize = 75;
    let is_card_number =
        (15..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match (text, is_card_number) {
        ("", _) => "-".to_owned(),
        (digits, true) => {
            let part = |range| digits.get(range).unwrap_or_default();
            format!(
                "{}*****{}",
                part(0..6),
                part(digits.len() - 4..digits.len())
            )
        }
        (text, false) => text
            .chars()
            .take(LENGTH_MAX)
            .map(|character| {
                if character.is_ascii_graphic() {
                    character
                } else {
                    '?'
                }
            })
            .collect(),
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
