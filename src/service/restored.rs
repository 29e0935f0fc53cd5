//! Orders whose `extId` is new to this database, but may not be new to their network: the database is an older copy
//! (docs/operations.md#restoring-an-older-copy).

use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;

use crate::caller::Caller;
use crate::domain::call::Call;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::restored::{Lost, LostPeriod};
use crate::repository::{lost_period, transaction as transactions};

use super::order::{Order, Stored, other_is_under_way};

impl Gateway {
    /// An order that its network knows from a lost period, stored once more; `None` where it is new, or nothing was lost.
    /// `call` is the first call that the order would make.
    ///
    /// # Errors
    /// -32365 `restored` while the network does not tell for certain.
    pub(super) async fn find_lost_order(
        &self,
        caller: &Caller,
        order: &Order<'_>,
        call: &Call,
    ) -> Result<Option<Stored>, Error> {
        let Some(ext_id) = &order.claim.id().ext_id else {
            return Ok(None);
        };
        let open = lost_period::open(&*self.database).await?;
        let since = open.iter().map(|period| period.since).min();
        let until = open.iter().map(|period| period.until).max();
        let (Some(since), Some(until)) = (since, until) else {
            return Ok(None);
        };
        let network = from_stored(order.card.network);
        let across = order
            .transfer
            .as_ref()
            .filter(|side| side.row.to_network != order.card.network);
        let lost = self
            .payments
            .find_lost(
                network,
                call,
                across.map(|side| (side.pan, order.amount)),
                &order.card.pan_hash,
                LostPeriod { since, until },
            )
            .await?;
        let (network, shown) = (network.name(), ext_id.as_str());
        match lost {
            Lost::Nothing => Ok(None),
            Lost::Unclear(cause) => {
                tracing::error!(
                    network,
                    ext_id = shown,
                    cause,
                    "an order may have been made in a lost period, and its network does not tell: it is not begun. See \
                     `aloqa-gateway restored`"
                );
                let mut failure = Failure::new(ErrorCode::InProcess).because(Reason::Restored);
                failure.data.ext_id = Some(shown.to_owned());
                Err(failure.into())
            }
            Lost::Found(found) => {
                tracing::warn!(
                    network,
                    ext_id = shown,
                    "an order was made in a lost period; its rows are written again"
                );
                let tx = self.database.write().await?;
                let stored = self.insert_order(&*tx, caller, order, None).await;
                let stored = stored.map_err(other_is_under_way)?;
                let id = stored.id;
                order.claim.stores(id);
                let pan_hash = order.card.pan_hash.clone();
                self.payments
                    .adopt(&caller.gate, tx, stored, call.clone(), pan_hash, *found)
                    .await?;
                let now = transactions::get(&*self.database, id).await?;
                let now = now.ok_or_else(|| {
                    Error::Corrupt(format!("transaction {id} was written and is not there"))
                })?;
                Ok(Some(Stored::Found(now)))
            }
        }
    }
}
