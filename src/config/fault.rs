//! The error of a rule that `validator` has no word for.

use std::borrow::Cow;

use validator::ValidationError;

/// The error of a section's own function: its key within the section, and what to do.
pub(super) fn fault(key: &'static str, reason: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(key).with_message(reason.into())
}
