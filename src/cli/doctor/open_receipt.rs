//! Does a fiscal receipt keep all others of its terminal waiting?

use entity::receipt_number::Model;
use entity::time::UnixMillis;

use super::row::Row;
use crate::cli::compare::words;
use crate::config::{Config, OperatorKind};
use crate::database::Database;
use crate::repository::receipt_number;

pub(super) const CHECK: &str = "fiscal receipt";
pub(super) const ANSWERED: &str = "none open for half an hour";
const LONGEST_MS: i64 = 30 * 60 * 1_000;

/// The oldest receipt whose number may be registered or not, where receipts are numbered.
pub(super) async fn open_receipt(
    config: &Config,
    database: &Database,
    now: UnixMillis,
) -> Option<Row> {
    match config.fiscal.operator {
        OperatorKind::Sandbox => return None,
        OperatorKind::Ofd => {}
    }
    let terminal = &config.fiscal.ofd.terminal;
    Some(match receipt_number::open(&**database, terminal).await {
        Ok(open) => told(open.as_ref(), now),
        Err(error) => Row::wrong(CHECK, "cannot be read", ANSWERED, words(&error)),
    })
}

fn told(open: Option<&Model>, now: UnixMillis) -> Row {
    let Some(open) = open else {
        return Row::right(CHECK, "none open", ANSWERED);
    };
    // The moment on a receipt may be ahead of the clock.
    let age_ms = (now - open.last_at).max(0);
    let transfer = open.open_transfer.map_or(0, |id| id.0);
    let found = format!(
        "{} of {}, of transfer {transfer}, open for {} min",
        open.last,
        open.terminal,
        age_ms / 60_000
    );
    let advice = format!(
        "all others of the terminal wait: docs/runbook.md, AloqaReceiptOpen; `aloqa-gateway receipts settle {transfer}` if it is \
         refused under its number"
    );
    Row::right(CHECK, found, ANSWERED).judged(age_ms <= LONGEST_MS, &advice)
}

#[cfg(test)]
mod tests {
    use entity::ids::TransactionId;

    use super::*;

    #[test]
    fn a_number_that_is_open_for_long_is_a_finding() {
        let now = UnixMillis(1_795_824_000_000);
        let open = |age_ms: i64| Model {
            terminal: "UZ1".to_owned(),
            last: 105,
            last_at: now - age_ms,
            open_transfer: Some(TransactionId(7)),
        };
        for (age_ms, minutes, is_wrong) in [
            (-60_000, 0, false),
            (LONGEST_MS, 30, false),
            (LONGEST_MS + 60_000, 31, true),
        ] {
            let row = told(Some(&open(age_ms)), now);
            let found = format!("105 of UZ1, of transfer 7, open for {minutes} min");
            assert_eq!((row.found, row.advice.is_some()), (found, is_wrong));
        }
        assert_eq!(told(None, now).advice, None);
    }
}
