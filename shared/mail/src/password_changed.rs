//! The notice after a password was changed.

use domain::UserId;
use time::OffsetDateTime;

use crate::{Desk, Mail, Notice, in_japan};

const SUBJECT: &str = include_str!("../templates/password-changed/subject.txt");
const BODY: &str = include_str!("../templates/password-changed/body.txt");

/// 【パスワード変更のお知らせ】: whose password, when, and whom to call if it was somebody else (OWASP
/// ASVS 5.0, 6.3.7). No link: such notices are what phishing imitates.
pub struct PasswordChangedMail<'a> {
    /// The user ID.
    pub user_id: &'a UserId,
    /// When it was changed.
    pub at: OffsetDateTime,
    /// Whom to call.
    pub desk: Desk<'a>,
}

impl Notice for PasswordChangedMail<'_> {}

impl Mail for PasswordChangedMail<'_> {
    fn subject(&self) -> String {
        SUBJECT.trim_end().to_owned()
    }

    fn text(&self) -> String {
        let body = BODY.replace("{at}", &in_japan(self.at));
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
    fn the_notice_says_whose_when_and_whom_to_call() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let mail = PasswordChangedMail {
            user_id: &user_id,
            at: datetime!(2026-12-31 15:05 UTC),
            desk: Desk::SAMPLE,
        };
        assert_eq!(mail.subject(), "【パスワード変更のお知らせ】");
        let text = mail.text();
        for told in [
            "ユーザーID：Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            "見本健康保険組合",
            "電話番号：03-0000-0000",
            "受付時間：平日9時から17時",
        ] {
            assert!(text.contains(told), "{text}");
        }
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(!text.contains("http"), "there is a link: {text}");
    }
}
