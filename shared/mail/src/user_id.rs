//! The mail that tells a forgotten user ID.

use domain::UserId;

use crate::{Desk, Mail, Notice};

const SUBJECT: &str = include_str!("../templates/user-id/subject.txt");
const BODY: &str = include_str!("../templates/user-id/body.txt");

/// 【ユーザーIDのお知らせ】: the user ID as it was typed, and how to go on. Neither name nor number: a
/// family may share the address.
pub struct UserIdMail<'a> {
    /// The user ID.
    pub user_id: &'a UserId,
    /// Whom to call.
    pub desk: Desk<'a>,
}

impl Notice for UserIdMail<'_> {}

impl Mail for UserIdMail<'_> {
    fn subject(&self) -> String {
        SUBJECT.trim_end().to_owned()
    }

    fn text(&self) -> String {
        // Last, what a member chose: nothing in it is replaced again.
        self.desk
            .write_into(BODY)
            .replace("{user_id}", self.user_id.as_typed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_tells_the_user_id_as_it_was_typed() {
        let user_id = UserId::parse("Kenpo-Taro").expect("a user ID");
        let mail = UserIdMail {
            user_id: &user_id,
            desk: Desk::SAMPLE,
        };
        assert_eq!(mail.subject(), "【ユーザーIDのお知らせ】");
        let text = mail.text();
        assert!(text.contains("\nユーザーID：Kenpo-Taro\n"), "{text}");
        assert!(text.contains("電話番号：03-0000-0000"), "{text}");
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(!text.contains("http"), "there is a link: {text}");
    }
}
