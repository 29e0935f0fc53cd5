//! The proof: is money lost, doubled or wrongly reported when the gateway is killed at any moment while its networks
//! misbehave (docs/testing.md#the-proof)?
//!
//! # Which file answers what
//!
//! | Question | File |
//! |---|---|
//! | How does a run go, how long is it, and how is it repeated? | `crash_loop` |
//! | How are the gateway and the networks run as processes, killed and frozen? | `gateway` |
//! | What do clients do meanwhile, and how do they call? | `load`, `client` |
//! | How do calls to the networks go wrong? | `test_support::proxy` |
//! | What was told (J), stored (G), executed (P)? | `journal`, `records` |
//! | Which alarms were raised, and what does `compare` say afterwards? | `alarms`, `comparison` |
//! | Do the three agree? | `checker` |
//! | Does the checker find what is wrong? | `checker_tests` (records from `builder`) |
//! | What if an older copy of the database is restored? | `restored` |
//! | Who settles what only a network's books tell, and who is mistaken? | `operator` |
//! | When do networks stand still, and when do people meddle? | `trouble` |
//! | Who reverses and charges what is ours beside the gateway? | `others` |
//! | Did the run see enough, and what did it come to? | `activity`, `report` |

#[cfg(test)]
mod activity;
#[cfg(test)]
mod alarms;
#[cfg(test)]
mod builder;
#[cfg(test)]
mod checker;
#[cfg(test)]
mod checker_tests;
#[cfg(test)]
mod client;
#[cfg(test)]
mod comparison;
#[cfg(test)]
mod crash_loop;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod load;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod others;
#[cfg(test)]
mod records;
#[cfg(test)]
mod report;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod trouble;
