//! Passwords are hashed beside the requests, not in them.
//!
//! Argon2 takes tens of milliseconds of CPU and 19 MiB. It runs on a blocking thread, so that calls to
//! AWS go on meanwhile, and in memory that is allocated once, at cold start, and lent out: as many
//! hashes can run at once as there are lots of memory.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Entropy, HashMemory, NewPassword, PasswordAttempt, PasswordHash, Verdict};
use tokio::sync::Semaphore;

use crate::OsEntropy;

/// Hashes at once. Lambda gives an instance one request at a time; the second lot is for what one
/// request may do beside its own.
const AT_ONCE: usize = 2;

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("hashing failed: {0}")]
pub struct HashingFailed(String);

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<HashMemory>>>,
}

impl Hasher {
    /// Allocates and touches the memory of one hash; more is made when it is first needed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            memory: Arc::new(Mutex::new(vec![HashMemory::new()])),
        }
    }

    /// Hashes a new password with a salt of its own.
    ///
    /// # Errors
    /// When hashing fails, which it does not with valid parameters.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, HashingFailed> {
        self.run(move |memory| domain::hash(&password, salt(), memory))
            .await
    }

    /// Compares an attempt with a stored hash. When it matches a hash of outdated cost, the second
    /// value is the new hash to keep.
    ///
    /// # Errors
    /// When the stored hash cannot be computed again.
    pub async fn verify(
        &self,
        stored: PasswordHash,
        attempt: PasswordAttempt,
    ) -> Result<(Verdict, Option<PasswordHash>), HashingFailed> {
        self.run(move |memory| {
            let verdict = stored.verify(&attempt, memory)?;
            let rehashed = match verdict {
                Verdict::MatchOutdated => Some(domain::rehash(&attempt, salt(), memory)?),
                Verdict::Match | Verdict::Mismatch => None,
            };
            Ok((verdict, rehashed))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut HashMemory) -> Result<T, domain::HashError> + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let failed = |error: &dyn std::error::Error| HashingFailed(error.to_string());
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|error| failed(&error))?;
        let lots = Arc::clone(&self.memory);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let lent = lots.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut memory = lent.unwrap_or_default();
            let outcome = work(&mut memory);
            lots.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(memory);
            outcome
        })
        .await
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    OsEntropy.fill(&mut salt);
    salt
}
