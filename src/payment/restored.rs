//! Was an order made in a period that a restored database has lost? Its network knows.
//!
//! The first call of an order with an `extId`, and the credit that follows it, have references that follow from that
//! `extId` ([`Payments::first_reference`]). So an order that this database does not know can be looked up before it is
//! taken for a new one. If it is there, its rows are written once more, and settled as by any look-up.

use std::sync::Arc;

use entity::time::UnixMillis;
use rpc_schema::values::{Amount, Network, Pan};

use crate::caller::SendGate;
use crate::database::WriteTransaction;
use crate::domain::account;
use crate::domain::call::{
    Call, CallResult, Credit, CreditSender, Debit, Doubt, LookupReply, Receipt, Traces,
};
use crate::error::Error;
use crate::repository::card as cards;

use super::Payments;
use super::intent::PendingCall;
use super::resolution::Resolution;

/// How much a network's clock may be ahead of ours or behind it, milliseconds.
const CLOCK_SKEW_MS: i64 = 120_000;

/// A period whose rows were lost, UNIX milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LostPeriod {
    pub(crate) since: UnixMillis,
    pub(crate) until: UnixMillis,
}

/// What the networks know of an order.
#[derive(Debug)]
pub(crate) enum Lost {
    /// Nothing, and nothing of it can arrive any more.
    Nothing,
    /// They do not tell for certain. The text says why.
    Unclear(String),
    /// They know it.
    Found(Box<Found>),
}

/// What the networks know of an order that was made.
#[derive(Debug)]
pub(crate) struct Found {
    /// The account under which it was made.
    pub(crate) account: String,
    /// About its first call.
    first: LookupReply,
    /// The credit that followed, where it was carried out, and the account under which it was.
    credit: Option<(String, Receipt)>,
}

impl Found {
    /// The account of the credit that followed, where one was carried out.
    pub(crate) fn credited_under(&self) -> Option<&str> {
        self.credit.as_ref().map(|(account, _)| account.as_str())
    }
}

