//! The log: what is written, and where. Beside it the traces, where the program was built with them.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt};

use super::Failure;
use crate::{config, spans};

/// At their most verbose, these log whole bodies and statements, and card numbers must not reach a log.
const QUIET: &str = "jsonrpsee=info,hyper=info,sqlx=info,sea_orm=info,sea_orm_migration=warn";

/// What has to be kept while anything is logged; dropped, it sends what is left.
#[must_use]
pub(super) struct Log {
    #[cfg(feature = "otlp")]
    _traces: Option<super::traces::Traces>,
}

/// Sends logs to the standard error; the standard output is for what the commands print.
pub(super) fn init(
    settings: &config::Log,
    #[cfg_attr(
        not(feature = "otlp"),
        expect(unused_variables, reason = "there are none in this build")
    )]
    traces: Option<&config::Traces>,
) -> Result<Log, Failure> {
    let filter = EnvFilter::try_new(format!("{},{QUIET},{}=off", settings.filter, spans::TARGET));
    let filter = filter.map_err(|_| {
        Failure::unusable(
            "log.filter: must be a tracing filter such as \"info,aloqa_gateway=debug\"",
        )
    })?;
    let is_read_by_people = io::stderr().is_terminal();
    let log = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(is_read_by_people);
    let log = match settings.json.unwrap_or(!is_read_by_people) {
        true => log.json().boxed(),
        false => log.boxed(),
    };
    let log = Registry::default().with(log.with_filter(filter));
    #[cfg(feature = "otlp")]
    {
        let made = traces.map(super::traces::layer).transpose()?;
        let (layer, traces) = made.flatten().unzip();
        log.with(layer).init();
        Ok(Log { _traces: traces })
    }
    #[cfg(not(feature = "otlp"))]
    {
        log.init();
        Ok(Log {})
    }
}
