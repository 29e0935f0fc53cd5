//! How the settings are read: built-in defaults, then the file, then the environment.

use std::path::Path;

use super::{Config, ConfigError};

/// Read when no other file is named, if it exists.
const DEFAULT_FILE: &str = "aloqa-gateway.toml";

/// Joins section and key in the names of environment variables: `ALOQA__DATABASE__URL`.
const SEPARATOR: &str = "__";

impl Config {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// A key is unknown or malformed, or the settings cannot be used (see [`Config::check`]); the message names the
    /// key.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match file {
            Some(file) => config::File::from(file).required(true),
            None => config::File::from(Path::new(DEFAULT_FILE)).required(false),
        };
        let environment = config::Environment::with_prefix("ALOQA")
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .try_parsing(true);
        let sources = config::Config::builder()
            .add_source(file)
            .add_source(environment)
            .build()?;
        let settings: Self = sources.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }
}
