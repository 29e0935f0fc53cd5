//! Orders whose `extId` is new to this database, but may not be new to their network: the database is an older copy
//! (docs/operations.md#restoring-an-older-copy).

use entity::transfer::Legs;
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::{ExtId, Network};

use crate::caller::Caller;
use crate::domain::call::Call;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::restored::{Found, Lost, LostPeriod};
use crate::repository::{card as cards, lost_period, transaction as transactions};

use super::order::{Order, Stored, other_is_under_way};

impl Gateway {
    /// An order that its network knows from a lost period, stored once more; `None` where it is new, or nothing was lost.
    /// `call` is the first call that the order would make, `other` the one that it may have made under other settings.
    ///
    /// # Errors
    /// -32365 `restored` while the network does not tell for certain.
    pub(super) async fn find_lost_order(
        &self,
        caller: &Caller,
        order: &mut Order<'_>,
        call: &Call,
        other: Option<&Call>,
    ) -> Result<Option<Stored>, Error> {
        let Some(ext_id) = &order.claim.id().ext_id else {
            return Ok(None);
        };
        let Some(period) = self.lost_period().await? else {
            return Ok(None);
        };
        // Boxed: it is seldom needed, and is the largest part of an order.
        for call in [Some(call), other].into_iter().flatten() {
            let asked = Box::pin(self.ask_for_lost_order(caller, order, call, (ext_id, period)));
            if let Some(found) = asked.await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn ask_for_lost_order(
        &self,
        caller: &Caller,
        order: &mut Order<'_>,
        call: &Call,
        (ext_id, period): (&ExtId, LostPeriod),
    ) -> Result<Option<Stored>, Error> {
        let network = from_stored(order.card.network);
        // Its partner may have had another account then, be it one that is gone: then nobody can tell.
        let mut accounts = self.payments.accounts_to_ask(network, &order.account);
        let former = cards::former_accounts(&*self.database, order.card.id).await?;
        let gone = former.into_iter().filter(|name| !accounts.contains(name));
        accounts.extend(gone.collect::<Vec<_>>());
        // Only a debit was followed by a credit.
        let legs = if matches!(call, Call::P2p(_)) {
            Legs::One
        } else {
            Legs::Two
        };
        let credited = order.transfer.as_ref().filter(|_| legs == Legs::Two);
        let credited = credited.map(|side| {
            let to = from_stored(side.row.to_network);
            let accounts = self.payments.accounts_to_ask(to, &side.row.account);
            (side.pan, order.amount, accounts)
        });
        let credited = credited.as_ref();
        let lost = self
            .payments
            .find_lost(
                (network, &accounts),
                call,
                credited.map(|(pan, amount, accounts)| (*pan, *amount, accounts.as_slice())),
                &order.card.pan_hash,
                period,
            )
            .await?;
        let (network, shown) = (network.name(), ext_id.as_str());
        match lost {
            Lost::Nothing => Ok(None),
            Lost::Unclear(cause) => Err(unclear(network, shown, &cause)),
            Lost::Found(found) => {
                tracing::warn!(
                    network,
                    ext_id = shown,
                    "an order was made in a lost period; its rows are written again"
                );
                order.account.clone_from(&found.account);
                if order.transfer.is_some() {
                    // It ran under that account's terminal, under which it is reversed.
                    let transfers = &self.rules.transfers;
                    order.terminal = transfers
                        .terminal(from_stored(order.card.network), &found.account)
                        .clone();
                }
                if let Some(side) = &mut order.transfer {
                    side.row.legs = Some(legs);
                    if let Some(account) = found.credited_under() {
                        account.clone_into(&mut side.row.account);
                    }
                }
                let tx = self.database.write().await?;
                let stored = async {
                    self.spend_claim(&*tx, caller, order.claim).await?;
                    self.insert_order(&tx, caller, order, None).await
                };
                let stored = stored.await;
                let (tx, (stored, _)) = tx.unless_refused(stored).await?;
                let id = stored.id;
                order.claim.stores(id);
                let pan_hash = order.card.pan_hash.clone();
                let pending = self
                    .payments
                    .intend(&tx, stored, call.clone(), pan_hash, 0)
                    .await?;
                self.payments
                    .adopt(&caller.gate, tx, pending, *found)
                    .await
                    .map_err(other_is_under_way)?;
                let now = transactions::get(&*self.database, id).await?;
                let now = now.ok_or_else(|| {
                    Error::Corrupt(format!("transaction {id} was written and is not there"))
                })?;
                Ok(Some(Stored::Found(now)))
            }
        }
    }

    /// A reversal that its network knows from a lost period; `None` where it is new, or nothing was lost. `call` is the one
    /// that it would make.
    ///
    /// # Errors
    /// -32365 `restored` while the network does not tell for certain.
    pub(super) async fn find_lost_reversal(
        &self,
        ext_id: &ExtId,
        call: &Call,
        period: LostPeriod,
        (network, account): (Network, &str),
    ) -> Result<Option<Box<Found>>, Error> {
        let accounts = [account.to_owned()];
        let to = (network, accounts.as_slice());
        let lost = self.payments.find_lost(to, call, None, &[], period);
        let (network, shown) = (network.name(), ext_id.as_str());
        match lost.await? {
            Lost::Nothing => Ok(None),
            Lost::Unclear(cause) => Err(unclear(network, shown, &cause)),
            Lost::Found(found) => {
                tracing::warn!(
                    network,
                    ext_id = shown,
                    "a reversal was made in a lost period; its rows are written again"
                );
                Ok(Some(found))
            }
        }
    }

    /// From the beginning of the first period that was lost, and is not closed, to the end of the last one.
    pub(super) async fn lost_period(&self) -> Result<Option<LostPeriod>, Error> {
        let open = lost_period::open(&*self.database).await?;
        let since = open.iter().map(|period| period.since).min();
        let until = open.iter().map(|period| period.until).max();
        Ok(since
            .zip(until)
            .map(|(since, until)| LostPeriod { since, until }))
    }
}

fn unclear(network: &str, ext_id: &str, cause: &str) -> Error {
    tracing::error!(
        network,
        ext_id,
        cause,
        "an order may have been made in a lost period, and its network does not tell: it is not begun. See \
         `aloqa-gateway restored`"
    );
    let mut failure = Failure::new(ErrorCode::InProcess).because(Reason::Restored);
    failure.data.ext_id = Some(ext_id.to_owned());
    failure.into()
}
