//! The architecture, held to what `docs/architecture.md` says of it. The sources are parsed, not compiled, so that a
//! violation is named with its file and line.
//!
//! | file | which question it answers |
//! |---|---|
//! | `circles` | Do files import or call each other in a circle? |
//! | `layers` | Which room may import which? |
//! | `networks` | Is there a way to a call that moves money, around `src/payment/`? |
//! | `citations` | Does every link to a document lead to a heading? |
//! | `lengths` | Is a file too long to be read at once? |
//! | `shown_by` | Does every test exist that `SECURITY.md` names? |
//! | `wording` | Has a log key one meaning? Is debug output stored as data? |
//! | `report` | How do the figures stand? |
//!
//! These read the sources for them: `sources` (the files), `parse` and `tokens` (one file), `facts` (what it says),
//! `modules` (what a path means), `graph` (who depends on whom).
//!
//! Figures: `cargo test --test architecture -- report --nocapture`; of another tree, with `ALOQA_ARCHITECTURE_ROOT` set to
//! its root. Each check also has a test that plants an offender and expects it to be found.

#[cfg(test)]
mod circles;
#[cfg(test)]
mod citations;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod lengths;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod networks;
#[cfg(test)]
mod parse;
#[cfg(test)]
mod report;
#[cfg(test)]
mod shown_by;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod wording;
