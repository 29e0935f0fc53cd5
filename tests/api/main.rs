//! The gateway through its front door, on SQLite and on PostgreSQL. How to write a test: `support/mod.rs`.

#[cfg(test)]
mod debits;
#[cfg(test)]
#[expect(unreachable_pub, reason = "one binary: what the tests share is as public as it gets")]
mod support;
