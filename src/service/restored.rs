//! Orders whose `extId` is new to this database, but may not be new to their network: the database is an older copy
//! (docs/operations.md#restoring-an-older-copy).

use entity::card;
use entity::transaction;
use entity::transfer::Legs;
use rpc_schema::values::{CardToken, ExtId, Network};

use crate::caller::Caller;
use crate::domain::call::{Call, CardAccess, Reference};
use crate::domain::network::{from_stored, to_stored};
use crate::domain::tariff::Direction;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::restored::{Found, Lost, LostPeriod};
use crate::repository::{accounts_then, card as cards, transaction as transactions};

use super::claim::Claim;
use super::lost_period::not_begun;
use super::order::{Order, Stored, other_is_under_way};

/// The first call that an order would make.
#[derive(Debug, Clone, Copy)]
pub(super) enum FirstCall {
    Pay,
    Hold,
    Transfer(Direction),
}

impl Gateway {
    /// The period in which an order of this `extId` may have been made, and its partner's card with this token, also if it was
    /// removed since. `None`: nothing was lost, or the order cannot be recognised, or its networks do not know it.
    ///
    /// # Errors
    /// -32365 `restored`: the card is not known here, and a network may know the order.
    pub(super) async fn card_then(
        &self,
        caller: &Caller,
        token: &CardToken,
        claim: &Claim<'_>,
        first: FirstCall,
    ) -> Result<Option<(LostPeriod, card::Model, CardAccess)>, Error> {
        let Some(ext_id) = &claim.id().ext_id else {
            return Ok(None);
        };
        let Some(period) = self.lost_period().await? else {
            return Ok(None);
        };
        let Some(token) = token.uuid() else {
            return Ok(None);
        };
        let found = cards::find_ordered_with(&*self.database, caller.partner.id, token).await?;
        let Some(row) = found else {
            // Boxed: it is seldom needed.
            let asked = Box::pin(self.ask_without_card(caller, ext_id, first, period));
            asked.await?;
            return Ok(None);
        };
        if row.removed_at.is_some_and(|at| at < period.since) {
            return Ok(None);
        }
        let access = self.payments.open_card(&row)?;
        Ok(Some((period, row, access)))
    }

    /// A card that this database does not know may have been attached in the period, and the order made with it. Without the card
    /// it cannot be written again, and as long as a network may know it, it is not told as refused either.
    async fn ask_without_card(
        &self,
        caller: &Caller,
        ext_id: &ExtId,
        first: FirstCall,
        period: LostPeriod,
    ) -> Result<(), Error> {
        let (payments, partner) = (&self.payments, &caller.partner);
        let named = Some(ext_id.as_str());
        let (payer, references) = match first {
            FirstCall::Pay | FirstCall::Hold => {
                (None, vec![payments.first_reference(partner.id, named)?])
            }
            FirstCall::Transfer(direction) => {
                let of = |legs| payments.transfer_reference(direction, legs, partner.id, named);
                (Some(direction.from), vec![of(Legs::Two)?, of(Legs::One)?])
            }
        };
        let mut asked: Vec<(Network, Reference)> = Vec::new();
        for network in self.networks.configured() {
            if payer.is_none_or(|payer| payer == network) {
                let named = references.iter().cloned();
                asked.extend(named.map(|reference| (network, reference)));
            }
        }
        for (network, reference) in asked {
            let now = (network, partner.account(network));
            for account in self.accounts_then(caller, now, None, period).await? {
                let cause = match (first, network) {
                    (FirstCall::Hold, Network::Uzcard) => {
                        Some("SVGate finds a hold by its card alone".to_owned())
                    }
                    (FirstCall::Hold, Network::Humo)
                    | (FirstCall::Pay | FirstCall::Transfer(_), Network::Uzcard | Network::Humo) => {
                        self.trace_of((network, &account), &reference, period).await
                    }
                };
                if let Some(cause) = cause {
                    let cause = format!(
                        "its card is not known here, attach it anew and repeat the order with the new token: {cause}"
                    );
                    return Err(unclear(network.name(), ext_id.as_str(), &cause));
                }
            }
        }
        Ok(())
    }

