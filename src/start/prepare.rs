//! The database and its keys: looked at before anything is written, then brought up to date for whoever serves. A command
//! takes both as they are.

use entity::database_profile;
use sea_orm::DbErr;

use super::files::{keep_private, key_file};
use super::keys::{self, Found};
use super::networks::connect;
use super::profile::{Traces, judge};
use super::rules::certificates;
use super::{StartError, accounts, code_texts, descriptors, prefixes};
use crate::certificate_ends::CertificateEnds;
use crate::config::{Config, Profile};
use crate::database::{Database, OpenError, Schema, is_unverified};
use crate::environment::Environment;
use crate::exchange_counts::ExchangeCounts;
use crate::notices::Notices;
use crate::partners::DEMO;
use crate::repository::installation;
use crate::vault::{Vault, same_mac};

/// What a database is made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    /// An operator can then disable the demo partner of an older database.
    Migrate,
}

/// Makes the database and its keys ready for a gateway: a new database where there is none, an older one brought up to date,
/// keys where the sandbox has none.
///
/// # Errors
/// Something is missing or refused, and then nothing was changed; the message names the setting to change.
pub async fn prepare(
    config: &Config,
    environment: &Environment,
    purpose: Purpose,
) -> Result<(Database, Vault), StartError> {
    let profile = config.profile();
    let keys = before(config)?;
    let database = Database::open_or_create(&config.database).await?;
    inspect(config, &database).await?;
    let vault = match keys.fit(&database).await? {
        Some(vault) => vault,
        None => keys::generate(config, environment.random.as_ref())?,
    };
    match (profile, purpose) {
        (Profile::Production, Purpose::Serve) if demo_is_open(&database, &vault).await? => {
            return Err(StartError::DemoPartner);
        }
        (Profile::Production | Profile::Sandbox, Purpose::Serve | Purpose::Migrate) => {}
    }
    database.migrate().await?;
    record_profile(&database, profile, environment).await?;
    // Again: another gateway may have been faster.
    inspect(config, &database).await?;
    keys::remember(
        &database,
        &vault,
        &key_file(config),
        environment.clock.now(),
    )
    .await?;
    Ok((database, vault))
}

/// The database and its keys as they are, for a command.
///
/// # Errors
/// Something is missing, of another version, or refused; the message names the setting to change.
pub async fn open_prepared(
    config: &Config,
    environment: &Environment,
) -> Result<(Database, Vault), StartError> {
    let keys = before(config)?;
    let database = open_without_keys(config).await?;
    let Some(vault) = keys.fit(&database).await? else {
        let path = key_file(config);
        return Err(StartError::LostKeys { path });
    };
    keys::remember(
        &database,
        &vault,
        &key_file(config),
        environment.clock.now(),
    )
    .await?;
    Ok((database, vault))
}

/// The database and its keys, for a command that only reads.
///
/// # Errors
/// As [`open_prepared`].
pub async fn open_to_read_with_keys(config: &Config) -> Result<(Database, Vault), StartError> {
    let keys = before(config)?;
    let database = open_to_read(config).await?;
    with_keys(config, keys, database).await
}

/// The database and its keys, for a command that writes nothing but the audit log.
///
/// # Errors
/// As [`open_prepared`].
pub async fn open_to_record(config: &Config) -> Result<(Database, Vault), StartError> {
    let keys = before(config)?;
    let database = open_without_keys(config).await?;
    with_keys(config, keys, database).await
}

async fn with_keys(
    config: &Config,
    keys: Found,
    database: Database,
) -> Result<(Database, Vault), StartError> {
    let path = key_file(config);
    let Some(vault) = keys.fit(&database).await? else {
        return Err(StartError::LostKeys { path });
    };
    keys::follow(&database, &vault).await?;
    Ok((database, vault))
}

/// The database alone, for a command that only reads.
///
/// # Errors
/// As [`open_prepared`].
pub async fn open_to_read(config: &Config) -> Result<Database, StartError> {
    usable(config, Database::open_to_read(&config.database).await?).await
}

/// The database alone, for a command that needs no keys.
///
/// # Errors
/// As [`open_prepared`].
pub async fn open_without_keys(config: &Config) -> Result<Database, StartError> {
    usable(config, Database::open(&config.database).await?).await
}

