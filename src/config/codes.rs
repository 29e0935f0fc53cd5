//! `[codes]`: confirmation codes.

use rpc_schema::values::Code;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "fixed_is_a_code"))]
pub struct Codes {
    /// Seconds for which a code can be entered.
    pub lifetime_s: i64,
    /// How often a code may be entered wrongly.
    pub tries: i32,
    /// A fixed code instead of random ones; only in the sandbox profile.
    #[serde(serialize_with = "secret::hidden_if_set")]
    pub fixed: Option<SecretString>,
    /// From this amount (tiyin) on, every debit needs a code. A partner may have a lower bound of its own.
    pub required_from: Option<i64>,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            lifetime_s: 300,
            tries: 3,
            fixed: None,
            required_from: None,
        }
    }
}

fn fixed_is_a_code(codes: &Codes) -> Result<(), ValidationError> {
    match &codes.fixed {
        Some(code) if Code::parse(code.expose_secret()).is_none() => {
            Err(fault("fixed", "must be six digits"))
        }
        Some(_) | None => Ok(()),
    }
}
