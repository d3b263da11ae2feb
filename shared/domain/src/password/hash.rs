//! How a password is kept: Argon2id (RFC 9106) as a PHC string, which carries its own salt and
//! cost, so that the cost can rise and old hashes go on working. The one place where the cost is
//! written. The memory is the caller's to keep, and so are the threads on which this runs: one
//! hash takes some tens of milliseconds of one core.

use argon2::password_hash::phc;
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use subtle::ConstantTimeEq as _;

use super::{NewPassword, PasswordAttempt};

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory, in KiB (`m`).
    pub memory_kib: u32,
    /// Passes over the memory (`t`).
    pub passes: u32,
    /// Lanes (`p`).
    pub lanes: u32,
}

/// The cost of every hash that is made now: OWASP's minimum for Argon2id (Password Storage Cheat
/// Sheet; OWASP ASVS 5.0, 11.4.2). To raise it here is enough: at their next login
/// members get [`Verdict::MatchOutdated`] and a new hash.
pub const ARGON2: Argon2Cost = Argon2Cost {
    memory_kib: 19 * 1024,
    passes: 2,
    lanes: 1,
};

/// The most that a stored hash may ask for: more is a broken or forged item, not a password. In
/// KiB of memory, and in KiB times passes.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_WORK_KIB: u32 = 4 * MOST_MEMORY_KIB;
const MOST_LANES: u32 = 16;

/// In bytes; RFC 9106, section 3.1, recommends 16 for the salt, and 32 for the hash is the
/// reference implementation's choice.
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// The memory that a hash is made in: 19 MiB, which would otherwise be asked of the system and
/// faulted in at every login. Make one at the start, and use it for one hash at a time.
pub struct HashMemory(Vec<Block>);

opaque_debug!(HashMemory);

impl HashMemory {
    /// Allocates the memory for [`ARGON2`] and writes to all of it once, so that the first hash
    /// finds it there.
    #[must_use]
    pub fn new() -> Self {
        Self(vec![Block::new(); OURS.block_count()])
    }
}

impl Default for HashMemory {
    fn default() -> Self {
        Self::new()
    }
}

/// The hash of a password, as the database has it. It is compared by [`verify`](Self::verify) and in no
/// other way, because any other would take as long as the two agree:
///
/// ```compile_fail,E0369
/// # fn stored() -> domain::PasswordHash { unimplemented!() }
/// assert!(stored() == stored());
/// ```
///
/// `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, in base64 without padding (PHC string format).
#[derive(Clone)]
pub struct PasswordHash {
    phc: String,
    params: Params,
    salt: Vec<u8>,
    hash: [u8; HASH_BYTES],
    /// Stands for an account that does not exist: no attempt matches it.
    decoy: bool,
}

opaque_debug!(PasswordHash);

/// What a password at a login was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The right one.
    Match,
    /// The right one, but its hash cost less than [`ARGON2`]: make a new one with [`rehash`].
    MatchOutdated,
    /// A wrong one.
    Mismatch,
}

/// Why a password could not be hashed, or a stored hash not be read. Never the member's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The stored text is not a PHC string of Argon2id, version 19, with a salt and 32 bytes of
    /// hash.
    #[error("the stored hash is not a PHC string of Argon2id")]
    Malformed,
    /// The stored hash asks for more memory or passes than any of ours ever did.
    #[error("the stored hash asks for too much memory or too many passes")]
    TooCostly,
    /// The memory that a stored hash of another cost needs was not to be had.
    #[error("no memory for the hash")]
    OutOfMemory,
    /// Argon2 refused what it was given.
    #[error("argon2 refused its input")]
    Refused,
}

impl HashError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooCostly => "too_costly",
            Self::OutOfMemory => "out_of_memory",
            Self::Refused => "refused",
        }
    }
}

/// Hashes a new password at the current cost. The salt is 16 fresh random bytes.
///
/// # Errors
/// [`HashError::Refused`], which no new password leads to.
pub fn hash(
    password: &NewPassword,
    salt: [u8; SALT_BYTES],
    memory: &mut HashMemory,
) -> Result<PasswordHash, HashError> {
    make(password.bytes(), salt, memory)
}

