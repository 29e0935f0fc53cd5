//! Refusals that come again and again: the first of a kind within a minute is a row, the others are one row with their
//! count. So nobody fills the database by guessing.

use std::collections::HashMap;

use entity::time::UnixMillis;

use super::record::Record;

/// For how long refusals of a kind are counted together, milliseconds.
const FOLDED_FOR: i64 = 60_000;

/// How many kinds are told apart. What comes beyond is counted without its name, and then without its source.
const KINDS: usize = 1_024;

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) who: String,
    pub(super) source: String,
    pub(super) action: String,
    pub(super) outcome: String,
}

#[derive(Debug)]
struct Fold {
    /// When the first one came.
    since: UnixMillis,
    /// How many have come that no row tells yet.
    more: u64,
    /// The last one.
    last: Record,
}

/// The refusals of the last minute.
#[derive(Debug, Default)]
pub(super) struct Folds(HashMap<Key, Fold>);

impl Folds {
    /// Counts a refusal. Returns what is to be written now: the first one itself, and the count of a minute that is over.
    pub(super) fn add(&mut self, key: Key, mut record: Record) -> Vec<Record> {
        let mut key = key;
        let others = "(others)";
        if self.0.len() >= KINDS && !self.0.contains_key(&key) {
            others.clone_into(&mut key.who);
            if self.0.len() >= 2 * KINDS && !self.0.contains_key(&key) {
                others.clone_into(&mut key.source);
                others.clone_into(&mut record.source);
            }
            others.clone_into(&mut record.who);
        }
        let at = record.at;
        match self.0.get_mut(&key) {
            Some(fold) if at < fold.since + FOLDED_FOR => {
                fold.more += 1;
                fold.last = record;
                Vec::new()
            }
            Some(fold) => {
                let counted = fold.counted();
                let (more, last) = (0, record.clone());
                *fold = Fold {
                    since: at,
                    more,
                    last,
                };
                counted.into_iter().chain([record]).collect()
            }
            None => {
                let last = record.clone();
                let fold = Fold {
                    since: at,
                    more: 0,
                    last,
                };
                self.0.insert(key, fold);
                vec![record]
            }
        }
    }

    /// The counts of the minutes that are over.
    pub(super) fn over(&mut self, now: UnixMillis) -> Vec<Record> {
        let mut counted = Vec::new();
        self.0.retain(|_, fold| {
            let goes_on = now < fold.since + FOLDED_FOR;
            if !goes_on {
                counted.extend(fold.counted());
            }
            goes_on
        });
        counted
    }

    /// All counts.
    pub(super) fn all(&mut self) -> Vec<Record> {
        let all = self.0.drain();
        all.filter_map(|(_, fold)| fold.counted()).collect()
    }

    /// Counts a row that could not be written with those that come.
    pub(super) fn put_back(&mut self, record: Record) {
        let key = Key {
            who: record.who.clone(),
            source: record.source.clone(),
            action: record.action.clone(),
            outcome: record.outcome.clone(),
        };
        if self.0.len() >= 2 * KINDS && !self.0.contains_key(&key) {
            return;
        }
        let since = record.at;
        let fold = self.0.entry(key).or_insert(Fold {
            since,
            more: 0,
            last: record,
        });
        fold.more += 1;
    }
}

impl Fold {
    /// The row that tells how many came after the first one.
    fn counted(&self) -> Option<Record> {
        let more = self.more;
        (more > 0).then(|| Record {
            detail: format!(
                "{more} more within a minute, the last one {}",
                self.last.detail
            ),
            ..self.last.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(folds: &mut Folds, at: i64, who: &str, source: &str) -> Vec<String> {
        let record = Record {
            who: who.to_owned(),
            source: source.to_owned(),
            outcome: "401".to_owned(),
            detail: format!("request {at}"),
            ..Record::of(UnixMillis(at), "login")
        };
        let key = Key {
            who: who.to_owned(),
            source: source.to_owned(),
            action: record.action.clone(),
            outcome: record.outcome.clone(),
        };
        told(folds.add(key, record))
    }

    fn told(records: Vec<Record>) -> Vec<String> {
        let told = records.into_iter();
        told.map(|row| format!("{} {} {}", row.who, row.source, row.detail))
            .collect()
    }

    #[test]
    fn a_flood_is_a_row_and_a_count_a_minute() {
        let mut folds = Folds::default();
        assert_eq!(refused(&mut folds, 0, "a", "s"), ["a s request 0"]);
        for at in 1..=5_000 {
            assert_eq!(refused(&mut folds, at, "a", "s"), [""; 0]);
        }
        // Another source is another kind.
        assert_eq!(refused(&mut folds, 9, "a", "t"), ["a t request 9"]);
        assert_eq!(told(folds.over(UnixMillis(59_999))), [""; 0]);
        let count = "a s 5000 more within a minute, the last one request 5000";
        assert_eq!(
            refused(&mut folds, 60_000, "a", "s"),
            [count, "a s request 60000"]
        );
        assert_eq!(told(folds.over(UnixMillis(200_000))), [""; 0]);
        assert_eq!(refused(&mut folds, 200_001, "a", "s").len(), 1);
        refused(&mut folds, 200_002, "a", "s");
        assert_eq!(
            told(folds.all()),
            ["a s 1 more within a minute, the last one request 200002"]
        );
        assert_eq!(told(folds.all()), [""; 0]);
    }

    #[test]
    fn invented_names_and_sources_fill_nothing() {
        let mut folds = Folds::default();
        let mut rows = 0;
        for number in 0..20_000 {
            rows += refused(&mut folds, 1, &format!("name{number}"), "s").len();
        }
        assert_eq!(rows, KINDS + 1);
        for number in 0..20_000 {
            rows += refused(&mut folds, 1, "x", &format!("s{number}")).len();
        }
        assert!(folds.0.len() <= 2 * KINDS + 1, "{}", folds.0.len());
        assert_eq!(rows, folds.0.len());
        let counted: Vec<Record> = folds.all();
        let hidden = counted.iter().filter(|row| row.who == "(others)").count();
        assert!(hidden > 0);
    }

    #[test]
    fn what_could_not_be_written_is_counted() {
        let mut folds = Folds::default();
        refused(&mut folds, 0, "a", "s");
        refused(&mut folds, 1, "a", "s");
        let over = folds.over(UnixMillis(60_000));
        assert_eq!(over.len(), 1);
        folds.put_back(over.into_iter().next().unwrap());
        assert_eq!(told(folds.all()).len(), 1);
    }
}
