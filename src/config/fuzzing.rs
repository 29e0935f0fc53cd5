//! What the text of a settings file becomes, for the fuzz targets.

use super::file::SettingsFile;
use super::{Config, ConfigError};

impl Config {
    /// The settings of a file with this text, and of no environment.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn of_text(text: &str) -> Result<Self, ConfigError> {
        let (config, _) = Self::of(Some(&SettingsFile::of_text(text)), std::iter::empty())?;
        Ok(config)
    }
}
