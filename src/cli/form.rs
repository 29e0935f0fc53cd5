//! In which form a command answers: in words and tables for people, or as JSON for programs. The standard output has the
//! answer alone; what to look at next is said on the standard error.

use std::io::{self, BufWriter, Write};

use serde_json::{Value, json};

use super::output;
use super::table::Table;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Words,
    Json,
}

/// A list that a command shows.
pub(super) struct List<const COLUMNS: usize> {
    /// `transactions.list/1`: what the JSON is, and which version of it.
    pub(super) schema: &'static str,
    pub(super) table: Table<COLUMNS>,
    /// The rows as JSON.
    pub(super) items: Vec<Value>,
    /// What is said where there is none: what was searched.
    pub(super) none: String,
    /// Whether there are more than these, where so many were asked for.
    pub(super) more: Option<bool>,
}

/// What a command did.
pub(super) struct Deed {
    /// `keys.add/1`: what the JSON is, and which version of it.
    pub(super) schema: &'static str,
    pub(super) item: Value,
    pub(super) words: String,
    /// What to look at, or to do, next.
    pub(super) next: Option<String>,
}

impl Form {
    pub(super) fn list<const COLUMNS: usize>(self, mut list: List<COLUMNS>) -> io::Result<()> {
        let mut out = BufWriter::new(output::out());
        let more = list.more;
        match self {
            Self::Json => {
                let List {
                    schema,
                    items,
                    more,
                    ..
                } = list;
                let told = match more {
                    Some(more) => json!({"schema": schema, "items": items, "more": more}),
                    None => json!({"schema": schema, "items": items}),
                };
                writeln!(out, "{told}")?;
            }
            Self::Words if list.items.is_empty() => writeln!(out, "{}", list.none)?,
            Self::Words => list.table.print(&mut out)?,
        }
        out.flush()?;
        if more == Some(true) && self == Self::Words {
            // The list was told, whether anybody hears this or not.
            let _ = writeln!(
                output::err(),
                "there are more than these: --limit says how many are shown"
            );
        }
        Ok(())
    }

    /// One thing, all about it.
    pub(super) fn show(
        self,
        schema: &'static str,
        item: impl FnOnce() -> Value,
        words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(output::out());
        match self {
            Self::Json => writeln!(out, "{}", json!({"schema": schema, "item": item()}))?,
            Self::Words => words(&mut out)?,
        }
        out.flush()
    }

    pub(super) fn deed(self, deed: Deed) -> io::Result<()> {
        let Deed {
            schema,
            item,
            words,
            next,
        } = deed;
        match self {
            Self::Json => {
                let told = json!({"schema": schema, "item": item, "next": next});
                writeln!(output::out(), "{told}")
            }
            Self::Words => {
                writeln!(output::out(), "{words}")?;
                match next {
                    // It is done, whether anybody hears what comes next or not.
                    Some(next) => writeln!(output::err(), "next: {next}").or(Ok(())),
                    None => Ok(()),
                }
            }
        }
    }
}
