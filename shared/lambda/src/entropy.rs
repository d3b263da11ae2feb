//! Randomness: the operating system's.

use domain::Entropy;

/// The operating system's cryptographic random numbers.
#[derive(Clone, Copy, Debug)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// When the operating system has no random numbers: nothing secure can be done then.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the operating system's randomness"
        )]
        let filled = getrandom::fill(bytes);
        #[expect(
            clippy::panic,
            reason = "going on with predictable secrets would be worse"
        )]
        if let Err(error) = filled {
            panic!("the operating system has no random numbers: {error}");
        }
    }
}
