//! What `aloqa-gateway compare` says after a run.

use aloqa_gateway::domain::day::Day;
use entity::time::UnixMillis;

use crate::gateway::Gateway;

/// A line of `compare` that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The first word: `DIFFERING`, `THEIRS_ONLY`, …
    pub(crate) class: String,
    pub(crate) reference: String,
    /// `None` where only the network has it.
    pub(crate) transaction_id: Option<i64>,
    pub(crate) line: String,
}

const CLASSES: [&str; 5] = [
    "OURS_ONLY",
    "THEIRS_ONLY",
    "DIFFERING",
    "UNSETTLED",
    "UNANSWERED",
];

/// Compares the days from one moment to the other, and returns what was found. What could not be compared is found, too.
pub(crate) async fn compare(gateway: &Gateway, from: i64, to: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    for day in Day::of(UnixMillis(from)).until(Day::of(UnixMillis(to))) {
        let output = gateway.output(&["compare", "--day", &day.iso()]).await;
        let text = String::from_utf8(output.stdout).unwrap();
        found.extend(text.lines().filter_map(finding));
        if !matches!(output.status.code(), Some(0 | 1)) {
            let line = String::from_utf8_lossy(&output.stderr).into_owned();
            found.push(Finding {
                class: "FAILED".to_owned(),
                reference: String::new(),
                transaction_id: None,
                line,
            });
        }
    }
    found
}

fn finding(line: &str) -> Option<Finding> {
    let mut words = line.split_whitespace();
    let class = words.next().filter(|word| CLASSES.contains(word))?;
    let reference = words.nth(1)?;
    let number = words.find_map(|word| word.strip_prefix("transaction="));
    Some(Finding {
        class: class.to_owned(),
        reference: reference.to_owned(),
        transaction_id: number.and_then(|number| number.parse().ok()),
        line: line.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_read() {
        let line = "DIFFERING   UZCARD abc                              transaction=7 action=pay ours=done/5 theirs=undone/5 \
                    differs=state";
        let read = finding(line).unwrap();
        assert_eq!(
            (
                read.class.as_str(),
                read.reference.as_str(),
                read.transaction_id
            ),
            ("DIFFERING", "abc", Some(7))
        );
        let theirs = "THEIRS_ONLY UZCARD others-7 ours=- theirs=listed/5 number=1 date=2";
        assert_eq!(finding(theirs).unwrap().transaction_id, None);
        assert_eq!(
            finding("MATCHED     UZCARD abc ours=done/5 theirs=done/5"),
            None
        );
        assert_eq!(finding("2026-11-20 UZCARD: 1 matched"), None);
    }
}
