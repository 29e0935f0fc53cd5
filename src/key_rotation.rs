//! How the key that encrypts changes while gateways serve (docs/operations.md#keys).
//!
//! 1. The new key is added to the key files. Each gateway notices by itself, and shows in the database which keys it has.
//! 2. `keys rotate` refuses until all gateways have it, and then makes it current in the database. Each gateway follows.
//! 3. What the other keys have encrypted is encrypted anew, a few rows at a time. Gateways have both keys all the while, so
//!    no call fails; the rows themselves say how far it is, so a rotation that was killed is simply run again.
//! 4. `keys retire` refuses while a row needs the old key. Then the key files may lose it.

mod follow;
mod rotate;

pub use self::follow::KeyFollower;
pub use self::rotate::{Forged, Rotation, RotationError};

/// How often gateways look for changes of their key file and of the current key, seconds.
pub const FOLLOW_SECONDS: u64 = 2;

/// Since when a gateway that has shown nothing counts as gone, milliseconds.
const GONE_AFTER_MS: i64 = 30_000;
