//! What the look at a server needs to know from outside.

use entity::time::UnixMillis;

use super::record::Secrets;

/// The settings of a server, for the advice.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// `uzcard.url`
    pub url: &'static str,
    /// `uzcard.tls`
    pub tls: &'static str,
    /// `uzcard.tls.server_name`
    pub server_name: &'static str,
    /// `uzcard.route`
    pub route: &'static str,
    /// `uzcard.user and uzcard.password`, or those of the account.
    pub login: &'a str,
    /// `uzcard.timeout_ms`, and its value.
    pub timeout: (&'static str, u64),
    /// Who is to be asked.
    pub whom: &'static str,
}

/// What the look at a server needs from outside.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub now: &'a (dyn Fn() -> UnixMillis + Sync),
    /// Is told what is done next.
    pub say: &'a (dyn Fn(&str) + Sync),
    pub secrets: &'a Secrets,
    /// How far clocks may be apart, milliseconds.
    pub clocks_ms: i64,
}
