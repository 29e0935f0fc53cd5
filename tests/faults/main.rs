//! What must hold when the ground gives way: the order in which intents reach the disk, databases that are full, locked,
//! read-only, restarted or replaced. The real program where only that shows it, else a gateway in the test's process.
//!
//! Some need what not every machine has (`strace`, PostgreSQL, the right to mount or to become another user); then they
//! say loudly that they were skipped.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod load;
#[cfg(test)]
mod movements;
#[cfg(test)]
mod needs;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod trace;

#[cfg(test)]
mod durability;
#[cfg(test)]
mod lost_commits;
#[cfg(test)]
mod order_on_disk;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod sqlite;
