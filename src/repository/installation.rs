//! Whose database it is: its profile, its partners, its keys. The questions are plain, so that a database of any version
//! answers them, also before its schema is brought up to date.

use entity::database_profile;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, Statement};

/// The name of the profile that the database was made by.
pub async fn profile(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let question = "SELECT name FROM database_profile";
    let asked = Statement::from_string(db.get_database_backend(), question);
    let row = db.query_one_raw(asked).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

/// Records the profile, unless one is recorded.
pub async fn record_profile(
    db: &impl ConnectionTrait,
    row: database_profile::Model,
) -> Result<(), DbErr> {
    let row: database_profile::ActiveModel = row.into();
    let recorded = OnConflict::column(database_profile::Column::Id)
        .do_nothing()
        .to_owned();
    let inserted = database_profile::Entity::insert(row.reset_all())
        .on_conflict(recorded)
        .try_insert();
    inserted.exec_without_returning(db).await.map(drop)
}

/// The names of all partners.
pub async fn partner_names(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let question = "SELECT name FROM partner ORDER BY name";
    let asked = Statement::from_string(db.get_database_backend(), question);
    let rows = db.query_all_raw(asked).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// What recognises the secrets of a partner who may call.
pub async fn open_secrets(db: &impl ConnectionTrait, name: &str) -> Result<Vec<Vec<u8>>, DbErr> {
    let question = "SELECT * FROM partner WHERE name = $1 AND disabled_at IS NULL";
    let backend = db.get_database_backend();
    let asked = Statement::from_sql_and_values(backend, question, [name.into()]);
    let Some(row) = db.query_one_raw(asked).await? else {
        return Ok(Vec::new());
    };
    let mut secrets: Vec<Vec<u8>> = vec![row.try_get("", "secret_mac")?];
    // Partners of 0.1 have no former one.
    let former = "former_secret_mac";
    if row.column_names().iter().any(|name| name == former) {
        secrets.extend(row.try_get::<Option<Vec<u8>>>("", former)?);
    }
    Ok(secrets)
}
