//! What a card may pay in an hour and a day: a debit that was not carried out counts for nothing.

use entity::time::UnixMillis;
use entity::transaction::{self, Status};

use super::Payments;
use crate::clock::tashkent_day;
use crate::database::Statements;
use crate::domain::call::Call;
use crate::error::Error;
use crate::repository::card_spending::{self, When};

/// The hour and the day of a moment, as they are counted.
pub(crate) fn when(at: UnixMillis) -> When {
    When {
        hour: at.0.div_euclid(3_600_000),
        day: tashkent_day(at).into(),
    }
}

impl Payments {
    /// Gives back what a debit has counted that has ended as `declined`, in the commit that says so.
    pub(super) async fn give_spending_back(
        &self,
        db: &Statements,
        call: &Call,
        transaction: &transaction::Model,
        pan_hash: &[u8],
        sent_at: UnixMillis,
        to: Status,
    ) -> Result<(), Error> {
        let takes = match call {
            Call::Pay(_) | Call::Hold(_) | Call::P2p(_) => true,
            Call::Confirm(_)
            | Call::Cancel(_)
            | Call::Capture(_)
            | Call::Release(_)
            | Call::Expire(_)
            | Call::Reverse(_)
            | Call::ReversePart(_)
            | Call::Credit(_) => false,
        };
        let is_counted = self.rules.limits.spending.is_some();
        if takes && is_counted && to == Status::Declined {
            card_spending::give_back(db, pan_hash, transaction.amount, when(sent_at)).await?;
        }
        Ok(())
    }
}
