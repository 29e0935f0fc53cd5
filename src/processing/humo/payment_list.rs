//! `GetPaymentList`: HUMO's list of payments. Its request is known from one client, and its reply from nobody
//! (docs/networks.md#humo-payment-list). So whatever names one payment as `GetPayment` does is taken for one, wherever it stands
//! and whatever it is called. A misread list must not pass for a short one: what says something and names no payment is no answer.

use std::collections::{BTreeSet, HashMap};

use super::HumoCards;
use super::books;
use super::client::CallError;
use super::outcome::{self, Status, number};
use super::soap::Element;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::processing::books::{ListedPayment, Listing};
use crate::processing::lenient::printable;
use crate::processing::listing::{Next, Reading};

pub(super) const OPERATION: &str = "GetPaymentList";

/// Those of payments whose money is held or taken, in the order in which they are asked for: one that is confirmed meanwhile is
/// in the second at least.
pub(super) const STATUSES: [&str; 2] = ["active", "finished"];

/// How many payments are asked for at once.
pub(super) const PAGE: u32 = 100;

/// More pages than any day can have. It stops the reading if HUMO never sends an empty page.
const PAGES_MAX: u32 = 10_000;

/// What a reply may repeat of its question, which says nothing about a payment.
const ASKED: [&str; 5] = [
    "paymentOriginator",
    "dateFrom",
    "dateTo",
    "startBookmark",
    "endBookmark",
];

/// What a reply has.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// One at least, and the names of the elements besides that say something.
    Payments(Vec<Listed>, BTreeSet<String>),
    Nothing,
    /// It says something, and names no payment: all of its elements, and the names of those that say something.
    Unknown(String, BTreeSet<String>),
}

/// A payment that is named.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) row: ListedPayment,
    /// Whether money is held or taken, as far as its element says.
    pub(super) has_money: bool,
}

/// By our reference and HUMO's number: what is told later of a payment counts.
type Found = HashMap<(String, String), ListedPayment>;

impl HumoCards {
    /// As whom HUMO is asked for its list: accounts of one originator have one list.
    pub fn originator(&self) -> &str {
        self.requests.asks_as()
    }

    /// HUMO's list of the payments of a day whose money is held or taken, as far as it can be had, each once; `None`: by the
    /// settings it has none. `progress` is called with the number of rows after each page.
    pub async fn day_list(&self, day: Day, progress: &(dyn Fn(usize) + Sync)) -> Option<Listing> {
        if !self.has_list {
            return None;
        }
        let (mut found, mut lacks) = (Found::new(), None);
        for status in STATUSES {
            let read = self.read_list(status, day, &mut found, progress).await;
            lacks = lacks.or(read.err());
        }
        let rows = found.into_values().collect();
        Some(Listing { rows, lacks })
    }

    async fn read_list(
        &self,
        status: &str,
        day: Day,
        found: &mut Found,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), AskError> {
        let period = (day.begins_at(), day.ends_at() - 1);
        let mut reading = Reading::of(PAGES_MAX);
        let mut first: u32 = 1;
        // What the page before has said besides its payments: how many there are in all, or when it was asked.
        let mut besides = BTreeSet::new();
        loop {
            let places = (first, first.saturating_add(PAGE - 1));
            let content = self.requests.list(status, period, places);
            let listed = match page(self.payments.call_whole(OPERATION, &content).await) {
                Ok(Page::Payments(listed, said)) => {
                    besides = said;
                    listed
                }
                Ok(Page::Nothing) => return Ok(()),
                Ok(Page::Unknown(_, said)) if said.is_subset(&besides) => return Ok(()),
                Ok(Page::Unknown(shape, _)) => {
                    let cause = format!("no payment is recognised in {shape}");
                    return Err(AskError::unreadable(cause));
                }
                Err(error) => return Err(books::unanswered(error)),
            };
            // HUMO may give fewer at once than it was asked for.
            first = first.saturating_add(u32::try_from(listed.len()).unwrap_or(u32::MAX));
            for Listed { row, .. } in listed.iter().filter(|listed| listed.has_money) {
                let name = (row.reference.clone(), row.network_id.clone());
                found.insert(name, row.clone());
            }
            match reading.take(listed.into_iter().map(|listed| listed.row).collect()) {
                Next::Page => progress(found.len()),
                Next::End => return Ok(()),
                Next::Stuck => {
                    let cause = "the pages of the list only repeat themselves, or have no end";
                    return Err(AskError::unreadable(cause));
                }
            }
        }
    }
}

