//! Chance that a seed decides: the same seed, the same course of events.

use std::time::Duration;

/// A generator of numbers (Steele, Lea, Flood: `SplitMix`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The chance of a seed.
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// One of several chances of a seed, which have nothing to do with each other.
    pub fn nth(seed: u64, number: u64) -> Self {
        let mut chance = Self(seed ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03));
        Self(chance.next())
    }

    /// The next number.
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends, so nobody wants it as an iterator"
    )]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A time from `least` to `most` seconds, to the millisecond.
    pub fn seconds(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least * 1_000 + self.next() % ((most - least) * 1_000))
    }
}
