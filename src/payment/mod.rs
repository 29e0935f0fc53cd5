//! All that moves money: intents, calls to the networks, records, look-ups, recovery.
//!
//! A call is written and committed before it is made ([`intent`]), made once, and recorded together with what follows
//! from it ([`record`], [`run`]). What a crash or a lost reply leaves open is looked up ([`recover`]), or settled by an
//! operator ([`resolve`]).
//!
//! [`Payments`] owns the clients that can move money. They are private to it, so a call that moves money cannot be made
//! from anywhere else.

mod advance;
pub mod call_counts;
pub mod deadlines;
pub mod intent;
mod late_answer;
mod late_answers;
pub mod legs;
mod look_up;
mod lost_credit;
pub mod payments;
mod rebuild;
pub mod record;
pub mod recover;
pub mod resolution;
pub mod resolve;
pub mod restored;
mod reversed;
pub mod run;
mod schedule;
pub(crate) mod spending;
pub mod stored;
mod verdict;

pub use late_answers::LateAnswers;
pub(crate) use payments::Networks;
pub use payments::Payments;
