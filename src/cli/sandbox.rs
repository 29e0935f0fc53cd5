//! `aloqa-gateway sandbox`: the simulated networks as a process of their own.

use super::Failure;
use crate::config::Config;

pub(super) const EXAMPLES: &str = "Examples:
  aloqa-gateway sandbox                             the simulated networks, at sandbox.listen
  ALOQA__SANDBOX__EMBEDDED=false aloqa-gateway      a gateway that uses them";

#[cfg(feature = "sandbox")]
pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    use std::io::{self, Write as _};
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::signals;
    use crate::clock::SystemClock;
    use crate::start::{inner_doorkeeper, inner_pace, listen, open_sandbox};

    let stop_signal = signals::stop()?;
    let listener = listen(config.sandbox.listen, "sandbox.listen").await?;
    let address = listener.local_addr()?;
    let sandbox = open_sandbox(config, Arc::new(SystemClock))?;
    let doorkeeper = inner_doorkeeper(&config.server, address.ip());
    let stop = CancellationToken::new();
    let pace = inner_pace(&config.server);
    let serving = tokio::spawn(sandbox.serve(listener, doorkeeper, pace, stop.clone()));
    writeln!(
        io::stdout(),
        "the simulated networks are at http://{address} (cards: http://{address}/sandbox/cards)"
    )?;
    stop_signal.await;
    stop.cancel();
    Ok(serving.await?)
}

#[cfg(not(feature = "sandbox"))]
pub(super) async fn run(_: &Config) -> Result<(), Failure> {
    Err(Failure::unusable("this build has no sandbox"))
}
