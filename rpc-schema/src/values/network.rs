//! Which card networks are there, and how are they spelt?

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};

/// The card networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Network {
    /// UZCARD, reached through SVGate.
    Uzcard,
    /// HUMO, reached through its PaymentServer and card-info middleware.
    Humo,
}

impl Network {
    /// `UZCARD` or `HUMO`, as in `processingType` and `data.network`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uzcard => "UZCARD",
            Self::Humo => "HUMO",
        }
    }

    /// `uzcard` or `humo`, as in the member `vendor`.
    #[must_use]
    pub fn vendor(self) -> &'static str {
        match self {
            Self::Uzcard => "uzcard",
            Self::Humo => "humo",
        }
    }

    /// The reverse of [`Network::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Uzcard, Self::Humo]
            .into_iter()
            .find(|network| network.name() == name)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Value for Network {
    type Component = Self;

    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::from_name(&decode_string(raw, Rule::Network)?)
            .ok_or(ValueFault::Format(Rule::Network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::decode_text;

    #[test]
    fn networks_are_written_in_capitals() {
        for network in [Network::Uzcard, Network::Humo] {
            assert_eq!(decode_text(network.name()), Ok(network));
            assert_eq!(serde_json::to_value(network).unwrap(), network.name());
            assert_eq!(network.vendor(), network.name().to_lowercase());
            assert_eq!(
                decode_text::<Network>(network.vendor()),
                Err(ValueFault::Format(Rule::Network))
            );
        }
    }
}
