//! Which languages do error messages have?

/// The language of an error message, asked for with the header `lang`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Uzbek in Latin script.
    Uz,
    /// Russian, which the B family speaks when nothing was asked for.
    Ru,
    /// English, which the A family speaks when nothing was asked for.
    En,
}
