//! Our accounts at a network: a bank or a payment facilitator may have several contracts with acquirers, each with a login,
//! terminals and tariffs of its own. What is made under one is looked up, charged and reversed under it.

use std::collections::BTreeMap;

/// The account that the settings outside `accounts` are.
pub const DEFAULT: &str = "default";

/// The longest name.
const LONGEST: usize = 32;

/// Whether an account can have this name.
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    (1..=LONGEST).contains(&text.len()) && text.chars().all(plain)
}

/// What there is of each account at a network.
#[derive(Debug, Clone)]
pub struct Accounts<T> {
    default: T,
    named: BTreeMap<String, T>,
}

impl<T> Accounts<T> {
    /// That of the default account, and of those with these names.
    pub fn new(default: T, named: BTreeMap<String, T>) -> Self {
        Self { default, named }
    }

    /// That of this account; `None` if it is not configured.
    pub fn of(&self, name: &str) -> Option<&T> {
        match name {
            DEFAULT => Some(&self.default),
            name => self.named.get(name),
        }
    }

    /// That of this account, or else of the default one.
    pub fn or_default(&self, name: &str) -> &T {
        self.named.get(name).unwrap_or(&self.default)
    }

    /// What becomes of each.
    ///
    /// # Errors
    /// The first that `of` has.
    pub fn try_map<U, E>(&self, of: impl Fn(&T) -> Result<U, E>) -> Result<Accounts<U>, E> {
        let named = self.named.iter();
        let named = named.map(|(name, own)| Ok((name.clone(), of(own)?)));
        Ok(Accounts::new(
            of(&self.default)?,
            named.collect::<Result<_, E>>()?,
        ))
    }

    /// The same where nothing goes wrong.
    pub fn map<U>(&self, of: impl Fn(&T) -> U) -> Accounts<U> {
        let named = self.named.iter();
        let named = named.map(|(name, own)| (name.clone(), of(own)));
        Accounts::new(of(&self.default), named.collect())
    }

    /// That of each account.
    pub fn each(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.default).chain(self.named.values())
    }

    /// Their names, the default one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(DEFAULT).chain(self.named.keys().map(String::as_str))
    }
}

impl<T, U> Accounts<(T, U)> {
    /// Both parts by themselves.
    pub fn unzip(self) -> (Accounts<T>, Accounts<U>) {
        let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
        for (name, (one, other)) in self.named {
            left.insert(name.clone(), one);
            right.insert(name, other);
        }
        let (one, other) = self.default;
        (Accounts::new(one, left), Accounts::new(other, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_own_and_the_default_one_has_what_is_flat() {
        let named = [("shop".to_owned(), 2)].into();
        let accounts = Accounts::new(1, named);
        let of = |name| (accounts.of(name).copied(), *accounts.or_default(name));
        assert_eq!(of("default"), (Some(1), 1));
        assert_eq!(of("shop"), (Some(2), 2));
        assert_eq!(of("gone"), (None, 1));
        assert_eq!(accounts.names().collect::<Vec<_>>(), ["default", "shop"]);
        assert_eq!(accounts.each().copied().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn names_are_plain() {
        for good in ["default", "bank-2", "x", "a_b"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "Bank", "a b", "a.b", "é", &"x".repeat(33)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
