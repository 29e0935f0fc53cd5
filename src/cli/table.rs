//! Tables for people: columns as wide as their widest cell, two spaces between them, so that `grep`, `cut` and `awk` can
//! read them too.

use std::io::{self, Write};

/// A table with headings.
pub(super) struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
    widths: [usize; COLUMNS],
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(super) fn new(headings: [impl Into<String>; COLUMNS]) -> Self {
        Self {
            rows: vec![headings.map(Into::into)],
            widths: [0; COLUMNS],
        }
    }

    /// Adds a row. An empty cell is shown as a dash, so that columns can be counted.
    pub(super) fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells.map(|cell| match cell.is_empty() {
            true => "-".to_owned(),
            false => cell,
        }));
    }

    /// Prints the rows so far, and goes on below them: columns get wider, never narrower.
    pub(super) fn print(&mut self, out: &mut impl Write) -> io::Result<()> {
        for row in &self.rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in self.rows.drain(..) {
            let mut line = String::new();
            for (width, cell) in self.widths.iter().zip(row) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["KEY", "VALUE"]);
        table.row(["server.listen".to_owned(), "127.0.0.1:8080".to_owned()]);
        table.row(["имя".to_owned(), String::new()]);
        let mut out = Vec::new();
        table.print(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "KEY            VALUE\nserver.listen  127.0.0.1:8080\nимя            -\n"
        );
    }
}
