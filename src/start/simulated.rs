//! The simulated networks: embedded, or in a process of their own.

use std::net::SocketAddr;
#[cfg(feature = "sandbox")]
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::StartError;
#[cfg(feature = "sandbox")]
use super::files::beside_database;
#[cfg(feature = "sandbox")]
use super::listeners::{bound, listen};
#[cfg(feature = "sandbox")]
use crate::clock::Clock;
use crate::config::Config;
use crate::environment::Environment;

/// Starts the embedded sandbox, unless another process serves it; where it listens.
#[cfg(feature = "sandbox")]
pub(super) async fn start(
    config: &Config,
    environment: &Environment,
    simulated: &TaskTracker,
    stop: &CancellationToken,
) -> Result<SocketAddr, StartError> {
    if !config.sandbox.embedded {
        return Ok(config.sandbox.listen);
    }
    let listener = listen(config.sandbox.listen, "sandbox.listen").await?;
    let address = bound(&listener, "sandbox.listen")?;
    let sandbox = open_sandbox(config, Arc::clone(&environment.clock))?;
    simulated.spawn(sandbox.serve(listener, stop.clone()));
    Ok(address)
}

#[cfg(not(feature = "sandbox"))]
pub(super) async fn start(
    config: &Config,
    _: &Environment,
    _: &TaskTracker,
    _: &CancellationToken,
) -> Result<SocketAddr, StartError> {
    if config.sandbox.embedded {
        Err(StartError::NoSandbox)
    } else {
        Ok(config.sandbox.listen)
    }
}

/// The sandbox with its state, which is kept beside the database unless the settings name a file.
///
/// # Errors
/// The state cannot be read.
#[cfg(feature = "sandbox")]
pub fn open_sandbox(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<sandbox::Sandbox, sandbox::Error> {
    let state = config
        .sandbox
        .state
        .clone()
        .unwrap_or_else(|| beside_database(&config.database.url, "sandbox"));
    sandbox::Sandbox::open(sandbox::Options {
        state: Some(state),
        sync: config.sandbox.sync,
        clock: Arc::new(move || clock.now().0),
    })
}
