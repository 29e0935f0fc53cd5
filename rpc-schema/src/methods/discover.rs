//! `rpc.discover`

use serde_json::{Map, Value as Json};

use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::params::{Fault, Field, Members, Params};

/// `rpc.discover`
#[derive(Debug)]
pub struct Discover;

/// Takes no params.
#[derive(Debug, Clone, Copy)]
pub struct DiscoverParams;

impl Params for DiscoverParams {
    const FIELDS: &'static [Field] = &[];

    fn decode(_: &Members<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl Method for Discover {
    const NAME: &'static str = "rpc.discover";
    const SUMMARY: &'static str = "This document";
    const DESCRIPTION: &'static str =
        "Returns the OpenRPC document of the gateway. It needs no credentials.";
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] = &[ErrorCode::InvalidInput];
    type Params = DiscoverParams;
    type Result = Map<String, Json>;

    fn examples() -> Vec<Example> {
        Vec::new()
    }
}
