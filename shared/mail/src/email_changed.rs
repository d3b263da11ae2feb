//! The notice after an address was changed.

use domain::{EmailAddress, UserId};
use time::OffsetDateTime;

use crate::{Desk, Mail, Notice, in_japan};

const SUBJECT: &str = include_str!("../templates/email-changed/subject.txt");
const BODY: &str = include_str!("../templates/email-changed/body.txt");

/// 【メールアドレス変更のお知らせ】: whose address, when, to which (masked: the former address may be somebody
/// else's by now), and whom to call if it was somebody else. To both addresses (OWASP ASVS 5.0, 6.3.7).
pub struct EmailChangedMail<'a> {
    /// The user ID.
    pub user_id: &'a UserId,
    /// The address that the account has now.
    pub email: &'a EmailAddress,
    /// When it was changed.
    pub at: OffsetDateTime,
    /// Whom to call.
    pub desk: Desk<'a>,
}

impl Notice for EmailChangedMail<'_> {}

impl Mail for EmailChangedMail<'_> {
    fn subject(&self) -> String {
        SUBJECT.trim_end().to_owned()
    }

    fn text(&self) -> String {
        let body = BODY.replace("{at}", &in_japan(self.at));
        // Last, what a member chose: nothing in it is replaced again.
        self.desk
            .write_into(&body)
            .replace("{email}", &self.email.masked())
            .replace("{user_id}", self.user_id.as_typed())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_notice_says_whose_when_whom_to_call_and_not_the_whole_address() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let email = EmailAddress::parse("taro-new@example.jp").expect("an address");
        let mail = EmailChangedMail {
            user_id: &user_id,
            email: &email,
            at: datetime!(2026-12-31 15:05 UTC),
            desk: Desk::SAMPLE,
        };
        assert_eq!(mail.subject(), "【メールアドレス変更のお知らせ】");
        let text = mail.text();
        let masked = format!("変更後のメールアドレス：{}（", email.masked());
        for told in [
            "ユーザーID：Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            &masked,
            "電話番号：03-0000-0000",
        ] {
            assert!(text.contains(told), "{text}");
        }
        assert!(!text.contains("taro-new@"), "{text}");
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(!text.contains("http"), "there is a link: {text}");
    }
}
