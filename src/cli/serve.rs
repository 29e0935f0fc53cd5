//! `aloqa-gateway serve`: the gateway itself.

use std::io::{self, Write as _};

use super::{Failure, service_manager, signals};
use crate::config::{Config, Profile};
use crate::database::GatewayLock;
use crate::environment::Environment;
use crate::partners;
use crate::start::{Running, in_words, start};

pub(super) async fn run(config: &Config, environment: Environment) -> Result<(), Failure> {
    let stop = signals::stop()?;
    let _alone = GatewayLock::take(&config.database)?;
    let running = start(config, environment).await?;
    greet(&running)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        profile = running.profile.name(),
        database = running.database_kind,
        partners = %running.address,
        operations = %running.ops_address,
        sandbox = running.sandbox_address.map(tracing::field::display),
        "serving"
    );
    service_manager::ready("serving");
    let _beat = service_manager::beat();
    stop.await;
    service_manager::stopping();
    tracing::info!("stopping: no new connections are accepted; waiting for running calls");
    if running.stop().await {
        tracing::info!("stopped");
    } else {
        tracing::warn!(
            "stopped before all calls had finished; unsettled calls are looked up after the next start"
        );
    }
    Ok(())
}

/// Prints where it listens and why it chose this profile; in the sandbox profile also a first call.
fn greet(running: &Running) -> io::Result<()> {
    let mut out = io::stdout();
    let Running {
        address,
        ops_address,
        database_kind,
        ..
    } = running;
    writeln!(
        out,
        "AloqaGateway {} on {database_kind}",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(
        out,
        "  partners     http://{address}/ (reference: http://{address}/docs)"
    )?;
    writeln!(
        out,
        "  operations   http://{ops_address} (/health, /metrics)"
    )?;
    match (running.profile, running.sandbox_address) {
        (Profile::Sandbox, Some(sandbox)) => {
            let (name, secret) = partners::DEMO;
            writeln!(
                out,
                "  sandbox      http://{sandbox}/sandbox/cards (no network address is set: sandbox profile)"
            )?;
            writeln!(
                out,
                "  demo partner user {name}, password {secret}; every code is 111111"
            )?;
            writeln!(out, "Attach a test card:")?;
            writeln!(
                out,
                "  curl -u {name}:{secret} http://{address}/ -H 'Content-Type: application/json' -d \
                 '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"cards.add\",\"params\":{{\"pan\":\"8600010132441332\",\
                 \"expiry\":\"1230\",\"phone\":\"998901234567\"}}}}'"
            )
        }
        (Profile::Production | Profile::Sandbox, _) => {
            let there = in_words(running.gateway.rules.connected);
            writeln!(out, "  networks     {there} (production)")
        }
    }
}
