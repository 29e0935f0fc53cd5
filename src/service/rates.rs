//! Rates: in the database where several gateways share it, in memory where there is one.

use entity::time::UnixMillis;
use sea_orm::DbErr;

use crate::database::Connection;
use crate::domain::rate::{Rate, micros};
use crate::gateway::Gateway;
use crate::repository::login_failure;
use crate::repository::throttle::{self, Take};

impl Gateway {
    /// Takes from a rate. `Some`: it is exceeded, and so many milliseconds later it would not be.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_rate(
        &self,
        of: &[&[u8]],
        rate: Rate,
        cost: i64,
        now: UnixMillis,
    ) -> Result<Option<i64>, DbErr> {
        if self.database.is_shared() {
            // One statement, which is a transaction of its own.
            return self
                .take_stored_rate(&*self.database, of, rate, cost, now)
                .await;
        }
        Ok(self.rates.take(self.vault.limit_mac(of), rate, cost, now))
    }

    /// Takes from a rate that outlives the process, in the caller's transaction. `Some`: it is exceeded, and nothing was
    /// written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_stored_rate(
        &self,
        db: &impl Connection,
        of: &[&[u8]],
        rate: Rate,
        cost: i64,
        now: UnixMillis,
    ) -> Result<Option<i64>, DbErr> {
        if cost > rate.burst() {
            return Ok(Some(i64::MAX));
        }
        let take = Take {
            now: micros(now),
            costs: rate.costs_us(cost),
            ahead: rate.ahead_us(),
        };
        let tat = throttle::take(db, &self.vault.limit_mac(of), take).await?;
        Ok(tat.map(|tat| rate.wait_ms(tat, cost, now)))
    }

    /// Gives back one unit that was taken.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_rate_back(
        &self,
        db: &impl Connection,
        of: &[&[u8]],
        rate: Rate,
    ) -> Result<(), DbErr> {
        throttle::give_back(db, &self.vault.limit_mac(of), rate.costs_us(1)).await
    }

    /// Forgets the rates, and the failed logins, that say nothing any more. Where SQLite's one writer is not waited for, a
    /// statement is a transaction of its own.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clear_counts(&self) -> Result<(), DbErr> {
        let now = self.clock.now();
        // A day: longer than any window.
        let old = now - 86_400_000;
        if throttle::any_is_over(&*self.database, micros(old)).await? {
            if self.database.is_shared() {
                throttle::prune(&*self.database, micros(now)).await?;
            } else {
                let tx = self.database.write().await?;
                throttle::prune(&*tx, micros(now)).await?;
                tx.commit().await?;
            }
        }
        if login_failure::any_is_over(&*self.database, old).await? {
            if self.database.is_shared() {
                login_failure::prune(&*self.database, old, now).await?;
            } else {
                let tx = self.database.write().await?;
                login_failure::prune(&*tx, old, now).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}
