//! The indexes by which a partner's transactions and cards are listed, that by which cards are found by number alone, as a
//! recipient's card may be attached by any partner, and a card's number that is unique only among the cards that its partner
//! has not removed.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Name and what follows it. A page of a list is one walk along its index, backwards.
const INDEXES: [(&str, &str); 4] = [
    (
        "transaction_list",
        "ON \"transaction\" (partner_id, created_at, id)",
    ),
    (
        "transaction_list_of_card",
        "ON \"transaction\" (card_id, created_at, id)",
    ),
    (
        "card_list",
        "ON card (partner_id, created_at, id) WHERE removed_at IS NULL",
    ),
    ("card_by_number", "ON card (pan_hash)"),
];

/// What replaces [`FORMER`].
const ATTACHED: (&str, &str) = (
    "card_attached",
    "ON card (partner_id, pan_hash) WHERE removed_at IS NULL",
);
const FORMER: &str = "card_of_partner";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL builds an index beside payments that go on only outside a transaction. After a kill the next run begins
    /// anew: it drops what may not be valid, and never the only index that keeps a number unique.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            build(manager, "INDEX", index).await?;
        }
        if manager.has_index("card", FORMER).await? {
            build(manager, "UNIQUE INDEX", ATTACHED).await?;
            drop_index(manager, FORMER).await?;
        }
        Ok(())
    }

    /// Before, a number was unique among all cards of a partner: that of a removed card gives way.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let other_hash = if manager.get_database_backend() == DbBackend::Postgres {
            "decode(md5(id::text) || md5('removed' || id::text), 'hex')"
        } else {
            "randomblob(32)"
        };
        let give_way =
            format!("UPDATE card SET pan_hash = {other_hash} WHERE removed_at IS NOT NULL");
        manager
            .get_connection()
            .execute_unprepared(&give_way)
            .await?;
        build(
            manager,
            "UNIQUE INDEX",
            (FORMER, "ON card (partner_id, pan_hash)"),
        )
        .await?;
        drop_index(manager, ATTACHED.0).await?;
        for (name, _) in INDEXES {
            drop_index(manager, name).await?;
        }
        Ok(())
    }
}

async fn build(manager: &SchemaManager<'_>, kind: &str, index: (&str, &str)) -> Result<(), DbErr> {
    let (name, on) = index;
    drop_index(manager, name).await?;
    let how = concurrently(manager);
    let create = format!("CREATE {kind} {how}{name} {on}");
    manager.get_connection().execute_unprepared(&create).await?;
    Ok(())
}

async fn drop_index(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    let how = concurrently(manager);
    let drop = format!("DROP INDEX {how}IF EXISTS {name}");
    manager.get_connection().execute_unprepared(&drop).await?;
    Ok(())
}

fn concurrently(manager: &SchemaManager<'_>) -> &'static str {
    if manager.get_database_backend() == DbBackend::Postgres {
        "CONCURRENTLY "
    } else {
        ""
    }
}
