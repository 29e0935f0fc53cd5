//! Compares one day on one network, from reading both sides to the report.

use rpc_schema::values::Network;

use super::error::CompareError;
use super::join::{Scope, join};
use super::report::{ComparisonReport, TheirList};
use super::sources::Sources;
use super::{day_list, inquiry, strangers};
use crate::domain::day::Day;
use crate::domain::network::to_stored;
use crate::repository::calls_of_day;

/// Compares a day's payments on a network.
///
/// # Errors
/// The day has not begun, the database or the network's list cannot be read, or the network has stopped answering.
pub async fn compare(
    sources: &Sources<'_>,
    network: Network,
    day: Day,
) -> Result<ComparisonReport, CompareError> {
    let now = sources.clock.now();
    if day > Day::of(now) {
        return Err(CompareError::NotBegun(day));
    }
    let scope = Scope { network, day, now };
    let (from, until) = (day.begins_at(), day.ends_at());
    let touched =
        calls_of_day::transactions(&**sources.database, to_stored(network), from, until).await?;
    let mut ours = sources.payments(network, &touched).await?;
    let (mut theirs, list) = match network {
        Network::Uzcard => {
            let theirs = day_list::read(sources, scope, &mut ours).await?;
            (theirs, TheirList::Whole)
        }
        Network::Humo => strangers::read(sources, scope, &ours).await?,
    };
    inquiry::inquire(sources, scope, &mut ours, &mut theirs).await?;
    let rows = join(scope, ours, theirs);
    Ok(ComparisonReport {
        network,
        day,
        list,
        rows,
    })
}
