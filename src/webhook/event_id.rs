//! The id of an event as partners and operators know it.

use uuid::Uuid;

/// What it begins with. Standard Webhooks forbids a dot in it.
const PREFIX: &str = "evt_";

/// The id of an event on the wire.
pub fn event_id(id: Uuid) -> String {
    format!("{PREFIX}{}", id.simple())
}

/// The id of a row; `None` where the text is no event's.
pub fn parse_event_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.strip_prefix(PREFIX).unwrap_or(text)).ok()
}
