//! What does a call look like, and its answer?

use serde_json::{Value as Json, json};

use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Lang};

/// A call with its result.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it shows.
    pub name: &'static str,
    /// The params.
    pub params: Json,
    /// The result.
    pub result: Json,
}

/// A call that is refused.
#[derive(Debug, Clone)]
pub struct ErrorExample {
    /// What it shows.
    pub name: &'static str,
    /// The params.
    pub params: Json,
    /// The error.
    pub error: ErrorCode,
    /// The message in English, where it says more than that of the code.
    pub message: Option<&'static str>,
    /// What `data` says.
    pub data: ErrorData,
}

impl ErrorExample {
    /// The error object as a caller sees it who asked for English.
    #[must_use]
    pub fn error(&self) -> Json {
        let message = self.message.unwrap_or(self.error.message(Lang::En));
        let mut error = json!({ "code": self.error.code(), "message": message });
        if !self.data.is_empty()
            && let Some(members) = error.as_object_mut()
        {
            members.insert("data".to_owned(), json!(self.data));
        }
        error
    }
}
