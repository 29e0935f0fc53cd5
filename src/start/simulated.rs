//! The simulated networks: embedded, or in a process of their own.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::StartError;
#[cfg(feature = "sandbox")]
use super::files::sandbox_state;
#[cfg(feature = "sandbox")]
use super::listeners::{bound, listen};
#[cfg(feature = "sandbox")]
use super::rules::{inner_doorkeeper, inner_pace};
#[cfg(feature = "sandbox")]
use crate::background;
#[cfg(feature = "sandbox")]
use crate::clock::AdvancedClock;
use crate::clock::Clock;
use crate::config::Config;
use crate::environment::Environment;
use crate::gateway::Gateway;

/// The simulated networks of a gateway that serves.
pub(super) struct Simulated {
    pub(super) address: SocketAddr,
    /// `None`: another process serves them.
    #[cfg(feature = "sandbox")]
    embedded: Option<sandbox::Sandbox>,
}

#[cfg(feature = "sandbox")]
impl Simulated {
    /// The clock of the gateway that embeds the networks: it goes forward with theirs.
    pub(super) fn clock(&self, machine: &Arc<dyn Clock>) -> Arc<dyn Clock> {
        match &self.embedded {
            Some(sandbox) => Arc::new(AdvancedClock::new(Arc::clone(machine), sandbox.advanced())),
            None => Arc::clone(machine),
        }
    }

    /// From now on, the gateway does what has come due whenever the networks' clock is moved on.
    pub(super) fn lead(&self, gateway: &Arc<Gateway>) {
        if let Some(sandbox) = &self.embedded {
            sandbox.follow(Arc::new(Follower(Arc::clone(gateway))));
        }
    }
}

#[cfg(not(feature = "sandbox"))]
impl Simulated {
    pub(super) fn clock(&self, machine: &Arc<dyn Clock>) -> Arc<dyn Clock> {
        Arc::clone(machine)
    }

    pub(super) fn lead(&self, _: &Arc<Gateway>) {}
}

#[cfg(feature = "sandbox")]
struct Follower(Arc<Gateway>);

#[cfg(feature = "sandbox")]
#[async_trait::async_trait]
impl sandbox::Follower for Follower {
    async fn catch_up(&self) -> Result<(), sandbox::BoxError> {
        Ok(background::catch_up(&self.0).await?)
    }

    async fn due(&self) -> Result<Vec<sandbox::Due>, sandbox::BoxError> {
        let due = background::next_due(&self.0).await?.into_iter();
        let due = due.map(|(what, at)| sandbox::Due { what, at: at.0 });
        Ok(due.collect())
    }
}

/// Starts the embedded sandbox, unless another process serves it.
#[cfg(feature = "sandbox")]
pub(super) async fn start(
    config: &Config,
    environment: &Environment,
    simulated: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Simulated, StartError> {
    if !config.sandbox.embedded {
        return Ok(Simulated {
            address: config.sandbox.listen,
            embedded: None,
        });
    }
    let listener = listen(config.sandbox.listen, "sandbox.listen").await?;
    let address = bound(&listener, "sandbox.listen")?;
    let sandbox = open_sandbox(config, Arc::clone(&environment.clock))?;
    let doorkeeper = inner_doorkeeper(&config.server, address.ip());
    let pace = inner_pace(&config.server);
    simulated.spawn(sandbox.serve(listener, doorkeeper, pace, stop.clone()));
    Ok(Simulated {
        address,
        embedded: Some(sandbox),
    })
}

#[cfg(not(feature = "sandbox"))]
pub(super) async fn start(
    config: &Config,
    _: &Environment,
    _: &TaskTracker,
    _: &CancellationToken,
) -> Result<Simulated, StartError> {
    if config.sandbox.embedded {
        Err(StartError::NoSandbox)
    } else {
        Ok(Simulated {
            address: config.sandbox.listen,
        })
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
    sandbox::Sandbox::open(sandbox::Options {
        state: Some(sandbox_state(config)),
        sync: config.sandbox.sync,
        clock: Arc::new(move || clock.now().0),
    })
}
