//! A session of PostgreSQL whose commits last: not every setting of a server, a database or a user sees to that, and any
//! of them may be changed while the gateway runs, or be another one on the server that takes over.

use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, Executor as _, Row as _};

use super::OpenError;

/// Set in the session, it does not change with the server's settings. `remote_apply` waits for more.
const MAKE: &str = "SELECT current_setting('fsync'), set_config('synchronous_commit', \
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \
                    false)";

/// What is to be said of a server with which [`make_durable`] cannot help.
pub(super) fn forgetful() -> OpenError {
    OpenError::NotDurable {
        kind: "PostgreSQL",
        setting: "fsync",
        value: "off".to_owned(),
        wanted: "on",
    }
}

/// Makes the commits of a new session last: they wait for the disk, and for the synchronous standby if there is one. False:
/// no session can, as the server runs with `fsync = off`.
pub(super) async fn make_durable(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let row = session.fetch_one(MAKE).await?;
    Ok(row.try_get::<String, _>(0)? != "off")
}
