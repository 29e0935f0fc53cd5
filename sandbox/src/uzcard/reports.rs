//! `report.short`: the caller's executed transactions of some days, in pages, for its end of day.
//!
//! Only the names of the members are known (docs/networks.md#svgate-reports). Here `range` has days as in
//! `trans.history`, both included. Pages count from 0, and a page after the last one is empty. Rows are in order of
//! creation. `svId` is the `refNum`, and `date` has the format of `date12`. The row of a reversed transaction stays.
//! Refused transactions have no row, and neither do holds, which have no `ext`.

use serde_json::{Value, json};

use super::{
    params::Params,
    payments::ref_num,
    refusal::{MethodResult, Refusal},
};
use crate::{
    records::{Tran, TranState},
    simulator::Simulator,
    time::{DAY_MILLIS, format_tashkent, parse_day},
};

/// The largest page. The real limit is not published.
const PAGE_SIZE_MAX: u64 = 100;

/// `report.short`
pub(super) fn short(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let report = params.object("report")?;
    let range = report.object("range")?;
    let date = |name: &str| parse_day(&range.text(name)?, "%Y%m%d").ok_or(Refusal::WrongDate);
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
    simulator.read(|state| {
        let rows: Vec<Value> = state
            .trans()
            .between(from, until)
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
        "date": format_tashkent(tran.at, "%y%m%d%H%M%S"),
        "svId": ref_num(tran.id),
        "extId": tran.ext,
    })
}
