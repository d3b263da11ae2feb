//! The notice after an address was changed.

use domain::{EmailAddress, UserId};
use time::OffsetDateTime;

use crate::{Bilingual, Desk, Mail, Notice, in_japan, in_japan_in_english, subject_of};

const SUBJECT: &str = include_str!("../templates/email-changed/subject.txt");
const BODY: &str = include_str!("../templates/email-changed/body.txt");
const ENGLISH: &str = include_str!("../templates/email-changed/english.txt");

/// 【メールアドレス変更のお知らせ】: whose address, when, to which (masked: the former address may be somebody
/// else's by now), and whom to call if it was somebody else. To both addresses (OWASP ASVS 5.0, 6.3.7).
pub struct EmailChangedMail<'a> {
    user_id: &'a UserId,
    email: &'a EmailAddress,
    at: OffsetDateTime,
    desk: Desk<'a>,
    has_english: bool,
}

impl<'a> EmailChangedMail<'a> {
    /// Of the account of this user ID, which has this address since then; questions go to this desk.
    #[must_use]
    pub fn new(
        user_id: &'a UserId,
        email: &'a EmailAddress,
        at: OffsetDateTime,
        desk: Desk<'a>,
    ) -> Self {
        Self {
            user_id,
            email,
            at,
            desk,
            has_english: false,
        }
    }

    fn write(&self, text: &str, at: &str, desk: Desk<'_>) -> String {
        // Last, what a member chose: nothing in it is replaced again.
        desk.write_into(&text.replace("{at}", at))
            .replace("{email}", &self.email.masked())
            .replace("{user_id}", self.user_id.as_typed())
    }
}

impl Notice for EmailChangedMail<'_> {}

impl Bilingual for EmailChangedMail<'_> {
    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

impl Mail for EmailChangedMail<'_> {
    fn subject(&self) -> String {
        let english = self.has_english.then_some("Your email address was changed");
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
    fn the_notice_says_whose_when_whom_to_call_and_not_the_whole_address() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let email = EmailAddress::parse("taro-new@example.jp").expect("an address");
        let at = datetime!(2026-12-31 15:05 UTC);
        let mail = EmailChangedMail::new(&user_id, &email, at, Desk::SAMPLE);
        assert_eq!(mail.subject(), "【メールアドレス変更のお知らせ】");
        let japanese = mail.text();
        let masked = format!("変更後のメールアドレス：{}（", email.masked());
        for told in [
            "ユーザーID：Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            &masked,
            "電話番号：03-0000-0000",
        ] {
            assert!(japanese.contains(told), "{japanese}");
        }
        let both = mail.in_english_too();
        assert_eq!(
            both.subject(),
            "【メールアドレス変更のお知らせ】 Your email address was changed"
        );
        let both = both.text();
        let english = both.strip_prefix(&japanese).expect("Japanese first");
        assert!(english.is_ascii(), "{english}");
        let masked = format!("\nNew email address: {} (", email.masked());
        for told in [
            "\nUser ID: Taro\nChanged: 1 January 2027, 00:05 (Japan time)\n",
            &masked,
            "please call us at once",
            "Sample Health Insurance Society\nTelephone: 03-0000-0000\nHours: weekdays 9:00 to 17:00\n",
        ] {
            assert!(english.contains(told), "{english}");
        }
        assert!(!both.contains("taro-new@"), "{both}");
        assert!(!both.contains('{'), "a placeholder is left: {both}");
        assert!(!both.contains("http"), "there is a link: {both}");
    }
}
