//! The text of a settings file.

use crate::config::Config;
use crate::error_chain::ErrorChain;

/// Stands for whatever must not be shown.
const MARK: &str = "CANARY";

/// An error names places and keys, and repeats nothing else of the file: in the inputs, `CANARY` stands for a value. A key
/// that does not exist is named, whatever it is called.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = Config::of_text(text) {
        let said = ErrorChain(&error).to_string();
        let names_a_key = said.contains("there is no setting");
        assert!(names_a_key || !said.contains(MARK), "{said:?}");
    }
}
