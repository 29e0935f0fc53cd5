//! Which languages do error messages have?

/// The language of an error message, chosen with the header `lang`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Uzbek in Latin script.
    Uz,
    /// Russian, the default of the B family.
    Ru,
    /// English, the default of the A family.
    En,
}
