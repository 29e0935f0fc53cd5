//! The schema can be built, taken down and built again, and has every column that the entities name.

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection, EntityTrait as _, QuerySelect as _,
};

use test_support::*;

async fn up_down_up(url: String) {
    let database = Database::connect(url).await.unwrap();
    Migrator::up(&database, None).await.unwrap();
    read_every_table(&database).await;
    Migrator::down(&database, None).await.unwrap();
    let gone = database.execute_unprepared("SELECT 1 FROM partner").await;
    assert!(gone.is_err(), "a table outlived the way down");
    Migrator::up(&database, None).await.unwrap();
    read_every_table(&database).await;
    as_before_the_steps_were_divided(&database).await;
    Migrator::up(&database, None).await.unwrap();
    read_every_table(&database).await;
    database.close().await.unwrap();
}

/// A build of before had all of these in the steps that come first.
async fn as_before_the_steps_were_divided(database: &DatabaseConnection) {
    let forgotten = database
        .execute_unprepared(
            "DELETE FROM seaql_migrations WHERE version IN ('m20261126_000017_reversal_ids', \
             'm20261128_000011_accounts_of_cards', 'm20261128_000012_accounts_of_transactions', \
             'm20261128_000013_accounts_of_transfers', 'm20261128_000014_former_card_tokens')",
        )
        .await
        .unwrap();
    assert_eq!(forgotten.rows_affected(), 5);
}

/// Reading a row names all columns of its entity.
async fn read_every_table(database: &DatabaseConnection) {
    macro_rules! read {
        ($($table:ident),*) => {
            $(entity::$table::Entity::find().limit(1).one(database).await.unwrap();)*
        };
    }
    read!(
        attachment,
        audit,
        audit_chain,
        banned,
        caller_version,
        card,
        comparison,
        database_profile,
        ext_id_claim,
        former_card_token,
        gateway_process,
        card_spending,
        ext_id_claim,
        login_failure,
        lost_period,
        operator,
        operator_session,
        partner,
        partner_terminal,
        partner_webhook,
        processing_request,
        receipt_number,
        reconciliation,
        reversal,
        sms_count,
        throttle,
        transaction,
        transaction_event,
        transfer,
        vault_key,
        vault_key_use,
        webhook_event,
        webhook_try
    );
}

#[tokio::test]
async fn up_down_and_up_again_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    up_down_up(format!(
        "sqlite:{}/schema.sqlite?mode=rwc",
        directory.path().display()
    ))
    .await;
}

#[tokio::test]
async fn up_down_and_up_again_on_postgres() {
    if let Some(url) = postgres::empty_database().await {
        up_down_up(url).await;
    }
}
