//! What must hold when the database or the machine fails. The program runs as a process where only that shows it, else
//! a gateway runs in the test's process.
//!
//! Some tests need what not every machine has: `strace`, PostgreSQL, the right to mount or to become another user. Where it
//! is missing they say on standard error that they were skipped.
//!
//! # Which file answers what
//!
//! | Question | File |
//! |---|---|
//! | Is an intent on the disk before its call leaves? | `order_on_disk` (reads a trace with `trace`) |
//! | Which settings of a database are refused because commits could be lost? | `durability` |
//! | What if a connection is cut at a COMMIT? | `lost_commits` (cuts with `relay`), `audit` |
//! | What if PostgreSQL is restarted, cut off or replaced? | `postgres` (servers from `cluster`) |
//! | What if the file of SQLite is locked, its disk full, its folder read-only? | `sqlite` |
//! | What is ordered meanwhile, and did money agree with rows? | `load`, `movements` |
//! | Which tests can run on this machine? | `needs` |

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
mod audit;
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
