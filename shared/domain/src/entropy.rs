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

/// Bytes that everybody can guess: a number, over and over. For what has to come out the same each time,
/// such as a sample; never for what has to be secret.
#[derive(Clone, Copy, Debug)]
pub struct Guessable(pub u32);

impl Guessable {
    /// Nothing but this byte.
    #[must_use]
    pub const fn byte(byte: u8) -> Self {
        Self(u32::from_le_bytes([byte; 4]))
    }
}

impl Entropy for Guessable {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(self.0.to_le_bytes().iter().cycle()) {
            *byte = *value;
        }
    }
}
