//! Whose database it is: its profile, its partners, its keys. The questions are plain, so that a database of any version
//! answers them, also before its schema is brought up to date.

use entity::database_profile;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, Statement};

use crate::database::{Connection, FromRow as _, Run as _};

/// The name of the profile that the database was made by.
pub async fn profile(db: &impl Connection) -> Result<Option<String>, DbErr> {
    let question = "SELECT name FROM database_profile";
    let asked = Statement::from_string(db.backend(), question);
    let row = db.fetch_rows(asked).await?.pop();
    row.map(String::from_row).transpose()
}

/// Records the profile, unless one is recorded.
pub async fn record_profile(
    db: &impl Connection,
    row: database_profile::Model,
) -> Result<(), DbErr> {
    let row: database_profile::ActiveModel = row.into();
    let recorded = OnConflict::column(database_profile::Column::Id)
        .do_nothing()
        .to_owned();
    let inserted = database_profile::Entity::insert(row.reset_all()).on_conflict(recorded);
    inserted.run(db).await.map(drop)
}

/// The names of all partners.
pub async fn partner_names(db: &impl Connection) -> Result<Vec<String>, DbErr> {
    let question = "SELECT name FROM partner ORDER BY name";
    let asked = Statement::from_string(db.backend(), question);
    let rows = db.fetch_rows(asked).await?;
    rows.into_iter().map(String::from_row).collect()
}

/// What recognises the secrets of a partner who may call.
pub async fn open_secrets(db: &impl Connection, name: &str) -> Result<Vec<Vec<u8>>, DbErr> {
    let question = "SELECT * FROM partner WHERE name = $1 AND disabled_at IS NULL";
    let backend = db.backend();
    let asked = Statement::from_sql_and_values(backend, question, [name.into()]);
    let Some(mut row) = db.fetch_rows(asked).await?.pop() else {
        return Ok(Vec::new());
    };
    let mut secrets: Vec<Vec<u8>> = vec![row.take("secret_mac")?];
    // Partners of 0.1 have no former one.
    let former = "former_secret_mac";
    if row.has(former) {
        secrets.extend(row.take_option::<Vec<u8>>(former)?);
    }
    Ok(secrets)
}
