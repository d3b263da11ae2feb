//! Fingerprints: how keys and log lines name somebody without telling who.

use sha2::{Digest, Sha256};

use crate::hex;

/// The SHA-256 of a subject, as 64 lower-case hexadecimal digits. A reader who knows the subject can find what
/// was kept of it; who reads what was kept does not see the subject.
#[must_use]
pub fn fingerprint(subject: impl AsRef<[u8]>) -> String {
    hex::encode(&Sha256::digest(subject))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_fingerprint_is_the_sha_256_of_fips_180() {
        assert_eq!(
            fingerprint("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
