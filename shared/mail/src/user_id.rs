//! The mail that tells a forgotten user ID.

use domain::UserId;

use crate::{Bilingual, Desk, Mail, Notice, subject_of};

const SUBJECT: &str = include_str!("../templates/user-id/subject.txt");
const BODY: &str = include_str!("../templates/user-id/body.txt");
const ENGLISH: &str = include_str!("../templates/user-id/english.txt");

/// 【ユーザーIDのお知らせ】: the user ID as it was typed, and how to go on. Neither name nor number: a
/// family may share the address.
pub struct UserIdMail<'a> {
    user_id: &'a UserId,
    desk: Desk<'a>,
    has_english: bool,
}

impl<'a> UserIdMail<'a> {
    /// Of this user ID; questions go to this desk.
    #[must_use]
    pub fn new(user_id: &'a UserId, desk: Desk<'a>) -> Self {
        Self {
            user_id,
            desk,
            has_english: false,
        }
    }

    fn write(&self, text: &str, desk: Desk<'_>) -> String {
        // Last, what a member chose: nothing in it is replaced again.
        desk.write_into(text)
            .replace("{user_id}", self.user_id.as_typed())
    }
}

impl Notice for UserIdMail<'_> {}

impl Bilingual for UserIdMail<'_> {
    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

impl Mail for UserIdMail<'_> {
    fn subject(&self) -> String {
        let english = self.has_english.then_some("Your user ID");
        subject_of(SUBJECT, english)
    }

    fn text(&self) -> String {
        let mut text = self.write(BODY, self.desk);
        if self.has_english {
            text.push_str(&self.write(ENGLISH, self.desk.in_english()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_tells_the_user_id_as_it_was_typed() {
        let user_id = UserId::parse("Kenpo-Taro").expect("a user ID");
        let mail = UserIdMail::new(&user_id, Desk::SAMPLE);
        assert_eq!(mail.subject(), "【ユーザーIDのお知らせ】");
        let japanese = mail.text();
        assert!(
            japanese.contains("\nユーザーID：Kenpo-Taro\n"),
            "{japanese}"
        );
        assert!(japanese.contains("電話番号：03-0000-0000"), "{japanese}");
        let both = mail.in_english_too();
        assert_eq!(both.subject(), "【ユーザーIDのお知らせ】 Your user ID");
        let both = both.text();
        let english = both.strip_prefix(&japanese).expect("Japanese first");
        assert!(english.is_ascii(), "{english}");
        for told in [
            "\nYour user ID: Kenpo-Taro\n",
            "\"Forgot your password?\"",
            "Sample Health Insurance Society\nTelephone: 03-0000-0000\nHours: weekdays 9:00 to 17:00\n",
        ] {
            assert!(english.contains(told), "{english}");
        }
        assert!(!both.contains('{'), "a placeholder is left: {both}");
        assert!(!both.contains("http"), "there is a link: {both}");
    }
}
