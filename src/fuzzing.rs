//! The targets of `fuzz/`: each takes any bytes and panics where a rule is broken that must hold for all of them.
//!
//! `cargo fuzz` looks for such bytes; the tests here try those that it has kept (docs/testing.md#fuzzing).

mod configuration;
#[cfg(test)]
mod corpora;
mod envelope;
mod headers;
mod masking;
mod networks;
mod params;
mod providers;
mod rules;
mod vault;

pub use self::configuration::configuration;
pub use self::envelope::envelope;
pub use self::headers::headers;
pub use self::masking::masking;
pub use self::networks::{humo_json, humo_soap, uzcard};
pub use self::params::params;
pub use self::providers::providers;
pub use self::vault::vault;

/// Takes any bytes, and panics where they break a rule.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its folders in `fuzz/corpus` and `fuzz/regressions`.
pub const TARGETS: &[(&str, Target)] = &[
    ("configuration", configuration),
    ("envelope", envelope),
    ("headers", headers),
    ("humo_json", humo_json),
    ("humo_soap", humo_soap),
    ("masking", masking),
    ("params", params),
    ("providers", providers),
    ("uzcard", uzcard),
    ("vault", vault),
];
