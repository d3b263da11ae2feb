//! The notice after a password was changed.

use domain::UserId;
use time::OffsetDateTime;

use crate::{Bilingual, Desk, Mail, Notice, in_japan, in_japan_in_english, subject_of};

const SUBJECT: &str = include_str!("../templates/password-changed/subject.txt");
const BODY: &str = include_str!("../templates/password-changed/body.txt");
const ENGLISH: &str = include_str!("../templates/password-changed/english.txt");

/// 【パスワード変更のお知らせ】: whose password, when, and whom to call if it was somebody else (OWASP
/// ASVS 5.0, 6.3.7). No link: such notices are what phishing imitates.
pub struct PasswordChangedMail<'a> {
    user_id: &'a UserId,
    at: OffsetDateTime,
    desk: Desk<'a>,
    has_english: bool,
}

impl<'a> PasswordChangedMail<'a> {
    /// Of the account of this user ID, changed at this time; questions go to this desk.
    #[must_use]
    pub fn new(user_id: &'a UserId, at: OffsetDateTime, desk: Desk<'a>) -> Self {
        Self {
            user_id,
            at,
            desk,
            has_english: false,
        }
    }

    fn write(&self, text: &str, at: &str, desk: Desk<'_>) -> String {
        // Last, what a member chose: nothing in it is replaced again.
        desk.write_into(&text.replace("{at}", at))
            .replace("{user_id}", self.user_id.as_typed())
    }
}

impl Notice for PasswordChangedMail<'_> {}

impl Bilingual for PasswordChangedMail<'_> {
    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

impl Mail for PasswordChangedMail<'_> {
    fn subject(&self) -> String {
        let english = self.has_english.then_some("Your password was changed");
        subject_of(SUBJECT, english)
    }

    fn text(&self) -> String {
        let mut text = self.write(BODY, &in_japan(self.at), self.desk);
        if self.has_english {
            let at = in_japan_in_english(self.at);
            text.push_str(&self.write(ENGLISH, &at, self.desk.in_english()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_notice_says_whose_when_and_whom_to_call() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let at = datetime!(2026-12-31 15:05 UTC);
        let mail = PasswordChangedMail::new(&user_id, at, Desk::SAMPLE);
        assert_eq!(mail.subject(), "【パスワード変更のお知らせ】");
        let japanese = mail.text();
        for told in [
            "ユーザーID：Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            "見本健康保険組合",
            "電話番号：03-0000-0000",
            "受付時間：平日9時から17時",
        ] {
            assert!(japanese.contains(told), "{japanese}");
        }
        let both = mail.in_english_too();
        assert_eq!(
            both.subject(),
            "【パスワード変更のお知らせ】 Your password was changed"
        );
        let both = both.text();
        let english = both.strip_prefix(&japanese).expect("Japanese first");
        assert!(english.is_ascii(), "{english}");
        for told in [
            "\nUser ID: Taro\nChanged: 1 January 2027, 00:05 (Japan time)\n",
            "please call us at once",
            "Sample Health Insurance Society\nTelephone: 03-0000-0000\nHours: weekdays 9:00 to 17:00\n",
        ] {
            assert!(english.contains(told), "{english}");
        }
        assert!(!both.contains('{'), "a placeholder is left: {both}");
        assert!(!both.contains("http"), "there is a link: {both}");
    }
}
