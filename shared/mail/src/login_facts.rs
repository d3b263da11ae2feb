//! Which login a notice is about.

use domain::{DeviceName, Place, UserId};
use time::OffsetDateTime;

use crate::{Desk, in_japan, in_japan_in_english};

/// A login, as a notice tells it to the member: when, with what and from where it was (OWASP ASVS 5.0, 6.3.5).
#[derive(Clone, Copy)]
pub struct LoginFacts<'a> {
    /// The user ID.
    pub user_id: &'a UserId,
    /// When it logged in.
    pub at: OffsetDateTime,
    /// With which browser.
    pub device: Option<&'a DeviceName>,
    /// From where.
    pub place: Option<&'a Place>,
    /// Whom to call.
    pub desk: Desk<'a>,
}

/// The words of one language for the facts.
struct Words<'a> {
    at: String,
    place: Option<String>,
    unknown: &'static str,
    desk: Desk<'a>,
}

impl LoginFacts<'_> {
    /// The facts in a Japanese text.
    pub(crate) fn write_into(&self, text: &str) -> String {
        let words = Words {
            at: in_japan(self.at),
            place: self.place.map(Place::in_japanese),
            unknown: "不明",
            desk: self.desk,
        };
        self.write(text, &words)
    }

    /// The facts in an English text.
    pub(crate) fn write_into_english(&self, text: &str) -> String {
        let words = Words {
            at: in_japan_in_english(self.at),
            place: self.place.map(Place::in_english),
            unknown: "not known",
            desk: self.desk.in_english(),
        };
        self.write(text, &words)
    }

    fn write(&self, text: &str, words: &Words<'_>) -> String {
        let device = self.device.map_or(words.unknown, DeviceName::as_str);
        let text = text
            .replace("{at}", &words.at)
            .replace("{device}", device)
            .replace("{place}", words.place.as_deref().unwrap_or(words.unknown));
        // Last, what a member chose: nothing in it is replaced again.
        words
            .desk
            .write_into(&text)
            .replace("{user_id}", self.user_id.as_typed())
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use time::macros::datetime;

    use super::*;

    /// Does something with a login of which all is known, and with one of which neither device nor place is.
    pub(crate) fn with_logins(look: impl Fn(LoginFacts<'_>, LoginFacts<'_>)) {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let device = DeviceName::parse("iPhone (Safari)").expect("a name");
        let place = Place::parse("JP-13").expect("a place");
        let known = LoginFacts {
            user_id: &user_id,
            at: datetime!(2026-12-31 15:05 UTC),
            device: Some(&device),
            place: Some(&place),
            desk: Desk::SAMPLE,
        };
        let unknown = LoginFacts {
            device: None,
            place: None,
            ..known
        };
        look(known, unknown);
    }

    /// What every notice of a login tells in Japanese.
    pub(crate) const JAPANESE: [&str; 6] = [
        "ユーザーID：Taro\n",
        "2027年1月1日 00時05分（日本時間）",
        "端末：iPhone (Safari)\n",
        "場所：東京都\n",
        "電話番号：03-0000-0000",
        "パスワードを再設定し",
    ];

    /// And in English.
    pub(crate) const ENGLISH: [&str; 6] = [
        "User ID: Taro\n",
        "Login: 1 January 2027, 00:05 (Japan time)\n",
        "Device: iPhone (Safari)\nPlace: Tokyo\n",
        "Sample Health Insurance Society\nTelephone: 03-0000-0000\n",
        "Hours: weekdays 9:00 to 17:00\n",
        "set a new password at once",
    ];

    /// Asserts that the text is whole: all is told, no placeholder is left, and there is no link.
    pub(crate) fn assert_tells(text: &str, told: &[&str]) {
        for told in told {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(!text.contains("http"), "there is a link: {text}");
    }
}
