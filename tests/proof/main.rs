//! The proof: whether money is lost, doubled or wrongly reported when the gateway is killed at any moment while its
//! networks misbehave (reliability reference, T0 and T3).
//!
//! `crash_loop` runs the program as a process, `gateway`, under `load`, behind a `proxy` that lets the networks' calls go
//! wrong; the `checker` compares the three `records`: what clients were told, what the gateway stored, what the networks
//! executed. `checker_tests` plant violations for it to find, and `activity` says how much a run must have seen.

#[cfg(test)]
mod activity;
#[cfg(test)]
mod builder;
#[cfg(test)]
mod checker;
#[cfg(test)]
mod checker_tests;
#[cfg(test)]
mod client;
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
mod records;
#[cfg(test)]
mod report;