impl Payments {
    /// Asks the networks about an order by the references that it would get. `accounts` are those at the payer's network under
    /// which it may have been made; `recipient` is that of a transfer in two legs, with what it gets, tiyin, and the
    /// accounts at its network.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn find_lost(
        &self,
        (sender, accounts): (Network, &[String]),
        call: &Call,
        recipient: Option<(&Pan, i64, &[String])>,
        pan_hash: &[u8],
        period: LostPeriod,
    ) -> Result<Lost, Error> {
        // Before the networks are asked: a call may arrive between an answer and the moment from which on none can.
        let now = self.clock.now();
        let (account, first) = match (sender, call) {
            (Network::Uzcard, Call::Hold(debit)) => {
                let claimed_holds = self.claimed_holds(pan_hash).await?;
                let to = self.final_at(sender, period.until) + CLOCK_SKEW_MS;
                let traces = Traces {
                    window: (period.since - CLOCK_SKEW_MS, to),
                    claimed_holds,
                };
                self.find_hold_in(accounts, debit, pan_hash, &traces)
                    .await?
            }
            (Network::Uzcard | Network::Humo, ..) => {
                let traces = Traces {
                    window: (period.since, period.until),
                    claimed_holds: Vec::new(),
                };
                self.look_up_in(sender, accounts, call, &traces).await
            }
        };
        let is_final = |network| self.final_at(network, period.until) <= now;
        let debit = match &first {
            LookupReply::NotFound if is_final(sender) => return Ok(Lost::Nothing),
            LookupReply::NotFound => {
                return Ok(Lost::Unclear("it may still arrive".to_owned()));
            }
            LookupReply::Unclear(doubt) => return Ok(Lost::Unclear(doubt.cause.clone())),
            LookupReply::Executed(debit) => Some(debit),
            LookupReply::Blocked(_) | LookupReply::NotExecuted(_) | LookupReply::Overtaken(_) => {
                None
            }
        };
        let (Some(debit), Some(recipient)) = (debit, recipient) else {
            return Ok(Lost::Found(Box::new(Found {
                account: account.to_owned(),
                first,
                credit: None,
            })));
        };
        let (pan, amount, accounts) = recipient;
        let to = match sender {
            Network::Uzcard => Network::Humo,
            Network::Humo => Network::Uzcard,
        };
        let Some(credit) = self.lost_credit(to, call, debit, (pan, amount)) else {
            return Ok(Lost::Unclear("it is no debit with a credit".to_owned()));
        };
        let traces = Traces {
            window: (period.since, period.until),
            claimed_holds: Vec::new(),
        };
        let (credited_under, reply) = self.look_up_in(to, accounts, &credit, &traces).await;
        let credit = match reply {
            LookupReply::Executed(receipt) => Some((credited_under.to_owned(), receipt)),
            LookupReply::NotExecuted(_) => None,
            LookupReply::NotFound if is_final(to) => None,
            LookupReply::NotFound => {
                return Ok(Lost::Unclear("its credit may still arrive".to_owned()));
            }
            LookupReply::Blocked(_) | LookupReply::Overtaken(_) => {
                return Ok(Lost::Unclear(
                    "its credit has not come to its end".to_owned(),
                ));
            }
            LookupReply::Unclear(doubt) => {
                let cause = doubt.cause;
                return Ok(Lost::Unclear(format!("its credit: {cause}")));
            }
        };
        Ok(Lost::Found(Box::new(Found {
            account: account.to_owned(),
            first,
            credit,
        })))
    }

    /// Looks a call up under each of these accounts, until one knows it. Which one that is. Its reference is its own: what one
    /// account knows, no other has.
    async fn look_up_in<'a>(
        &self,
        network: Network,
        accounts: &'a [String],
        call: &Call,
        traces: &Traces,
    ) -> (&'a str, LookupReply) {
        let mut untold = None;
        let mut under = account::DEFAULT;
        for name in accounts {
            under = name;
            let reply = self.look_up((network, name), call, traces).await;
            match reply {
                LookupReply::NotFound => {}
                LookupReply::Unclear(_) => {
                    untold.get_or_insert((under, reply));
                }
                LookupReply::Executed(_)
                | LookupReply::Blocked(_)
                | LookupReply::NotExecuted(_)
                | LookupReply::Overtaken(_) => return (under, reply),
            }
        }
        untold.unwrap_or((under, LookupReply::NotFound))
    }

    /// Looks a hold of UZCARD up among those of its card under each of these accounts, the first of which is that of its token.
    /// Which one knows it. It has no reference of ours, so a hold that fits under one proves nothing while another has one, too,
    /// or does not tell. Under one whose token of the card this database does not have, nobody can tell.
    async fn find_hold_in<'a>(
        &self,
        accounts: &'a [String],
        debit: &Debit,
        pan_hash: &[u8],
        traces: &Traces,
    ) -> Result<(&'a str, LookupReply), Error> {
        let mut known: Option<(&str, LookupReply)> = None;
        for (place, name) in accounts.iter().enumerate() {
            let token = match place {
                0 => debit.card.network_token.clone(),
                _ => cards::network_token(&*self.database, pan_hash, name).await?,
            };
            let reply = if token.is_none() {
                LookupReply::Unclear(Doubt::new(format!(
                    "the card's holds under account {name} cannot be asked for, as its token there is not known"
                )))
            } else {
                let mut debit = debit.clone();
                debit.card.network_token = token;
                self.look_up((Network::Uzcard, name), &Call::Hold(debit), traces)
                    .await
            };
            if reply == LookupReply::NotFound {
                continue;
            }
            if let Some((other, _)) = known {
                let cause = format!("it may be a hold under account {other}, or one under {name}");
                return Ok((name, LookupReply::Unclear(Doubt::new(cause))));
            }
            known = Some((name, reply));
        }
        Ok(known.unwrap_or((account::DEFAULT, LookupReply::NotFound)))
    }

    /// The credit that would have followed this debit, to be looked up. Neither network is told anything of it.
    fn lost_credit(
        &self,
        to: Network,
        call: &Call,
        receipt: &Receipt,
        (recipient, amount): (&Pan, i64),
    ) -> Option<Call> {
        let Call::Pay(debit) = call else {
            return None;
        };
        Some(Call::Credit(Credit {
            recipient: recipient.clone(),
            // The recipient's is not at hand, and not told: a look-up goes by the reference.
            expiry: debit.card.expiry,
            amount: Amount::new(amount)?,
            terminal: (self.rules.transfers)
                .credit_terminal(to, account::DEFAULT)
                .clone(),
            reference: self.credit_reference(&receipt.reference),
            // A look-up names neither.
            account: account::DEFAULT.to_owned(),
            sender: CreditSender {
                card: debit.card.pan.clone(),
                debit_reference: String::new(),
                person: None,
            },
        }))
    }

    /// Settles the first call of an order that was found by what the networks have told, and writes those that followed. The
    /// order's own rows, and that of its first call, are in `tx`.
    ///
    /// # Errors
    /// It cannot be recorded. If its rows are there, recovery settles them.
    pub(crate) async fn adopt(
        self: &Arc<Self>,
        gate: &SendGate,
        tx: WriteTransaction,
        pending: PendingCall,
        found: Found,
    ) -> Result<(), Error> {
        let network = pending.network();
        let (LookupReply::Executed(debit), Some((_, credit))) = (&found.first, &found.credit)
        else {
            self.commit_intent(tx, &pending).await?;
            let result = CallResult::of_lookup(network, &pending.call, found.first, None, false);
            let resolution = Resolution::by_lookup(result, false, None);
            return self.conclude(gate, pending, resolution).await;
        };
        // In one commit: a debit that stands alone would be given back.
        let next = self.intend_credit(&tx, &pending, debit).await?;
        let next = next.ok_or_else(|| {
            let id = pending.id;
            Error::Corrupt(format!(
                "processing_request {id} was written and is settled"
            ))
        })?;
        self.commit_intent(tx, &next).await?;
        let result = CallResult::Approved(credit.clone());
        let resolution = Resolution::by_lookup(result, false, None);
        self.conclude(gate, next, resolution).await
    }
}
