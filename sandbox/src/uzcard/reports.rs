//! `report.short`: what the caller has had carried out in some days, in pages, for its end of day.
//!
//! The notes name the members and no more (section 1.2). Here `range` has days as `trans.history` has them, both included;
//! pages count from 0, and one after the last is empty; the rows stand in the order in which they came to be. `svId` is
//! the `refNum`, `date` is written as in `date12`. A row stays when its payment is reversed; what was refused has none;
//! a hold has none either, as it has no `ext`.

use serde_json::{Value, json};

use super::{
    params::Params,
    payments::ref_num,
    refusal::{Answer, Refusal},
};
use crate::{
    records::{Tran, TranState},
    time::{DAY_MILLIS, day, tashkent},
    world::World,
};

/// The most rows in a page; what the real SVGate allows is not published.
const PAGE_SIZE_MAX: u64 = 100;

/// `report.short`
pub(super) fn short(world: &World, params: Params<'_>, user: &str) -> Answer {
    let report = params.object("report")?;
    let range = report.object("range")?;
    let date = |name: &str| day(&range.text(name)?, "%Y%m%d").ok_or(Refusal::WrongDate);
    let (from, until) = (date("from")?, date("to")? + DAY_MILLIS);
    if from >= until {
        return Err(Refusal::WrongDate);
    }
    let number = index(report.id("pageNumber")?)?;
    let size = report.id("pageSize")?;
    if !(1..=PAGE_SIZE_MAX).contains(&size) {
        return Err(Refusal::BadFormat);
    }
    let size = index(size)?;
    world.read(|data| {
        let rows: Vec<Value> = data
            .trans_between(from, until)
            .filter(|tran| tran.user_name == user && was_carried_out(tran))
            .skip(number.saturating_mul(size))
            .take(size)
            .map(row)
            .collect();
        Ok(json!({"trans": rows}))
    })
}

fn index(number: u64) -> Result<usize, Refusal> {
    usize::try_from(number).map_err(|_| Refusal::BadFormat)
}

fn was_carried_out(tran: &Tran) -> bool {
    match tran.state {
        TranState::Done | TranState::Reversed => true,
        TranState::Refused { .. } => false,
    }
}

fn row(tran: &Tran) -> Value {
    json!({
        "amount": tran.amount,
        "date": tashkent(tran.at, "%y%m%d%H%M%S"),
        "svId": ref_num(tran.id),
        "extId": tran.ext,
    })
}
