//! Browsers that an account has been logged in from: what a member recognises one by, and how one is
//! known again.

use std::time::Duration;

use time::OffsetDateTime;

use crate::TokenHash;

/// How long a browser is known after its last login: over a year, because the survey is yearly, and as
/// long as browsers keep a cookie at most (RFC 6265bis, section 5.5: 400 days).
pub const DEVICE_VALID: Duration = Duration::from_hours(400 * 24);

/// How many browsers are known to an account at a time, like its sessions.
pub const DEVICES_PER_ACCOUNT: usize = 10;

/// A browser that is known to an account: its wrong passwords are counted by themselves, so that nobody
/// else's lock its member out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// The hash of its token.
    pub token: TokenHash,
    /// Its last login.
    pub at: OffsetDateTime,
}

impl KnownDevice {
    /// Whether it is still known.
    #[must_use]
    pub fn is_known(&self, now: OffsetDateTime) -> bool {
        now - self.at < DEVICE_VALID
    }

    /// Those of `known` that a login of the browser `own` has forgotten: the ones whose time is over, and
    /// the ones used longest ago when there would be too many.
    #[must_use]
    pub fn forgotten(known: &[Self], own: &TokenHash, now: OffsetDateTime) -> Vec<TokenHash> {
        let others = known.iter().filter(|device| device.token != *own);
        let (mut alive, over): (Vec<&Self>, Vec<&Self>) =
            others.partition(|device| device.is_known(now));
        alive.sort_by(|a, b| (a.at, a.token.as_str()).cmp(&(b.at, b.token.as_str())));
        let too_many = (alive.len() + 1).saturating_sub(DEVICES_PER_ACCOUNT);
        over.into_iter()
            .chain(alive.into_iter().take(too_many))
            .map(|device| device.token.clone())
            .collect()
    }
}

/// What a member calls a browser: `iPhone (Safari)`. Of what browsers tell about themselves only this is
/// kept, so that it can be recognised by its member and by nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName(String);

/// What a user agent has in it, and what that is called, the particular before the general: Chrome says
/// that it is Safari too, and everything on a Mac may be an iPad.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];
const BROWSERS: [(&str, &str); 11] = [
    (" Line/", "LINE"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

impl DeviceName {
    /// Names a browser by its user agent; `None` when that names nothing known.
    #[must_use]
    pub fn of_user_agent(user_agent: &str) -> Option<Self> {
        let find = |known: &[(&str, &'static str)]| {
            let mut known = known.iter();
            known
                .find(|(mark, _)| user_agent.contains(mark))
                .map(|(_, name)| *name)
        };
        match (find(&SYSTEMS), find(&BROWSERS)) {
            (Some(system), Some(browser)) => Some(Self(format!("{system} ({browser})"))),
            (Some(name), None) | (None, Some(name)) => Some(Self(name.to_owned())),
            (None, None) => None,
        }
    }

    /// Reads a name as [`as_str`](Self::as_str) wrote it: at most 64 printable ASCII characters.
    ///
    /// # Errors
    /// When the text cannot be one.
    pub fn parse(text: &str) -> Result<Self, DeviceNameError> {
        let is_one = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte == b' ' || byte.is_ascii_graphic());
        is_one.then(|| Self(text.to_owned())).ok_or(DeviceNameError)
    }

    /// The name, the same in every language.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored name of a device that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a device")]
pub struct DeviceNameError;

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::{DeviceName, KnownDevice};
    use crate::TokenHash;

    const NOW: OffsetDateTime = datetime!(2026-04-01 01:00 UTC);

    fn token(number: usize) -> TokenHash {
        TokenHash::parse(&format!("{number:064x}")).unwrap()
    }

    /// Browsers that were last used so many days ago.
    fn known(days_ago: &[i64]) -> Vec<KnownDevice> {
        let devices = days_ago.iter().enumerate();
        devices
            .map(|(number, days)| KnownDevice {
                token: token(number),
                at: NOW - Duration::days(*days),
            })
            .collect()
    }

    #[test]
    fn a_browser_is_known_from_survey_to_survey_and_not_for_ever() {
        let [this_year, last_day, over] = &known(&[1, 399, 400])[..] else {
            unreachable!("three devices");
        };
        assert!(this_year.is_known(NOW) && last_day.is_known(NOW));
        assert!(!over.is_known(NOW));
    }

    #[test]
    fn the_tenth_browser_has_room_and_the_eleventh_takes_the_place_of_the_oldest() {
        let nine = known(&[9, 8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(KnownDevice::forgotten(&nine, &token(99), NOW), []);
        let ten = known(&[9, 8, 7, 6, 5, 300, 3, 2, 1, 0]);
        assert_eq!(KnownDevice::forgotten(&ten, &token(99), NOW), [token(5)]);
        // The browser's own place is its own.
        assert_eq!(KnownDevice::forgotten(&ten, &token(5), NOW), []);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let devices = known(&[400, 1, 500]);
        assert_eq!(KnownDevice::forgotten(&devices, &token(2), NOW), [token(0)]);
    }

    #[test]
    fn a_browser_is_called_what_its_member_calls_it() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "iPhone (Safari)",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1",
                "iPhone (Chrome)",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Android (Chrome)",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Android (Samsung Internet)",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Windows (Edge)",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
                "Mac (Firefox)",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko",
                "Windows",
            ),
        ] {
            let named = DeviceName::of_user_agent(user_agent).unwrap();
            assert_eq!(named.as_str(), name, "{user_agent}");
            assert_eq!(DeviceName::parse(name), Ok(named));
        }
        assert_eq!(DeviceName::of_user_agent("curl/8.5.0"), None);
    }

    #[test]
    fn a_stored_name_is_short_and_plain() {
        let long = "x".repeat(65);
        for text in ["", "iPhone\n", "端末", &long] {
            assert!(DeviceName::parse(text).is_err(), "{text}");
        }
    }
}
