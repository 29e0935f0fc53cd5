//! The guides: what a reference of methods alone cannot tell.

mod changelog;
mod money;
mod sandbox;
mod webhooks;
mod wire;

use crate::samples::Language;
use crate::text::Text;

pub(crate) use changelog::CHANGELOG;
pub(crate) use money::{PARTIAL, REPEATS, STATUSES};
pub(crate) use sandbox::{FAULTS, OUTCOMES, TEST_CARDS};
pub(crate) use webhooks::WEBHOOKS;
pub(crate) use wire::{BASICS, BATCHES, LANGUAGES, LIMITS, PATHS};

/// A guide: an entry of the navigation.
pub(crate) struct Guide {
    /// Its anchor.
    pub(crate) id: &'static str,
    pub(crate) title: Text,
    pub(crate) blocks: &'static [Block],
}

/// A part of a guide.
pub(crate) enum Block {
    Paragraph(Text),
    /// What a reader must not miss.
    Warning(Text),
    Heading(Text),
    List(&'static [Text]),
    Table {
        head: &'static [Text],
        rows: &'static [&'static [Text]],
    },
    /// The drawing of the statuses.
    StatusDrawing,
    /// JSON, with what it is.
    Json(Text, &'static str),
    /// One program in several languages, with what it is.
    Programs(Text, &'static [(Language, &'static str)]),
}

/// The guides of every profile, in the order of the navigation. Those of the sandbox come beside them.
pub(crate) const GUIDES: [&Guide; 10] = [
    &BASICS, &STATUSES, &REPEATS, &PARTIAL, &BATCHES, &LANGUAGES, &LIMITS, &WEBHOOKS, &PATHS,
    &CHANGELOG,
];
