//! The comparison as text: a row a line, the counts at the end.
//!
//! Words without blanks, so that `grep` and `awk` find their way: the class, the network, the reference, then what each
//! side has as `state/amount`. No card is in it: references and the networks' numbers are shown, and a text of the
//! network's that could be a card number is masked.

use std::io::{self, Write};

use rpc_schema::values::Network;
use sea_orm::ActiveEnum as _;

use super::join::{Asked, Class, Differences, Row, Theirs};
use super::payment::{Payment, Position};
use crate::domain::day::Day;
use crate::processing::books::{BookEntry, BookState, ListedPayment};

/// A day's payments of a network, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub network: Network,
    pub day: Day,
    pub rows: Vec<Row>,
}

/// How many rows there are of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub matched: usize,
    pub ours_only: usize,
    pub theirs_only: usize,
    pub differing: usize,
    pub unsettled: usize,
    /// Of the unsettled ones.
    pub overdue: usize,
    pub unanswered: usize,
}

/// What a comparison comes to; the worse, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All rows match, but for those that recovery is still working on.
    AllMatched,
    /// Somebody has to look.
    NotMatched,
    /// Not everything could be compared.
    Incomplete,
}

impl Compared {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
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

    /// Writes all rows, and the counts after them.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for row in &self.rows {
            writeln!(out, "{}", self.line(row))?;
        }
        writeln!(out, "{}", self.summary())?;
        out.flush()
    }

    fn line(&self, row: &Row) -> String {
        let mut words = vec![
            format!("{:<11}", word(row.class)),
            format!("{:<6}", self.network.name()),
            format!("{:<32}", shown(&row.reference)),
        ];
        match &row.ours {
            Some(ours) => {
                words.push(format!("transaction={}", ours.transaction_id));
                words.push(format!("action={}", ours.action.to_value()));
                words.push(format!("ours={}/{}", position(ours), ours.amount));
                if let Position::Unsettled { since, .. } = ours.position {
                    words.push(format!("since={}", Day::of(since).iso()));
                }
            }
            None => words.push("ours=-".to_owned()),
        }
        words.push(format!("theirs={}", theirs(&row.theirs)));
        match row.class {
            Class::Differing(differences) => {
                words.push(format!("differs={}", differing(differences)));
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
                words.push(format!("number={}", shown(network_id)));
                words.push(format!("date={}", shown(at)));
            }
        }
        if let Some(why) = why(&row.theirs.asked) {
            words.push(format!("why={why:?}"));
        }
        words.join(" ")
    }

    fn summary(&self) -> String {
        let counts = self.counts();
        let theirs_only = match self.network {
            Network::Uzcard => format!("{} theirs only", counts.theirs_only),
            Network::Humo => "theirs only cannot be seen (HUMO has no list)".to_owned(),
        };
        format!(
            "{} {}: {} matched, {} ours only, {theirs_only}, {} differing, {} unsettled ({} overdue), {} unanswered",
            self.day.iso(),
            self.network.name(),
            counts.matched,
            counts.ours_only,
            counts.differing,
            counts.unsettled,
            counts.overdue,
            counts.unanswered
        )
    }
}

impl Counts {
    /// What they come to.
    pub fn verdict(self) -> Verdict {
        if self.unanswered > 0 {
            Verdict::Incomplete
        } else if self.ours_only + self.theirs_only + self.differing + self.overdue > 0 {
            Verdict::NotMatched
        } else {
            Verdict::AllMatched
        }
    }
}

fn word(class: Class) -> &'static str {
    match class {
        Class::Matched => "MATCHED",
        Class::OursOnly => "OURS_ONLY",
        Class::TheirsOnly => "THEIRS_ONLY",
        Class::Differing(_) => "DIFFERING",
        Class::Unsettled { .. } => "UNSETTLED",
        Class::Unanswered => "UNANSWERED",
    }
}

fn position(ours: &Payment) -> &'static str {
    match ours.position {
        Position::Declined => "declined",
        Position::Freed => "freed",
        Position::Held => "held",
        Position::Done => "done",
        Position::Credited => "credited",
        Position::Reversed => "reversed",
        Position::Unsettled { manual: false, .. } => "unsettled",
        Position::Unsettled { manual: true, .. } => "manual",
    }
}

fn theirs(theirs: &Theirs) -> String {
    let listed = theirs
        .listed
        .iter()
        .map(|row| format!("listed/{}", amount(row.amount)));
    let asked = match &theirs.asked {
        Asked::No => None,
        Asked::Answered(BookEntry { state, amount: of }) => Some(match state {
            BookState::Absent => "absent".to_owned(),
            BookState::Refused => "refused".to_owned(),
            BookState::Active => format!("active/{}", amount(*of)),
            BookState::Done => format!("done/{}", amount(*of)),
            BookState::Undone => format!("undone/{}", amount(*of)),
            BookState::Unclear(_) => "unclear".to_owned(),
        }),
        Asked::InVain(_) => Some("unanswered".to_owned()),
    };
    let words: Vec<String> = listed.chain(asked).collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(",")
    }
}

fn amount(amount: Option<i64>) -> String {
    amount.map_or_else(|| "?".to_owned(), |amount| amount.to_string())
}

fn differing(differences: Differences) -> String {
    let Differences {
        state,
        amount,
        number,
        twice,
    } = differences;
    let words: Vec<&str> = [
        (state, "state"),
        (amount, "amount"),
        (number, "number"),
        (twice, "twice"),
    ]
    .into_iter()
    .filter_map(|(differs, word)| differs.then_some(word))
    .collect();
    words.join(",")
}

