//! Where the log of this process stands.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize};

use uuid::Uuid;

/// Where the chain of this process stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The last row that lasts.
    pub(super) seq: AtomicI64,
    /// The last row that names where chains end, and the beginning of its hash.
    pub(super) anchor: AtomicI64,
    pub(super) anchor_hash: AtomicU64,
    /// How often the database had to be tried again.
    pub(super) failures: AtomicU64,
    /// Rows that were handed over and do not last yet.
    pub(super) waiting: AtomicUsize,
}

/// The figures of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub chain: Uuid,
    /// The number of the last row of the chain.
    pub seq: i64,
    /// Rows that wait to be written.
    pub waiting: usize,
    /// Places of the queue that are taken, by rows that wait and for rows to come.
    pub places_taken: usize,
    /// The number of the last anchor, and the first 12 hexadecimal digits of its hash as a number.
    pub anchor: (i64, u64),
    /// How often the database had to be tried again.
    pub failures: u64,
}
