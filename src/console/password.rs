//! Passwords of operators: which are accepted, and how they are kept.
//!
//! argon2id with 19 MiB and two passes, the least that OWASP advises, and with a key of the vault mixed in: who has the
//! database alone cannot even try.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::random::{Random, RandomError};
use crate::vault::Vault;

/// Fewer characters can be guessed.
pub const SHORTEST: usize = 15;
/// More only cost time.
pub const LONGEST: usize = 128;

const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;

/// Long enough, and on every list.
const COMMON: [&str; 6] = [
    "passwordpassword",
    "password1234567",
    "qwertyuiopasdfgh",
    "qwertyuiop12345",
    "1q2w3e4r5t6y7u8i",
    "123456789012345",
];

/// Why a password is not accepted, or cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has at least {SHORTEST} characters: a few words are easy to remember")]
    Short,
    #[error("a password has at most {LONGEST} characters")]
    Long,
    #[error("this password is one of the first that anybody tries; take another one")]
    Common,
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Whether this may be the password of the operator of this name.
///
/// # Errors
/// See [`PasswordError`].
pub fn check(name: &str, password: &str) -> Result<(), PasswordError> {
    let characters = password.chars().count();
    if characters < SHORTEST {
        return Err(PasswordError::Short);
    }
    if characters > LONGEST {
        return Err(PasswordError::Long);
    }
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let is_common = COMMON.iter().any(|common| lower.starts_with(common));
    let repeats_name = lower.replace(&name.to_lowercase(), "").chars().count() < SHORTEST / 2;
    if is_common || repeats_name || distinct.len() < 5 {
        return Err(PasswordError::Common);
    }
    Ok(())
}

/// What is kept of a password. It takes a core for about 30 ms: not on a thread that serves.
///
/// # Errors
/// There are no random bytes, or no memory.
pub fn hashed(vault: &Vault, random: &dyn Random, password: &str) -> Result<String, PasswordError> {
    let salt: [u8; 16] = random.bytes()?;
    let pepper = vault.password_pepper();
    let hasher = hasher(&pepper)?;
    let hash: Result<PasswordHash, _> = hasher.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Whether this is the password of which `kept` is kept. `None`: there is none, which takes as long to find out.
pub fn is_right(vault: &Vault, kept: Option<&str>, password: &str) -> bool {
    let pepper = vault.password_pepper();
    let Ok(hasher) = hasher(&pepper) else {
        return false;
    };
    let known = kept.and_then(|kept| PasswordHash::new(kept).ok());
    match known {
        Some(known) => hasher.verify_password(password.as_bytes(), &known).is_ok(),
        None => {
            let unknown: Result<PasswordHash, _> =
                hasher.hash_password_with_salt(password.as_bytes(), &[0; 16]);
            drop(unknown);
            false
        }
    }
}

fn hasher(pepper: &[u8]) -> Result<Argon2<'_>, PasswordError> {
    let failed = |error: argon2::Error| PasswordError::Hash(error.to_string());
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(failed)?;
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn vault() -> (tempfile::TempDir, Vault) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        Vault::generate(&path, &SystemRandom).unwrap();
        let vault = Vault::open(&path).unwrap();
        (directory, vault)
    }

    #[test]
    fn a_password_is_long_and_not_a_common_one() {
        for (password, expected) in [
            ("correct horse battery", None),
            ("пятнадцать букв и больше", None),
            ("fourteen chars", Some("at least 15")),
            ("aaaaaaaaaaaaaaaa", Some("first that anybody tries")),
            ("PasswordPassword1", Some("first that anybody tries")),
            ("anna-anna-anna-anna", Some("first that anybody tries")),
        ] {
            let said = check("anna", password).err().map(|error| error.to_string());
            match (&said, expected) {
                (None, None) => {}
                (Some(said), Some(expected)) if said.contains(expected) => {}
                _ => panic!("{password}: {said:?}"),
            }
        }
        assert!(check("anna", &"long pass ".repeat(13)).is_err());
    }

    #[test]
    fn only_the_same_password_with_the_same_keys_is_right() {
        let ((_one, first), (_two, second)) = (vault(), vault());
        let password = "correct horse battery";
        let kept = hashed(&first, &SystemRandom, password).unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(is_right(&first, Some(&kept), password));
        assert!(!is_right(&first, Some(&kept), "correct horse batterz"));
        assert!(!is_right(&second, Some(&kept), password));
        assert!(!is_right(&first, Some("nonsense"), password));
        assert!(!is_right(&first, None, password));
        assert_ne!(hashed(&first, &SystemRandom, password).unwrap(), kept);
    }
}