/// Hashes the password of a login again at the current cost, after it was found to match a hash
/// of a lower one ([`Verdict::MatchOutdated`]). The salt is 16 fresh random bytes.
///
/// # Errors
/// As [`hash`].
pub fn rehash(
    attempt: &PasswordAttempt,
    salt: [u8; SALT_BYTES],
    memory: &mut HashMemory,
) -> Result<PasswordHash, HashError> {
    make(attempt.bytes(), salt, memory)
}

impl PasswordHash {
    /// Reads a hash from the database.
    ///
    /// # Errors
    /// [`HashError::Malformed`] or [`HashError::TooCostly`].
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let malformed = HashError::Malformed;
        let read = phc::PasswordHash::new(text).map_err(|_| malformed)?;
        if read.algorithm != ARGON2ID_IDENT || read.version != Some(Version::V0x13.into()) {
            return Err(malformed);
        }
        let salt = read.salt.ok_or(malformed)?;
        let hash = read.hash.ok_or(malformed)?;
        let hash: [u8; HASH_BYTES] = hash.as_bytes().try_into().map_err(|_| malformed)?;
        // A keyid or associated data would change the hash; we never made one with them.
        if read
            .params
            .iter()
            .any(|(name, _)| !["m", "t", "p"].contains(&name.as_str()))
        {
            return Err(malformed);
        }
        let number = |name: &str| read.params.get_decimal(name).ok_or(malformed);
        let cost = Argon2Cost {
            memory_kib: number("m")?,
            passes: number("t")?,
            lanes: number("p")?,
        };
        if cost.memory_kib > MOST_MEMORY_KIB
            || cost.memory_kib.saturating_mul(cost.passes) > MOST_WORK_KIB
            || cost.lanes > MOST_LANES
        {
            return Err(HashError::TooCostly);
        }
        Ok(Self {
            phc: text.to_owned(),
            params: Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES))
                .map_err(|_| malformed)?,
            salt: salt.as_ref().to_vec(),
            hash,
            decoy: false,
        })
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.phc
    }

    /// Compares a password with this hash, in the time of one hash whatever the answer (OWASP ASVS
    /// 5.0, 6.3.8).
    ///
    /// # Errors
    /// [`HashError::OutOfMemory`] where a stored hash of another cost needs more than there is.
    pub fn verify(
        &self,
        attempt: &PasswordAttempt,
        memory: &mut HashMemory,
    ) -> Result<Verdict, HashError> {
        let found = compute(attempt.bytes(), &self.salt, &self.params, memory)?;
        let same: bool = self.hash.ct_eq(&found).into();
        Ok(match same && !self.decoy {
            false => Verdict::Mismatch,
            true if self.is_outdated() => Verdict::MatchOutdated,
            true => Verdict::Match,
        })
    }

    /// A hash that no password matches, to verify against when there is no account: it costs
    /// exactly what one of ours costs, so that the time does not tell which user IDs exist (OWASP
    /// ASVS 5.0, 6.3.8).
    #[must_use]
    pub fn decoy() -> Self {
        Self {
            decoy: true,
            ..encode([0; SALT_BYTES], [0; HASH_BYTES])
        }
    }

    fn is_outdated(&self) -> bool {
        self.params.m_cost() < ARGON2.memory_kib
            || self.params.t_cost() < ARGON2.passes
            || self.params.p_cost() < ARGON2.lanes
            || self.salt.len() < SALT_BYTES
    }
}

/// [`ARGON2`] as the algorithm takes it. The other arm is never taken, which a test holds: a
/// constant cannot propagate an error, and a panic has no place here.
const OURS: Params = match Params::new(
    ARGON2.memory_kib,
    ARGON2.passes,
    ARGON2.lanes,
    Some(HASH_BYTES),
) {
    Ok(params) => params,
    Err(_) => Params::DEFAULT,
};

