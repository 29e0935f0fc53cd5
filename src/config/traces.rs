//! `[traces]`: where the traces of calls are sent.

use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "can_be_sent"))]
pub struct Traces {
    /// Where an OpenTelemetry collector takes OTLP over HTTP, as JSON: `http://127.0.0.1:4318/v1/traces`. Unset, there are no
    /// traces.
    pub url: Option<String>,
    /// Of so many calls, one has a trace.
    pub one_in: u32,
}

impl Default for Traces {
    fn default() -> Self {
        Self {
            url: None,
            one_in: 1,
        }
    }
}

fn can_be_sent(traces: &Traces) -> Result<(), ValidationError> {
    match &traces.url {
        None => Ok(()),
        Some(_) if !cfg!(feature = "otlp") => Err(fault(
            "url",
            "this program was built without traces; build one with `--features otlp`, or leave the setting out",
        )),
        Some(url) if url.starts_with("http://") => Ok(()),
        Some(_) => Err(fault(
            "url",
            "must begin with http://, for example http://127.0.0.1:4318/v1/traces; have the collector on this machine",
        )),
    }
}
