//! The guides: what a reference of methods alone cannot tell.

mod block;
mod changelog;
mod money;
mod sandbox;
mod webhooks;
mod wire;

pub(crate) use block::{Block, Guide};
pub(crate) use changelog::CHANGELOG;
pub(crate) use money::{LISTS, PARTIAL, REPEATS, STATUSES};
pub(crate) use sandbox::{FAULTS, OUTCOMES, TEST_CARDS};
pub(crate) use webhooks::WEBHOOKS;
pub(crate) use wire::{BASICS, BATCHES, LANGUAGES, LIMITS, PATHS};

/// The guides of every profile, in the order of the navigation. Those of the sandbox come beside them.
pub(crate) const GUIDES: [&Guide; 11] = [
    &BASICS, &STATUSES, &REPEATS, &PARTIAL, &LISTS, &BATCHES, &LANGUAGES, &LIMITS, &WEBHOOKS,
    &PATHS, &CHANGELOG,
];
