//! Of which cards and transactions do the examples speak?
//!
//! The test that makes every example at a gateway prepares each of these, so an example may speak of no others.

/// An attached card of UZCARD, with money.
pub const UZCARD_TOKEN: &str = "a1807840-4577-11ee-bec9-ddd6006913ab";
/// An attached card of HUMO, with money.
pub const HUMO_TOKEN: &str = "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11";
/// An attached card of UZCARD, with almost no money.
pub const EMPTY_TOKEN: &str = "c2a5f6de-90c1-4b0e-9d6d-3f1f5b0c7e21";
/// An attached card of UZCARD, of whose next debit the network's reply is lost.
pub const LOST_TOKEN: &str = "e7d1b9a4-2c53-4f86-8a1b-6b9a0d4c8f35";
/// A card that `cards.attach` has begun to attach.
pub const BEGUN_CARD: &str = "87a490f5-831e-4751-86c0-008fc3dfe695";

/// A card that `cards.add` has begun to add.
pub const BEGUN_ADDITION: i64 = 2_557_783;
/// A debit of a HUMO card that awaits its code.
pub const AWAITED_DEBIT: i64 = 2_557_767;
/// A hold that awaits its code.
pub const AWAITED_HOLD: i64 = 2_557_768;
/// A debit that was carried out.
pub const DONE_DEBIT: i64 = 2_557_769;
/// Money on hold on a card of UZCARD.
pub const HELD: i64 = 2_557_770;
/// A hold that was charged.
pub const CHARGED_HOLD: i64 = 2_557_771;
/// A hold that was cancelled.
pub const CANCELLED_HOLD: i64 = 2_557_772;
/// A transfer from HUMO to UZCARD that awaits its code.
pub const AWAITED_TRANSFER: i64 = 2_557_790;
/// A transaction of which the network's reply was lost.
pub const LOST_DEBIT: i64 = 2_557_791;
/// No transaction.
pub const UNKNOWN_TRANSACTION: i64 = 999_999_999;

/// The `extId` of a debit of a HUMO card; in `transactions.get`, of one that was carried out.
pub const EXT_ID: &str = "order-1042";

/// An operation of a HUMO card that `cards.monitoring` has listed.
pub const OPERATION: &str = "64ec7acc25b4c526e83d0720";
/// No operation.
pub const UNKNOWN_OPERATION: &str = "000000000000000000000000";
