//! A session of PostgreSQL whose commits are durable, however the server, the database or the user is configured, and
//! whatever changes while the gateway runs or differs on a server that takes over.

use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, Executor as _, Row as _};

use super::errors::OpenError;

/// A value set in the session no longer follows the server's settings. `remote_apply` waits for even more, so it stays.
const SET_DURABLE: &str = "SELECT current_setting('fsync'), set_config('synchronous_commit', \
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \
                    false)";

/// Makes one commit durable, where a pooler may have handed over another session than the one that was made so.
pub(super) const KEEP_DURABLE: &str = "set_config('synchronous_commit', \
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \
                    true)";

/// Begins a transaction whose commit is durable, in one message.
pub(super) const BEGIN_DURABLE: &str = "BEGIN; SELECT set_config('synchronous_commit', \
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \
                    true)";

/// The error of a server whose sessions [`make_durable`] cannot make durable.
pub(super) fn fsync_off() -> OpenError {
    OpenError::NotDurable {
        kind: "PostgreSQL",
        setting: "fsync",
        value: "off".to_owned(),
        wanted: "on",
    }
}

/// Makes the commits of a new session durable: they wait for the disk, and for the synchronous standby if there is one.
/// False: no session can be durable, because the server runs with `fsync = off`.
pub(super) async fn make_durable(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let row = session.fetch_one(SET_DURABLE).await?;
    Ok(row.try_get::<String, _>(0)? != "off")
}
