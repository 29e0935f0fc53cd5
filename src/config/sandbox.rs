//! `[sandbox]`: the simulated networks, which are used while no real address is set.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::loopback::loopback;

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// Where the simulated networks listen.
    pub listen: SocketAddr,
    /// Whether the sandbox profile may listen where other machines can reach it, with its published password and code.
    pub allow_beyond_loopback: bool,
    /// True: they run inside the gateway. False: another process (`aloqa-gateway sandbox`) serves them at `listen`.
    pub embedded: bool,
    /// The file that keeps their state. Default: beside the SQLite database, or in the working directory.
    pub state: Option<PathBuf>,
    /// Whether the state is on the disk before each reply, as it would be at a real network.
    pub sync: bool,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            listen: loopback(8090),
            allow_beyond_loopback: false,
            embedded: true,
            state: None,
            sync: false,
        }
    }
}
