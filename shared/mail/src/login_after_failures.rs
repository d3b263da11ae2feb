//! The notice of a login that came after several wrong passwords.

use domain::{DeviceName, Place, UserId};
use time::OffsetDateTime;

use crate::{Desk, Mail, Notice, in_japan};

const SUBJECT: &str = include_str!("../templates/login-after-failures/subject.txt");
const BODY: &str = include_str!("../templates/login-after-failures/body.txt");
const UNKNOWN: &str = "不明";

/// 【ログインのお知らせ】: which login, from where, after how many failures, and what to do if it was
/// somebody else's (OWASP ASVS 5.0, 6.3.5).
pub struct LoginAfterFailuresMail<'a> {
    /// The user ID.
    pub user_id: &'a UserId,
    /// When it logged in.
    pub at: OffsetDateTime,
    /// With which browser.
    pub device: Option<&'a DeviceName>,
    /// From where.
    pub place: Option<&'a Place>,
    /// The wrong passwords before.
    pub failures: u32,
    /// Whom to call.
    pub desk: Desk<'a>,
}

impl Notice for LoginAfterFailuresMail<'_> {}

impl Mail for LoginAfterFailuresMail<'_> {
    fn subject(&self) -> String {
        SUBJECT.trim_end().to_owned()
    }

    fn text(&self) -> String {
        let place = self.place.map(Place::in_japanese);
        let body = BODY
            .replace("{at}", &in_japan(self.at))
            .replace("{device}", self.device.map_or(UNKNOWN, DeviceName::as_str))
            .replace("{place}", place.as_deref().unwrap_or(UNKNOWN))
            .replace("{failures}", &self.failures.to_string());
        // Last, what a member chose: nothing in it is replaced again.
        self.desk
            .write_into(&body)
            .replace("{user_id}", self.user_id.as_typed())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_notice_says_which_login_it_is_about_and_what_to_do() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let device = DeviceName::parse("iPhone (Safari)").expect("a name");
        let place = Place::parse("JP-13").expect("a place");
        let mail = LoginAfterFailuresMail {
            user_id: &user_id,
            at: datetime!(2026-12-31 15:05 UTC),
            device: Some(&device),
            place: Some(&place),
            failures: 7,
            desk: Desk::SAMPLE,
        };
        assert_eq!(mail.subject(), "【ログインのお知らせ】");
        let text = mail.text();
        for told in [
            "ユーザーID：Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            "端末：iPhone (Safari)\n",
            "場所：東京都\n",
            "誤り：7回\n",
            "電話番号：03-0000-0000",
        ] {
            assert!(text.contains(told), "{text}");
        }
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(!text.contains("http"), "there is a link: {text}");
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let mail = LoginAfterFailuresMail {
            user_id: &user_id,
            at: datetime!(2026-12-31 15:05 UTC),
            device: None,
            place: None,
            failures: 5,
            desk: Desk::SAMPLE,
        };
        assert!(mail.text().contains("端末：不明\n場所：不明\n"));
    }
}
