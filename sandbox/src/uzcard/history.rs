//! `trans.history`: the operations of one or more cards in pages, newest first.
//!
//! Little is known of the values (docs/networks.md#svgate-history). Here `reqamt` is the amount without the fee;
//! `actamt` and `conamt` are the total that left the card or arrived on it; `acctbal` is all money on the card
//! afterwards, including what is held; `orgdev` is the terminal; `credit` repeats `isCredit`; `transType` is 774 for a
//! payment, 781 and 782 for the two sides of a transfer and 760 for a credit. `totalDebit` and `totalCredit` sum
//! `actamt` over all pages, without reversed operations.

use serde_json::{Value, json};

use super::{
    cards::TOKENS_MAX,
    params::Params,
    refusal::{MethodResult, Refusal},
};
use crate::{
    cards::masked,
    history::{CardOperation, OperationKind},
    simulator::Simulator,
    state::State,
    time::{DAY_MILLIS, format_tashkent, parse_day},
};

/// The largest page. The real limit is not published.
const PAGE_SIZE_MAX: u64 = 100;
const DAY: &str = "%Y%m%d";

pub(super) fn page(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let criteria = params.object("criteria")?;
    let tokens = criteria.list("cardIds")?;
    if tokens.is_empty() {
        return Err(Refusal::FieldMissing);
    }
    if tokens.len() > TOKENS_MAX {
        return Err(Refusal::TooManyTokens);
    }
    let range = criteria.object("range")?;
    let from = date(range, "startDate")?;
    let until = date(range, "endDate")? + DAY_MILLIS;
    if from >= until {
        return Err(Refusal::WrongDate);
    }
    let number = index(criteria.id("pageNumber")?)?;
    let size = criteria.id("pageSize")?;
    if !(1..=PAGE_SIZE_MAX).contains(&size) {
        return Err(Refusal::BadFormat);
    }
    let size = index(size)?;
    simulator.read(|state| {
        let found = Selection {
            cards: cards(state, tokens, from, until)?,
        };
        Ok(found.page(number, size))
    })
}

fn date(range: Params<'_>, name: &str) -> Result<i64, Refusal> {
    parse_day(&range.text(name)?, DAY).ok_or(Refusal::WrongDate)
}

fn index(number: u64) -> Result<usize, Refusal> {
    usize::try_from(number).map_err(|_| Refusal::BadFormat)
}

/// A card's number and its operations, oldest first.
type CardSlice<'a> = (&'static str, &'a [CardOperation]);

/// Each card once, even if it is asked for several times.
fn cards<'a>(
    state: &'a State,
    tokens: &[Value],
    from: i64,
    until: i64,
) -> Result<Vec<CardSlice<'a>>, Refusal> {
    let mut cards: Vec<CardSlice<'a>> = Vec::new();
    for token in tokens {
        let token = token.as_str().ok_or(Refusal::BadFormat)?;
        let card = state.card_by_token(token).ok_or(Refusal::TokenNotFound)?;
        let pan = card.profile.pan;
        if cards.iter().all(|(known, _)| *known != pan) {
            cards.push((pan, state.history().between(pan, from, until)));
        }
    }
    Ok(cards)
}

struct Selection<'a> {
    cards: Vec<CardSlice<'a>>,
}

impl<'a> Selection<'a> {
    /// A page in the format of Spring Data.
    fn page(self, number: usize, size: usize) -> Value {
        let total: usize = self.cards.iter().map(|(_, found)| found.len()).sum();
        let pages = total.div_ceil(size);
        let (total_debit, total_credit) = (self.total(false), self.total(true));
        let content: Vec<Value> = self
            .newest()
            .skip(number.saturating_mul(size))
            .take(size)
            .map(|(pan, operation)| item(pan, operation))
            .collect();
        json!({
            "first": number == 0,
            "last": number.saturating_add(1) >= pages,
            "totalElements": total,
            "totalPages": pages,
            "size": size,
            "number": number,
            "numberOfElements": content.len(),
            "sort": null,
            "totalDebit": total_debit,
            "totalCredit": total_credit,
            "content": content,
        })
    }

    fn total(&self, is_credit: bool) -> i64 {
        self.cards
            .iter()
            .flat_map(|(_, found)| *found)
            .filter(|operation| operation.kind.is_credit() == is_credit && !operation.reversed)
            .fold(0, |total, operation| {
                total.saturating_add(operation.amount_with_fee())
            })
    }

    fn newest(self) -> impl Iterator<Item = (&'static str, &'a CardOperation)> {
        let mut rest = self.cards;
        std::iter::from_fn(move || {
            let (pan, found) = rest.iter_mut().max_by_key(|(_, found)| {
                found.last().map(|operation| (operation.at, operation.id))
            })?;
            let (newest, older) = found.split_last()?;
            *found = older;
            Some((*pan, newest))
        })
    }
}

fn item(pan: &str, operation: &CardOperation) -> Value {
    // Numbers, so a time in the morning loses its leading zeros.
    let number = |format: &str| format_tashkent(operation.at, format).parse::<i64>().ok();
    let (site, is_credit) = (&operation.site, operation.kind.is_credit());
    json!({
        "utrnno": operation.id,
        "transType": trans_type(operation.kind),
        "hpan": masked(pan),
        "utime": number("%H%M%S"),
        "udate": number(DAY),
        "bankDate": number(DAY),
        "reqamt": operation.amount,
        // The same for all operations: a history has no refused ones.
        "resp": -1,
        "reversal": operation.reversed,
        "orgdev": site.terminal(),
        "merchant": site.merchant(),
        "terminal": site.terminal(),
        "merchantName": site.shop.name,
        "street": site.shop.street,
        "city": site.shop.city,
        "isCredit": is_credit,
        "credit": is_credit,
        "mcc": site.shop.mcc,
        "currency": 860,
        "actamt": operation.amount_with_fee(),
        "acctbal": operation.balance,
        "conamt": operation.amount_with_fee(),
    })
}

fn trans_type(kind: OperationKind) -> i64 {
    match kind {
        OperationKind::Purchase => 774,
        OperationKind::TransferOut => 781,
        OperationKind::TransferIn => 782,
        OperationKind::Credit => 760,
        // Money that comes back is not told from other money that comes: nothing is known of it.
        OperationKind::DebitReversal => 760,
        // HUMO only.
        OperationKind::CreditReversal => 0,
    }
}
