//! The migrations of the database schema. They are the same on SQLite and PostgreSQL.

#![expect(
    elided_lifetimes_in_paths,
    reason = "async_trait and `SchemaManager` only agree on the elided form"
)]

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_000001_partners;
mod m20261121_000002_cards;
mod m20261121_000003_transactions;
mod m20261121_000004_transfers;
mod m20261121_000005_history;
mod m20261121_000006_recovery;
mod m20261122_000007_contradictions;
mod m20261126_000008_open_replies;
mod m20261126_000009_ext_id_claims;
mod m20261126_000010_lost_periods;
mod m20261126_000011_receipts;
mod m20261126_000012_refused_receipts;
mod m20261126_000013_card_currency;
mod m20261126_000014_reversals;
mod m20261126_000015_lists;
mod m20261126_000015_removed_cards;
mod m20261126_000016_webhooks;
mod m20261126_000017_reversal_ids;
mod m20261127_000010_callers;
mod m20261127_000011_limits;
mod m20261127_000012_certificates;
mod m20261127_000020_profile;
mod m20261127_000040_key_use;
mod m20261127_000050_audit_chains;
mod m20261127_000060_operators;
mod m20261127_000070_comparisons;
mod m20261128_000010_accounts;
mod m20261128_000014_former_card_tokens;
mod m20261128_000030_reconciliations;
mod m20261128_000080_known_cards;
mod m20261128_000090_receipt_numbers;
mod m20261128_000100_senders;
mod m20261128_000110_legs;
mod m20261128_000120_partial_reconciliations;
mod m20261128_000130_receipt_refusals;
mod m20261128_000140_settled_receipts;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_partners::Migration),
            Box::new(m20261121_000002_cards::Migration),
            Box::new(m20261121_000003_transactions::Migration),
            Box::new(m20261121_000004_transfers::Migration),
            Box::new(m20261121_000005_history::Migration),
            Box::new(m20261121_000006_recovery::Migration),
            Box::new(m20261122_000007_contradictions::Migration),
            Box::new(m20261126_000008_open_replies::Migration),
            Box::new(m20261126_000009_ext_id_claims::Migration),
            Box::new(m20261126_000010_lost_periods::Migration),
            Box::new(m20261126_000011_receipts::Migration),
            Box::new(m20261126_000012_refused_receipts::Migration),
            Box::new(m20261126_000013_card_currency::Migration),
            Box::new(m20261126_000014_reversals::Migration),
            Box::new(m20261126_000015_removed_cards::Migration),
            Box::new(m20261126_000015_lists::Migration),
            Box::new(m20261126_000016_webhooks::Migration),
            Box::new(m20261126_000017_reversal_ids::Migration),
            Box::new(m20261127_000010_callers::Migration),
            Box::new(m20261127_000011_limits::Migration),
            Box::new(m20261127_000012_certificates::Migration),
            Box::new(m20261127_000020_profile::Migration),
            Box::new(m20261127_000040_key_use::Migration),
            Box::new(m20261127_000050_audit_chains::Migration),
            Box::new(m20261127_000060_operators::Migration),
            Box::new(m20261127_000070_comparisons::Migration),
            Box::new(m20261128_000010_accounts::OF_PARTNERS),
            Box::new(m20261128_000010_accounts::OF_CARDS),
            Box::new(m20261128_000010_accounts::OF_TRANSACTIONS),
            Box::new(m20261128_000010_accounts::OF_TRANSFERS),
            Box::new(m20261128_000014_former_card_tokens::Migration),
            Box::new(m20261128_000030_reconciliations::Migration),
            Box::new(m20261128_000080_known_cards::Migration),
            Box::new(m20261128_000090_receipt_numbers::Migration),
            Box::new(m20261128_000100_senders::Migration),
            Box::new(m20261128_000110_legs::Migration),
            Box::new(m20261128_000120_partial_reconciliations::Migration),
            Box::new(m20261128_000130_receipt_refusals::Migration),
            Box::new(m20261128_000140_settled_receipts::Migration),
        ]
    }
}
