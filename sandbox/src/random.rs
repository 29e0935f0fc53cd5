//! Reproducible pseudo-random numbers: the generator `SplitMix64`.

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The mixing function of `SplitMix64`. Different inputs give different outputs.
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(STEP);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A sequence that is determined by its seed.
#[derive(Debug)]
pub(crate) struct SeededRandom(u64);

impl SeededRandom {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, from 0 to `bound` - 1. A bound of 0 counts as 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let number = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        number % bound.max(1)
    }

    /// Like [`Self::below`], for amounts and times.
    pub(crate) fn below_i64(&mut self, bound: i64) -> i64 {
        let bound = u64::try_from(bound).unwrap_or_default();
        i64::try_from(self.below(bound)).unwrap_or_default()
    }

    /// One of the choices; `None` if there are none.
    pub(crate) fn choose<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let bound = u64::try_from(choices.len()).ok()?;
        choices.get(usize::try_from(self.below(bound)).ok()?)
    }
}
