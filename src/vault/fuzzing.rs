//! Key files and sealed values, for the fuzz targets.

use super::Vault;
use super::key_file::KeyFile;

impl Vault {
    /// A vault with the keys of a key file's text.
    ///
    /// # Errors
    /// What is wrong with it, as an operator is told.
    pub fn of_text(text: &str) -> Result<Self, String> {
        let file: KeyFile = serde_json::from_str(text)
            .map_err(|error| format!("line {}, column {}", error.line(), error.column()))?;
        Self::from_file(file)
    }
}
