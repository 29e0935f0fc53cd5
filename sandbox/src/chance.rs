//! Numbers that look like chance and are the same each time: the generator `SplitMix64`.

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Each number has an image of its own.
pub(crate) fn scattered(number: u64) -> u64 {
    let number = number.wrapping_add(STEP);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// What follows from a seed.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from zero on, below the bound; a bound of zero is one of one.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let number = scattered(self.0);
        self.0 = self.0.wrapping_add(STEP);
        number % bound.max(1)
    }

    /// The same for amounts and times.
    pub(crate) fn below_i64(&mut self, bound: i64) -> i64 {
        let bound = u64::try_from(bound).unwrap_or_default();
        i64::try_from(self.below(bound)).unwrap_or_default()
    }

    /// One of these, if there are any.
    pub(crate) fn of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let bound = u64::try_from(choices.len()).ok()?;
        choices.get(usize::try_from(self.below(bound)).ok()?)
    }
}
