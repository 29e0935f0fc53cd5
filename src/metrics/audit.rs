//! The figures of the audit log: where this process's chain ends, for a copy outside the database.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::audit::Figures;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChainLabel {
    chain: String,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct AuditFigures {
    rows: Family<ChainLabel, Gauge>,
    anchor: Family<ChainLabel, Gauge>,
    anchor_hash: Family<ChainLabel, Gauge<u64, AtomicU64>>,
    waiting: Gauge,
    places_taken: Gauge,
    failures: Gauge<u64, AtomicU64>,
}

impl AuditFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "audit_rows",
            "Rows of the audit log that this process has written",
            self.rows.clone(),
        );
        registry.register(
            "audit_anchor_row",
            "The row of the audit log that last named where the chains end",
            self.anchor.clone(),
        );
        registry.register(
            "audit_anchor_hash",
            "The first 12 hexadecimal digits of that row's hash, as a number",
            self.anchor_hash.clone(),
        );
        registry.register(
            "audit_waiting",
            "Rows of the audit log that wait to be written",
            self.waiting.clone(),
        );
        registry.register(
            "audit_places_taken",
            "Places of the audit log's queue (audit.queue_rows) that are taken, also for rows to come",
            self.places_taken.clone(),
        );
        registry.register(
            "audit_write_failures",
            "How often the audit log could not be written and was tried again",
            self.failures.clone(),
        );
    }

    pub(super) fn show(&self, figures: Figures) {
        let label = ChainLabel {
            chain: figures.chain.simple().to_string(),
        };
        let (anchor, hash) = figures.anchor;
        self.rows.get_or_create(&label).set(figures.seq);
        self.anchor.get_or_create(&label).set(anchor);
        self.anchor_hash.get_or_create(&label).set(hash);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.waiting.set(number(figures.waiting));
        self.places_taken.set(number(figures.places_taken));
        self.failures.set(figures.failures);
    }
}
