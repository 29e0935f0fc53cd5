//! What comes due next, by itself?

use entity::time::UnixMillis;

use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::{request, transaction as transactions};

impl Gateway {
    /// The next of each kind, with the name of the kind.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_due(&self) -> Result<Vec<(&'static str, UnixMillis)>, Error> {
        let db = &*self.database;
        let kinds = [
            ("hold_ends", transactions::next_hold_end(db).await?),
            ("code_expires", transactions::next_code_end(db).await?),
            ("look_up", request::next_check(db).await?),
        ];
        let known = kinds.into_iter();
        Ok(known.filter_map(|(what, at)| Some((what, at?))).collect())
    }
}
