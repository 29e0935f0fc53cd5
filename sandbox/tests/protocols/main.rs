//! The simulated networks from outside: raw HTTP against a server on a port of its own.
//!
//! # Which file answers what
//!
//! | Question | File |
//! |---|---|
//! | What do the networks answer to payments and holds? | `uzcard`, `humo` |
//! | What do they answer to transfers? | `uzcard_transfers`, `humo_transfers` |
//! | How are cards attached? | `attach` |
//! | How do contours differ? | `contours` |
//! | What do they tell of a card's history? | `history`, `history_fill` |
//! | How are calls made to fail? | `faults` |
//! | What can a test ask and change beside the protocols? | `control`, `totals` |
//! | What do the networks' own books say? | `report` |
//! | How are fees registered? | `fiscal` |

#[cfg(test)]
mod attach;
#[cfg(test)]
mod contours;
#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fiscal;
#[cfg(test)]
mod history;
#[cfg(test)]
mod history_fill;
#[cfg(test)]
mod humo;
#[cfg(test)]
mod humo_transfers;
#[cfg(test)]
mod report;
#[cfg(test)]
mod support;
#[cfg(test)]
mod support_history;
#[cfg(test)]
mod totals;
#[cfg(test)]
mod uzcard;
#[cfg(test)]
mod uzcard_transfers;
