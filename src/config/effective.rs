//! What is each setting, and who says so? The answer of `aloqa-gateway config show`.

use serde_json::Value;

use super::Config;
use super::origins::{Origin, Origins};
use super::settings::SETTINGS;

/// One setting as it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// Section and key: `server.listen`.
    pub key: &'static str,
    /// Secrets are hidden; `null` is one that is not set.
    pub value: Value,
    /// What it is where nobody says anything.
    pub default: Value,
    pub origin: Origin,
}

impl Config {
    /// All settings, in the order of the example file.
    pub(super) fn effective(&self, origins: &Origins) -> serde_json::Result<Vec<Effective>> {
        let (used, built_in) = (
            serde_json::to_value(self)?,
            serde_json::to_value(Self::default())?,
        );
        let of = |settings: &Value, key: &str| {
            let path = format!("/{}", key.replace('.', "/"));
            settings.pointer(&path).cloned().unwrap_or_default()
        };
        let settings = SETTINGS.iter().map(|setting| Effective {
            key: setting.key,
            value: of(&used, setting.key),
            default: of(&built_in, setting.key),
            origin: origins.of(setting.key),
        });
        Ok(settings.collect())
    }
}
