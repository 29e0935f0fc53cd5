//! How is a network's list read, page after page? Whether it takes the numbers of the pages is not sure, so a page without a
//! new row is no end, and neither may a list go on for ever.

use std::collections::HashSet;

use super::books::ListedPayment;

/// After so many pages in a row without a new row, the paging does not work. One or two can occur while rows are added.
const REPEATS_MAX: u32 = 3;

/// The part of a list that has been read.
pub(super) struct Reading {
    pub(super) listed: HashSet<ListedPayment>,
    pages_left: u32,
    repeats: u32,
}

/// What follows a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Page,
    End,
    /// The pages only repeat themselves, or there are too many.
    Stuck,
}

impl Reading {
    /// Nothing yet, of a list that has so many pages at most.
    pub(super) fn of(pages_max: u32) -> Self {
        Self {
            listed: HashSet::new(),
            pages_left: pages_max,
            repeats: 0,
        }
    }

    /// Takes the rows of a page.
    pub(super) fn take(&mut self, rows: Vec<ListedPayment>) -> Next {
        if rows.is_empty() {
            return Next::End;
        }
        let before = self.listed.len();
        self.listed.extend(rows);
        self.pages_left = self.pages_left.saturating_sub(1);
        self.repeats = match self.listed.len() > before {
            true => 0,
            false => self.repeats + 1,
        };
        match self.repeats < REPEATS_MAX && self.pages_left > 0 {
            true => Next::Page,
            false => Next::Stuck,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u32) -> ListedPayment {
        ListedPayment {
            at: String::new(),
            reference: String::new(),
            network_id: number.to_string(),
            amount: None,
        }
    }

    #[test]
    fn a_list_ends_with_an_empty_page_and_repeating_pages_are_no_end() {
        let mut reading = Reading::of(10);
        // Rows added meanwhile push others onto the next page.
        for numbers in [&[1, 2][..], &[2], &[1, 2], &[2, 3], &[3]] {
            let rows = numbers.iter().copied().map(row).collect();
            assert_eq!(reading.take(rows), Next::Page, "{numbers:?}");
        }
        assert_eq!(reading.take(Vec::new()), Next::End);
        assert_eq!(reading.listed.len(), 3);

        // The network counts pages in another way, or ignores their numbers.
        let mut reading = Reading::of(10);
        for next in [Next::Page, Next::Page, Next::Page, Next::Stuck] {
            assert_eq!(reading.take([1, 2].map(row).into()), next);
        }
    }

    #[test]
    fn a_list_that_never_ends_is_given_up() {
        let mut reading = Reading::of(3);
        for (number, next) in [(1, Next::Page), (2, Next::Page), (3, Next::Stuck)] {
            assert_eq!(reading.take(vec![row(number)]), next);
        }
    }
}