    /// All that was left may have been a part: what was given back before it is not in the copy.
    ///
    /// # Errors
    /// -32365 `restored` while a part of this `extId` may have been given back.
    pub(super) async fn check_no_part(
        &self,
        ext_id: &ExtId,
        transaction: &transaction::Model,
        period: LostPeriod,
    ) -> Result<(), Error> {
        let named = Some(ext_id.as_str());
        let reference = self
            .payments
            .part_reference(transaction.partner_id, named)?;
        let network = from_stored(transaction.network);
        let at = (network, transaction.account.as_str());
        match self.trace_of(at, &reference, period).await {
            Some(cause) => {
                let cause = format!(
                    "it may have given back a part, after other reversals, which are to be repeated first: {cause}"
                );
                Err(unclear(network.name(), ext_id.as_str(), &cause))
            }
            None => Ok(()),
        }
    }

    /// Looks for an order by the first call that it would make, and by the one that it may have made under other settings.
    pub(super) async fn find_lost_order(
        &self,
        caller: &Caller,
        order: &mut Order<'_>,
        calls: [Option<Call>; 2],
        period: LostPeriod,
    ) -> Result<Option<Stored>, Error> {
        let Some(ext_id) = &order.claim.id().ext_id else {
            return Ok(None);
        };
        for call in calls.iter().flatten() {
            // Boxed: it is seldom needed, and is the largest part of an order.
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
        let card = Some(order.card);
        let accounts = self
            .accounts_then(caller, (network, &order.account), card, period)
            .await?;
        // Only a debit was followed by a credit.
        let legs = if matches!(call, Call::P2p(_)) {
            Legs::One
        } else {
            Legs::Two
        };
        let credited = order.transfer.as_ref().filter(|_| legs == Legs::Two);
        let credited = match credited {
            Some(side) => {
                let to = (from_stored(side.row.to_network), side.row.account.as_str());
                let accounts = self.accounts_then(caller, to, None, period).await?;
                Some((side.pan, order.amount, accounts))
            }
            None => None,
        };
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
                    let (network, account) = (from_stored(order.card.network), &found.account);
                    let terminal = if let Call::P2p(p2p) = call {
                        let cards = [&p2p.sender.pan, &p2p.recipient];
                        transfers.p2p_terminal(network, account, cards)
                    } else {
                        transfers.terminal(network, account)
                    };
                    order.terminal = terminal.clone();
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

    /// The accounts at a network under which an order may have been made then, `now` first: all that are served, and those that
    /// are gone and that this database names. Of one that is gone nobody can tell. `card`: the one that pays.
    async fn accounts_then(
        &self,
        caller: &Caller,
        (network, now): (Network, &str),
        card: Option<&card::Model>,
        period: LostPeriod,
    ) -> Result<Vec<String>, Error> {
        let (db, partner_id) = (&*self.database, caller.partner.id);
        let stored = to_stored(network);
        let mut named =
            accounts_then::accounts_of_partner(db, partner_id, stored, period.since).await?;
        // At HUMO the partner's account counts, not that under which the card was attached.
        if let Some(card) = card.filter(|_| network == Network::Uzcard) {
            let of_card =
                accounts_then::accounts_of_card(db, partner_id, &card.pan_hash, period.since);
            named.extend(of_card.await?);
        }
        let mut accounts = self.payments.accounts_to_ask(network, now);
        for name in named {
            if !accounts.contains(&name) {
                accounts.push(name);
            }
        }
        Ok(accounts)
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
}

fn unclear(network: &str, ext_id: &str, cause: &str) -> Error {
    not_begun(network, Some(ext_id), cause).into()
}
