//! The texts of messages with a code: built in, or those of a file.

use std::fs;

use super::StartError;
use crate::config::Config;
use crate::domain::code_text::{BUILT_IN, Texts};

/// Reads them.
///
/// # Errors
/// The file cannot be read, or a text in it cannot be sent.
pub(super) fn open(config: &Config) -> Result<Texts, StartError> {
    let Some(path) = &config.sms.texts_file else {
        return Ok(Texts::parse(BUILT_IN)?);
    };
    let toml = fs::read_to_string(path).map_err(|source| StartError::UnreadTexts {
        path: path.clone(),
        source,
    })?;
    Texts::parse(&toml).map_err(|source| StartError::CodeTexts {
        path: path.clone(),
        source,
    })
}

/// Says in the log which messages cost more than they need to.
pub(super) fn tell(texts: &Texts) {
    for (text, parts) in texts.sizes() {
        if parts.dear_letters.is_empty() {
            tracing::debug!(text, parts = parts.count, "messages with a code");
        } else {
            let letters = String::from_iter(parts.dear_letters);
            tracing::warn!(
                text,
                parts = parts.count,
                letters,
                "messages with a code cost more than they need to: these letters are not of the SMS alphabet, so that 70 \
                 letters are a part in place of 160"
            );
        }
    }
}
