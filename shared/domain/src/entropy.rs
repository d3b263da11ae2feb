//! Where random bytes come from. The domain says how many it needs and what it makes of them;
//! the operating system's generator is wired in at the edge, and a test brings its own.

/// A cryptographically secure source of random bytes (OWASP ASVS 5.0, 11.5.1).
///
/// It cannot fail: an edge whose generator fails has nothing sensible left to do and ends.
pub trait Entropy {
    /// Overwrites all of `bytes` with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

impl<E: Entropy + ?Sized> Entropy for &E {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}
