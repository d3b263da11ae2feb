//! The notice that the account was made.

use domain::UserId;
use time::OffsetDateTime;

use crate::{Bilingual, Desk, Mail, Notice, in_japan, in_japan_in_english, subject_of};

const SUBJECT: &str = include_str!("../templates/account-made/subject.txt");
const BODY: &str = include_str!("../templates/account-made/body.txt");
const ENGLISH: &str = include_str!("../templates/account-made/english.txt");

/// 【ユーザーID作成完了のお知らせ】: the user ID as it was typed, to be kept, and how to go on. Neither name nor number:
/// a family may share the address.
pub struct AccountMadeMail<'a> {
    user_id: &'a UserId,
    at: OffsetDateTime,
    desk: Desk<'a>,
    has_english: bool,
}

impl<'a> AccountMadeMail<'a> {
    /// Of the account of this user ID, made at this time; questions go to this desk.
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

impl Notice for AccountMadeMail<'_> {}

impl Bilingual for AccountMadeMail<'_> {
    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

impl Mail for AccountMadeMail<'_> {
    fn subject(&self) -> String {
        let english = self.has_english.then_some("Your account was made");
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
    fn the_notice_tells_the_user_id_as_it_was_typed_and_no_password() {
        let user_id = UserId::parse("Kenpo-Taro").expect("a user ID");
        let at = datetime!(2026-12-31 15:05 UTC);
        let mail = AccountMadeMail::new(&user_id, at, Desk::SAMPLE);
        assert_eq!(mail.subject(), "【ユーザーID作成完了のお知らせ】");
        let japanese = mail.text();
        for told in [
            "\nユーザーID：Kenpo-Taro\n",
            "作成日時：2027年1月1日 00時05分（日本時間）\n",
            "パスワードは、本メールに記載しておりません",
            "見本健康保険組合\n電話番号：03-0000-0000\n受付時間：平日9時から17時\n",
        ] {
            assert!(japanese.contains(told), "{japanese}");
        }
        let both = mail.in_english_too();
        assert_eq!(
            both.subject(),
            "【ユーザーID作成完了のお知らせ】 Your account was made"
        );
        let both = both.text();
        let english = both.strip_prefix(&japanese).expect("Japanese first");
        assert!(english.is_ascii(), "{english}");
        for told in [
            "\nUser ID: Kenpo-Taro\nMade: 1 January 2027, 00:05 (Japan time)\n",
            "Sample Health Insurance Society\nTelephone: 03-0000-0000\n",
        ] {
            assert!(english.contains(told), "{english}");
        }
        assert!(!both.contains('{'), "a placeholder is left: {both}");
        assert!(!both.contains("http"), "there is a link: {both}");
    }

    #[test]
    fn an_insurer_that_is_not_translated_is_named_in_japanese() {
        let user_id = UserId::parse("Taro").expect("a user ID");
        let desk = Desk {
            english: None,
            ..Desk::SAMPLE
        };
        let mail = AccountMadeMail::new(&user_id, datetime!(2026-12-31 15:05 UTC), desk);
        let text = mail.in_english_too().text();
        assert!(
            text.contains("見本健康保険組合\nTelephone: 03-0000-0000\nHours: 平日9時から17時\n"),
            "{text}"
        );
    }
}