fn why(asked: &Asked) -> Option<&str> {
    match asked {
        Asked::InVain(why) => Some(why),
        Asked::Answered(BookEntry {
            state: BookState::Unclear(why),
            ..
        }) => Some(why),
        Asked::Answered(_) | Asked::No => None,
    }
}

/// A network's text as one word of a line: whoever else uses the same access may have written anything there.
fn shown(text: &str) -> String {
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
mod tests {
    use entity::processing_request::Action;

    use super::*;

    fn payment(position: Position) -> Payment {
        Payment {
            transaction_id: 12,
            action: Action::Pay,
            reference: "a1".to_owned(),
            amount: 500,
            position,
            network_id: "9".to_owned(),
            sent_at: 0,
            settled_at: None,
            undoing: false,
        }
    }

    fn row(class: Class, ours: Option<Position>, listed: bool, asked: Asked) -> Row {
        let listed = listed.then(|| ListedPayment {
            at: "261120000000".to_owned(),
            reference: "a1".to_owned(),
            network_id: "9".to_owned(),
            amount: Some(499),
        });
        Row {
            class,
            reference: "a1".to_owned(),
            ours: ours.map(payment),
            theirs: Theirs {
                listed: listed.into_iter().collect(),
                asked,
            },
        }
    }

    fn compared(network: Network, rows: Vec<Row>) -> Compared {
        Compared {
            network,
            day: Day::from_iso("2026-11-20").unwrap(),
            rows,
        }
    }

    fn written(compared: &Compared) -> Vec<String> {
        let mut out = Vec::new();
        compared.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        // Columns are padded.
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn a_row_is_a_line_and_the_counts_come_last() {
        let done = Asked::Answered(BookEntry {
            state: BookState::Done,
            amount: None,
        });
        let unclear = Asked::Answered(BookEntry {
            state: BookState::Unclear("an unknown status"),
            amount: None,
        });
        let differences = Differences {
            state: true,
            amount: true,
            ..Differences::default()
        };
        let unsettled = Position::Unsettled {
            since: 0,
            manual: false,
        };
        let rows = vec![
            row(Class::Matched, Some(Position::Done), true, Asked::No),
            row(Class::OursOnly, Some(Position::Done), false, done.clone()),
            row(Class::TheirsOnly, None, true, Asked::No),
            row(
                Class::Differing(differences),
                Some(Position::Declined),
                true,
                done,
            ),
            row(
                Class::Unsettled { overdue: true },
                Some(unsettled),
                false,
                unclear,
            ),
            row(
                Class::Unanswered,
                Some(Position::Done),
                false,
                Asked::InVain("no answer".to_owned()),
            ),
        ];
        assert_eq!(
            written(&compared(Network::Uzcard, rows)),
            [
                "MATCHED UZCARD a1 transaction=12 action=pay ours=done/500 theirs=listed/499",
                "OURS_ONLY UZCARD a1 transaction=12 action=pay ours=done/500 theirs=done/?",
                "THEIRS_ONLY UZCARD a1 ours=- theirs=listed/499 number=9 date=261120000000",
                "DIFFERING UZCARD a1 transaction=12 action=pay ours=declined/500 theirs=listed/499,done/? \
                 differs=state,amount number=9 date=261120000000",
                "UNSETTLED UZCARD a1 transaction=12 action=pay ours=unsettled/500 since=1970-01-01 theirs=unclear \
                 overdue why=\"an unknown status\"",
                "UNANSWERED UZCARD a1 transaction=12 action=pay ours=done/500 theirs=unanswered why=\"no answer\"",
                "2026-11-20 UZCARD: 1 matched, 1 ours only, 1 theirs only, 1 differing, 1 unsettled (1 overdue), \
                 1 unanswered",
            ]
        );
        assert_eq!(
            written(&compared(Network::Humo, Vec::new())),
            [
                "2026-11-20 HUMO: 0 matched, 0 ours only, theirs only cannot be seen (HUMO has no list), 0 differing, \
                 0 unsettled (0 overdue), 0 unanswered"
            ]
        );
    }

    #[test]
    fn the_counts_make_the_verdict() {
        let verdict = |change: &dyn Fn(&mut Counts)| {
            let mut counts = Counts {
                matched: 3,
                unsettled: 2,
                ..Counts::default()
            };
            change(&mut counts);
            counts.verdict()
        };
        assert_eq!(verdict(&|_| {}), Verdict::AllMatched);
        for change in [
            |counts: &mut Counts| counts.ours_only = 1,
            |counts: &mut Counts| counts.theirs_only = 1,
            |counts: &mut Counts| counts.differing = 1,
            |counts: &mut Counts| counts.overdue = 1,
        ] {
            assert_eq!(verdict(&change), Verdict::NotMatched);
        }
        let both = |counts: &mut Counts| {
            counts.unanswered = 1;
            counts.differing = 1;
        };
        assert_eq!(verdict(&both), Verdict::Incomplete);
    }

    #[test]
    fn a_foreign_text_is_one_harmless_word() {
        for (text, word) in [
            ("", "-"),
            ("a1", "a1"),
            ("8600010132441332", "860001*****1332"),
            ("000000100007", "000000100007"),
            ("20261120000000", "20261120000000"),
            ("a b\n\u{1b}[31m\u{437}", "a?b??[31m?"),
        ] {
            assert_eq!(shown(text), word, "{text:?}");
        }
        assert_eq!(shown(&"x".repeat(100)).len(), 75);
    }
}
