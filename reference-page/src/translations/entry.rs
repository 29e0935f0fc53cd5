//! What is a translation?

/// English, Russian, Uzbek.
pub(super) type Translation = (&'static str, &'static str, &'static str);
