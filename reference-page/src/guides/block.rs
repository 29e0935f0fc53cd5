//! What is a guide made of?

use crate::samples::Language;
use crate::text::Text;

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
