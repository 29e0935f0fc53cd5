//! The gateway through its front door, on SQLite and on PostgreSQL. How to write a test: `support/mod.rs`.

#[cfg(test)]
mod attach;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod background;
#[cfg(test)]
mod bulkhead;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod comparison;
#[cfg(test)]
mod conservation;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod debits;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod false_replies;
#[cfg(test)]
mod holds;
#[cfg(test)]
mod http;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod params;
#[cfg(test)]
mod races;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod several;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod transactions_get;
#[cfg(test)]
mod transfer_outcomes;
#[cfg(test)]
mod transfer_refusals;
#[cfg(test)]
mod transfers;
