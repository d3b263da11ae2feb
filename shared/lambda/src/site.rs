//! The site that the API belongs to, and the distribution in front of both: what a request must have come
//! through, and which pages may change something.

use domain::fingerprint;
use http::header::{HOST, HeaderName, ORIGIN};

use crate::{Call, ConfigError, Env, Problem};

/// Where the distribution says the key that only it and the functions know. It overwrites what a client
/// may have written there.
const ORIGIN_KEY: HeaderName = HeaderName::from_static("x-origin-key");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The site that the API belongs to.
pub(crate) struct Site {
    /// Its origin, where the API's own host is another (behind a distribution).
    origin: Option<String>,
    /// The fingerprints of the keys that the distribution may send: the one in use, and the one that was,
    /// or will be.
    keys: Vec<String>,
}

impl Site {
    /// The site that the environment tells of.
    ///
    /// # Errors
    /// When there is no key: then anybody could call past the distribution, and name any address as the
    /// client's.
    pub(crate) fn of(env: &Env) -> Result<Self, ConfigError> {
        let keys = env.required("ORIGIN_KEYS")?;
        Ok(Self::new(env.optional("SITE_ORIGIN"), &keys))
    }

    /// The site of this origin, behind a distribution that sends one of these keys, which stand apart by
    /// commas.
    pub(crate) fn new(origin: Option<String>, keys: &str) -> Self {
        Self {
            origin,
            keys: keys
                .split(',')
                .filter(|key| !key.is_empty())
                .map(fingerprint)
                .collect(),
        }
    }

    /// Refuses what did not come through the distribution: its findings about the client are all that
    /// throttles go by, and its firewall would be passed by.
    ///
    /// # Errors
    /// [`Problem::DirectCall`].
    pub(crate) fn refuse_direct(&self, call: &Call) -> Result<(), Problem> {
        // Of two fingerprints, the time of a comparison tells nothing about what they are of.
        let key = call.header(ORIGIN_KEY).map(fingerprint);
        if key.is_some_and(|key| self.keys.contains(&key)) {
            Ok(())
        } else {
            Err(Problem::DirectCall)
        }
    }

    /// Refuses a state-changing request that a page of another site made.
    ///
    /// # Errors
    /// [`Problem::CrossSite`].
    pub(crate) fn refuse_cross_site(&self, call: &Call) -> Result<(), Problem> {
        if self.made(call) {
            Ok(())
        } else {
            Err(Problem::CrossSite)
        }
    }

    /// Whether a page of this site made a request. Browsers say so themselves in `Sec-Fetch-Site`; older
    /// ones only send `Origin`; what is no browser sends neither.
    fn made(&self, call: &Call) -> bool {
        if let Some(from) = call.header(SEC_FETCH_SITE) {
            return from == "same-origin";
        }
        let Some(origin) = call.header(ORIGIN) else {
            return true;
        };
        if let Some(own) = &self.origin {
            return origin == own;
        }
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some() && authority == call.header(HOST)
    }
}
