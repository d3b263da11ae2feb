//! Chance that can be repeated: the same seed and subject always give the same number.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A number for a subject.
pub(crate) fn draw(seed: u64, of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    of.hash(&mut hasher);
    hasher.finish()
}
