//! Settings in the environment: `ALOQA__SERVER__LISTEN` is `server.listen`. Each value is the text that it is; what kind
//! of text it must be, the setting says.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::ConfigError;
use super::settings;

/// Begins the name of every variable that is a setting, and joins section and key.
const SEPARATOR: &str = "__";

/// What the names of our variables begin with.
const PREFIX: &str = "ALOQA";

/// A variable that is a setting.
pub(super) struct Variable {
    /// As the environment has it.
    pub(super) name: String,
    pub(super) text: String,
}

/// Keys with their variables.
///
/// # Errors
/// A variable is no setting but looks like one, cannot be its value, or is there twice in different spellings.
pub(super) fn settings_in(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, Variable>, ConfigError> {
    let mut named = Vec::new();
    for (name, value) in variables {
        // A name that is no text is not ours.
        let Some(name) = name.to_str() else { continue };
        let upper = name.to_ascii_uppercase();
        let Some(rest) = upper.strip_prefix(PREFIX) else {
            continue;
        };
        if let Some(path) = rest.strip_prefix(SEPARATOR) {
            named.push((name.to_owned(), path.to_ascii_lowercase(), value));
        } else if let Some(meant) = rest.strip_prefix('_').and_then(meant) {
            let reason = format!("is no setting; did you mean {meant}?");
            return Err(ConfigError::at(name, reason));
        }
    }
    // In the order of their names, so that always the same fault is told.
    named.sort();
    let mut found = BTreeMap::new();
    for (name, path, value) in named {
        let key = path.replace(SEPARATOR, ".");
        let Some(setting) = settings::find(&key) else {
            return Err(ConfigError::at(name, format!("there is no setting {key}")));
        };
        if setting.kind.is_list() {
            let reason = format!("{key} is a list, which only a file can have");
            return Err(ConfigError::at(name, reason));
        }
        let text = value.into_string().ok();
        let Some(text) = text.filter(|text| setting.kind.takes_text(text)) else {
            let reason = format!("{key} {}", setting.kind.expected());
            return Err(ConfigError::at(name, reason));
        };
        if found.contains_key(&key) {
            let reason = "is there twice, in capitals and in small letters";
            return Err(ConfigError::at(name, reason));
        }
        found.insert(key, Variable { name, text });
    }
    Ok(found)
}

/// The setting that somebody meant who wrote one underscore for two: `SERVER_LISTEN`. Other programs have variables that
/// begin as ours (a cluster names its services so), and those are left alone.
fn meant(rest: &str) -> Option<String> {
    let plain = |text: &str| text.replace(['_', '.'], "").to_ascii_lowercase();
    let written = plain(rest);
    let named = settings::SETTINGS
        .iter()
        .find(|setting| plain(setting.key) == written)
        .map(|setting| variable(setting.key));
    // With two underscores after a section it can be nothing else.
    named.or_else(|| {
        let (section, _) = rest.split_once(SEPARATOR)?;
        settings::is_section(&section.to_ascii_lowercase())
            .then(|| format!("{PREFIX}{SEPARATOR}{rest}"))
    })
}

/// The variable of a setting.
fn variable(key: &str) -> String {
    let path = key.replace('.', SEPARATOR).to_ascii_uppercase();
    format!("{PREFIX}{SEPARATOR}{path}")
}