/// What a reply to the question for a page has.
pub(super) fn page(result: Result<Element, CallError>) -> Result<Page, CallError> {
    let body = match result {
        Ok(body) => body,
        // Original not found.
        Err(CallError::Fault(914)) => return Ok(Page::Nothing),
        Err(error) => return Err(error),
    };
    let response = body.children().first().map(|first| first.name.as_str());
    let beginning = response.and_then(|name| name.get(..OPERATION.len()));
    if !beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(OPERATION)) {
        let cause = "the response is to another operation";
        return Err(CallError::Unreadable(cause.to_owned()));
    }
    let mut payments = Vec::new();
    find(&body, &mut payments);
    let mut said = BTreeSet::new();
    hear(&body, &mut said);
    Ok(match (payments.is_empty(), said.is_empty()) {
        (false, _) => Page::Payments(payments.into_iter().map(listed).collect(), said),
        (true, true) => Page::Nothing,
        (true, false) => Page::Unknown(shape(&body, 0).chars().take(200).collect(), said),
    })
}

fn find<'a>(element: &'a Element, payments: &mut Vec<&'a Element>) {
    for child in element.children() {
        match is_payment(child) {
            true => payments.push(child),
            false => find(child, payments),
        }
    }
}

/// Whether it names one payment. What has several names is a list without an element for each.
fn is_payment(element: &Element) -> bool {
    let [ids, references] = ["paymentID", "paymentRef"].map(|name| named(element, name).count());
    ids <= 1 && references <= 1 && ids + references > 0
}

/// The texts of the children of this name that have one.
fn named<'a>(element: &'a Element, name: &'static str) -> impl Iterator<Item = &'a str> {
    let children = element.children().iter();
    children
        .filter(move |child| child.name.eq_ignore_ascii_case(name) && !child.text().is_empty())
        .map(Element::text)
}

fn listed(payment: &Element) -> Listed {
    let text = |name| named(payment, name).next().unwrap_or_default();
    let items = payment.pairs();
    let item = |name: &str| {
        let item = items.iter().find(|(own, _)| *own == name);
        item.map_or("", |(_, value)| *value)
    };
    // Of a hold that was charged in part, the first is what was taken; before, it may be 0.
    let amounts = [item("transaction_amount"), item("amount"), text("amount")];
    let amounts = amounts.into_iter().filter(|text| !text.is_empty());
    let amounts: Vec<Option<i64>> = amounts
        .map(|text| number(text).filter(|amount| *amount >= 0))
        .collect();
    let mut readable = amounts.iter().copied().flatten();
    let amount = readable.clone().find(|amount| *amount > 0);
    let amount = amount.or_else(|| readable.next());
    let is_standing = match outcome::status_of(text("status")) {
        Status::Active | Status::Finished | Status::Other => true,
        Status::Returned | Status::Cancelled | Status::None => false,
    };
    // A reconciliation names a terminal without a merchant, and moves nothing.
    let names_payer = item("terminal_id").is_empty() || !item("merchant_id").is_empty();
    let moves_money = match amounts.as_slice() {
        [] => names_payer,
        amounts => amounts.iter().any(|amount| *amount != Some(0)),
    };
    Listed {
        row: ListedPayment {
            at: item("auth_time").to_owned(),
            reference: text("paymentRef").to_owned(),
            network_id: text("paymentID").to_owned(),
            amount,
        },
        has_money: is_standing && moves_money,
    }
}

/// The names of the elements that say something besides payments, what was asked, and that there is nothing.
fn hear(element: &Element, said: &mut BTreeSet<String>) {
    let text = element.text();
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_asked = match element.name.as_str() {
        "status" => is_one_of(&STATUSES),
        name => ASKED.contains(&name),
    };
    if element.has_attributes() || !is_asked && !is_one_of(&["", "0", "none"]) {
        said.insert(element.name.clone());
    }
    for child in element.children().iter().filter(|child| !is_payment(child)) {
        hear(child, said);
    }
}

/// The names of the elements in one another, `list(row(id sum))`, without what they say.
fn shape(element: &Element, depth: usize) -> String {
    const DEPTH_MAX: usize = 6;
    const NAMES_MAX: usize = 20;
    let digits = element.name.bytes().filter(u8::is_ascii_digit).count();
    let name: String = match digits <= 6 {
        true => element.name.chars().map(printable).collect(),
        false => "?".to_owned(),
    };
    let mut children: Vec<&Element> = Vec::new();
    for child in element.children() {
        let is_shown = depth < DEPTH_MAX && children.len() < NAMES_MAX;
        if is_shown && !children.iter().any(|known| known.name == child.name) {
            children.push(child);
        }
    }
    let inner: Vec<String> = children
        .into_iter()
        .map(|child| shape(child, depth + 1))
        .collect();
    match inner.is_empty() {
        true => name,
        false => format!("{name}({})", inner.join(" ")),
    }
}

#[cfg(test)]
#[path = "payment_list_tests.rs"]
mod tests;