fn make(
    password: &[u8],
    salt: [u8; SALT_BYTES],
    memory: &mut HashMemory,
) -> Result<PasswordHash, HashError> {
    compute(password, &salt, &OURS, memory).map(|hash| encode(salt, hash))
}

/// Runs Argon2id in `memory`, or in memory of its own where a stored hash needs more.
fn compute(
    password: &[u8],
    salt: &[u8],
    params: &Params,
    memory: &mut HashMemory,
) -> Result<[u8; HASH_BYTES], HashError> {
    let mut hash = [0; HASH_BYTES];
    let needed = params.block_count();
    let mut own = Vec::new();
    let blocks = if needed <= memory.0.len() {
        &mut memory.0
    } else {
        own.try_reserve_exact(needed)
            .map_err(|_| HashError::OutOfMemory)?;
        own.resize(needed, Block::new());
        &mut own
    };
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password, salt, &mut hash, blocks)
        .map_err(|_| HashError::Refused)?;
    Ok(hash)
}

fn encode(salt: [u8; SALT_BYTES], hash: [u8; HASH_BYTES]) -> PasswordHash {
    let Argon2Cost {
        memory_kib,
        passes,
        lanes,
    } = ARGON2;
    let phc = format!(
        "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash),
    );
    PasswordHash {
        phc,
        params: OURS,
        salt: salt.to_vec(),
        hash,
        decoy: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NewPassword, PasswordAttempt, PasswordContext};
    use super::{ARGON2, HashError, HashMemory, OURS, PasswordHash, Verdict, hash, rehash};

    // The reference implementation's answers, through argon2-cffi 25.1.0 (libargon2):
    //   from argon2.low_level import hash_secret, Type
    //   hash_secret(b"kzmv-4711", bytes(range(16)), t, m, p, 32, Type.ID)
    const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$tc0sO9sNAzsgBwDw65sKVU8mSMn1dgQX085Y5OTBXF0";
    const CHEAP: &str = "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI";
    const LARGER: &str = "$argon2id$v=19$m=20480,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$NyHgw7n0mvRYgQcg+RjdiZKTsNDFhNjXj7NkevOrD/I";
    const SHORT_SALT: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgc$usC/0bcLJ0oaNKrOMrQS8ndyCvihEAQEyR6qHfGSLOk";

    const SALT: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    fn attempt(text: &str) -> PasswordAttempt {
        PasswordAttempt::parse(text).unwrap()
    }

    fn verdict(phc: &str, text: &str, memory: &mut HashMemory) -> Verdict {
        PasswordHash::parse(phc)
            .unwrap()
            .verify(&attempt(text), memory)
            .unwrap()
    }

    #[test]
    fn the_cost_is_owasps_minimum_or_above() {
        const { assert!(ARGON2.memory_kib >= 19 * 1024 && ARGON2.passes >= 2 && ARGON2.lanes >= 1) };
        assert_eq!(
            (
                OURS.m_cost(),
                OURS.t_cost(),
                OURS.p_cost(),
                OURS.output_len()
            ),
            (ARGON2.memory_kib, ARGON2.passes, ARGON2.lanes, Some(32))
        );
        assert_eq!(HashMemory::new().0.len(), OURS.block_count());
    }

    #[test]
    fn hashes_are_those_of_the_reference_implementation() {
        let mut memory = HashMemory::new();
        let password = NewPassword::parse("kzmv-4711", &PasswordContext::default()).unwrap();
        let first = hash(&password, SALT, &mut memory).unwrap();
        assert_eq!(first.as_str(), CURRENT);
        // What an earlier hash left in the memory does not show.
        assert_eq!(verdict(CURRENT, "kzmv-4711", &mut memory), Verdict::Match);
        assert_eq!(
            first.verify(&attempt("kzmv-4711"), &mut memory),
            Ok(Verdict::Match)
        );
        assert_eq!(
            verdict(CURRENT, "kzmv-4712", &mut memory),
            Verdict::Mismatch
        );
    }

    #[test]
    fn a_hash_of_a_lower_cost_matches_and_asks_to_be_made_anew() {
        let mut memory = HashMemory::new();
        assert_eq!(
            verdict(CHEAP, "kzmv-4711", &mut memory),
            Verdict::MatchOutdated
        );
        assert_eq!(verdict(CHEAP, "kzmv-4710", &mut memory), Verdict::Mismatch);
        assert_eq!(
            verdict(SHORT_SALT, "kzmv-4711", &mut memory),
            Verdict::MatchOutdated
        );
        assert_eq!(
            rehash(&attempt("kzmv-4711"), SALT, &mut memory)
                .unwrap()
                .as_str(),
            CURRENT
        );
    }

    #[test]
    fn a_hash_of_a_higher_cost_matches_in_memory_of_its_own() {
        assert_eq!(
            verdict(LARGER, "kzmv-4711", &mut HashMemory::new()),
            Verdict::Match
        );
    }

    #[test]
    fn the_twentieth_character_matters() {
        let mut memory = HashMemory::new();
        let password =
            NewPassword::parse("kz7-mvqwkz7-mvqwkz7-", &PasswordContext::default()).unwrap();
        let hash = hash(&password, SALT, &mut memory).unwrap();
        for wrong in ["kz7-mvqwkz7-mvqwkz7", "kz7-mvqwkz7-mvqwkz7_"] {
            assert_eq!(
                hash.verify(&attempt(wrong), &mut memory),
                Ok(Verdict::Mismatch),
                "{wrong}"
            );
        }
        assert_eq!(
            hash.verify(&attempt("kz7-mvqwkz7-mvqwkz7-"), &mut memory),
            Ok(Verdict::Match)
        );
    }

    #[test]
    fn the_decoy_costs_the_same_and_matches_nothing() {
        let decoy = PasswordHash::decoy();
        assert_eq!(decoy.params, PasswordHash::parse(CURRENT).unwrap().params);
        assert_eq!(decoy.salt.len(), SALT.len());
        let mut memory = HashMemory::new();
        assert_eq!(
            decoy.verify(&attempt("kzmv-4711"), &mut memory),
            Ok(Verdict::Mismatch)
        );
        // Not even what it is the hash of.
        let known = PasswordHash {
            decoy: true,
            ..PasswordHash::parse(CHEAP).unwrap()
        };
        assert_eq!(
            known.verify(&attempt("kzmv-4711"), &mut memory),
            Ok(Verdict::Mismatch)
        );
    }

    #[test]
    fn what_is_no_hash_of_ours_is_refused_when_it_is_read() {
        let refused = |text: &str| PasswordHash::parse(text).err();
        for text in [
            "",
            "kzmv-4711",
            "$argon2i$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$v=16$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$v=19$m=64,t=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$v=19$m=64,t=0,p=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$v=19$m=4,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$v=19$m=64,t=1,p=1,data=AAEC$AAECAwQFBgcICQoLDA0ODw$KJAS23rjDvKHpKju/VvvT2obXMEGUWgrmhSX8ZT79vI",
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw",
            "$argon2id$v=19$m=64,t=1,p=1",
        ] {
            assert_eq!(refused(text), Some(HashError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_stored_hash_cannot_ask_for_any_amount_of_work() {
        for cost in [
            "m=262145,t=1,p=1",
            "m=4294967295,t=1,p=1",
            "m=64,t=4294967295,p=1",
            "m=4096,t=1,p=17",
        ] {
            let phc = CHEAP.replace("m=64,t=1,p=1", cost);
            assert_eq!(
                PasswordHash::parse(&phc).err(),
                Some(HashError::TooCostly),
                "{cost}"
            );
        }
    }

    #[test]
    fn a_hash_does_not_print() {
        assert_eq!(
            format!("{:?} {:?}", PasswordHash::decoy(), attempt("kzmv-4711")),
            "PasswordHash(..) PasswordAttempt(..)"
        );
    }
}