async fn usable(config: &Config, database: Database) -> Result<Database, StartError> {
    match inspect(config, &database).await? {
        Schema::Absent => Err(StartError::NoTables),
        Schema::Older => Err(StartError::OlderDatabase),
        Schema::Current | Schema::Newer { .. } => Ok(database),
    }
}

/// What a start needs of the settings and the files that they name, before it opens a database or a listener.
///
/// # Errors
/// As [`prepare`].
pub fn check(config: &Config) -> Result<(), StartError> {
    before(config)?;
    descriptors::connections(config)
        .map_err(|(have, need)| StartError::Descriptors { have, need })?;
    certificates(&config.server, &CertificateEnds::default())?;
    code_texts::open(config)?;
    prefixes::open(config)?;
    let sandbox = match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    };
    connect(
        config,
        sandbox,
        (&Notices::default(), &ExchangeCounts::default()),
    )
    .map(drop)
}

/// What a start would find of its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundDatabase {
    /// There is none, or one without tables: the start makes it.
    New,
    /// An earlier version wrote it: the start brings it up to date.
    Older,
    /// It is of this version.
    Current,
}

/// Looks at the database as a start does, and writes nothing.
///
/// # Errors
/// As [`prepare`].
pub async fn check_database(config: &Config) -> Result<FoundDatabase, StartError> {
    let keys = before(config)?;
    let database = match Database::open_to_read(&config.database).await {
        Err(OpenError::Missing { .. }) => return Ok(FoundDatabase::New),
        opened => opened?,
    };
    let schema = inspect(config, &database).await?;
    let vault = keys.fit(&database).await?;
    match (config.profile(), vault) {
        (Profile::Production, Some(vault)) if demo_is_open(&database, &vault).await? => {
            return Err(StartError::DemoPartner);
        }
        (Profile::Production | Profile::Sandbox, Some(_) | None) => {}
    }
    if schema == Schema::Current {
        accounts::check(config, &database).await?;
    }
    Ok(match schema {
        Schema::Absent => FoundDatabase::New,
        Schema::Older => FoundDatabase::Older,
        // `inspect` has refused a newer one.
        Schema::Current | Schema::Newer { .. } => FoundDatabase::Current,
    })
}

/// Whether anyone can still call as the demo partner, with its published secret.
async fn demo_is_open(database: &Database, vault: &Vault) -> Result<bool, DbErr> {
    if !database.has_table("partner").await? {
        return Ok(false);
    }
    let (name, secret) = DEMO;
    let published = vault.secret_mac(secret);
    let open = installation::open_secrets(&**database, name).await?;
    Ok(open.iter().any(|mac| same_mac(mac, &published)))
}

/// What can be seen without the database.
fn before(config: &Config) -> Result<Found, StartError> {
    keep_private(config)?;
    let may_lack = match config.profile() {
        Profile::Sandbox => true,
        Profile::Production => {
            let allowed = config.production.allow_unverified_postgres;
            if !allowed && is_unverified(&config.database)? {
                return Err(StartError::UnverifiedPostgres);
            }
            false
        }
    };
    Found::look(&key_file(config), may_lack)
}

/// Refuses a database of a newer version, and one of another profile.
async fn inspect(config: &Config, database: &Database) -> Result<Schema, StartError> {
    let schema = database.schema().await?;
    if let Schema::Newer { migration } = schema {
        return Err(StartError::NewerDatabase { migration });
    }
    let mut traces = Traces::default();
    if database.has_table("database_profile").await? {
        traces.profile = installation::profile(&**database).await?;
    }
    if database.has_table("partner").await? {
        traces.partners = installation::partner_names(&**database).await?;
    }
    judge(config.profile(), config.profile_choice(), &traces)?;
    Ok(schema)
}

async fn record_profile(
    database: &Database,
    profile: Profile,
    environment: &Environment,
) -> Result<(), DbErr> {
    if installation::profile(&**database).await?.is_some() {
        return Ok(());
    }
    let tx = database.write().await?;
    let row = database_profile::Model {
        id: 1,
        name: profile.name().to_owned(),
        recorded_at: environment.clock.now(),
    };
    installation::record_profile(&*tx, row).await?;
    tx.commit().await
}
