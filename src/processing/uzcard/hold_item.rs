//! A hold of a card, as SVGate lists it.

use entity::time::UnixMillis;

/// A hold of a card, as SVGate lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HoldItem {
    pub(super) id: String,
    pub(super) ref_num: String,
    /// Tiyin; `None` where it is missing or unreadable.
    pub(super) amount: Option<i64>,
    /// When it was made, UNIX milliseconds; `None` where it is written in a way that is not understood.
    pub(super) created_at: Option<UnixMillis>,
    /// How long it lasts, as SVGate writes it.
    pub(super) lifetime: String,
    pub(super) state: HoldState,
    /// The user of SVGate that made it.
    pub(super) user_name: String,
}

/// What has become of a hold, by `uzcard.hold_statuses`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HoldState {
    Active,
    Captured,
    Dismissed,
    Expired,
    /// A status that is not named there.
    Other,
}

impl HoldState {
    /// Whether nothing is held any more.
    pub(super) fn has_ended(self) -> bool {
        match self {
            Self::Captured | Self::Dismissed | Self::Expired => true,
            Self::Active | Self::Other => false,
        }
    }
}
