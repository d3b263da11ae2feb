//! The notice of a login from a browser that the account does not know.

use crate::{Bilingual, LoginFacts, Mail, Notice, subject_of};

const SUBJECT: &str = include_str!("../templates/login-from-new-browser/subject.txt");
const BODY: &str = include_str!("../templates/login-from-new-browser/body.txt");
const ENGLISH: &str = include_str!("../templates/login-from-new-browser/english.txt");

/// 【新しい端末からのログインのお知らせ】: which login, from where, when it is nothing to worry about, and what to do
/// if it was somebody else's (OWASP ASVS 5.0, 6.3.5).
pub struct LoginFromNewBrowserMail<'a> {
    login: LoginFacts<'a>,
    has_english: bool,
}

impl<'a> LoginFromNewBrowserMail<'a> {
    /// Of this login.
    #[must_use]
    pub fn new(login: LoginFacts<'a>) -> Self {
        Self {
            login,
            has_english: false,
        }
    }
}

impl Notice for LoginFromNewBrowserMail<'_> {}

impl Bilingual for LoginFromNewBrowserMail<'_> {
    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

impl Mail for LoginFromNewBrowserMail<'_> {
    fn subject(&self) -> String {
        let english = self
            .has_english
            .then_some("A login from a new device or browser");
        subject_of(SUBJECT, english)
    }

    fn text(&self) -> String {
        let mut text = self.login.write_into(BODY);
        if self.has_english {
            text.push_str(&self.login.write_into_english(ENGLISH));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login_facts::samples::{self, assert_tells, with_logins};

    #[test]
    fn the_notice_says_which_login_it_is_about_and_when_it_is_nothing_to_worry_about() {
        with_logins(|login, _| {
            let mail = LoginFromNewBrowserMail::new(login);
            assert_eq!(mail.subject(), "【新しい端末からのログインのお知らせ】");
            let japanese = mail.text();
            assert_tells(&japanese, &samples::JAPANESE);
            assert_tells(&japanese, &["お手続きは不要です", "Cookie を削除された"]);
            let both = mail.in_english_too();
            assert_eq!(
                both.subject(),
                "【新しい端末からのログインのお知らせ】 A login from a new device or browser"
            );
            let both = both.text();
            let english = both.strip_prefix(&japanese).expect("Japanese first");
            assert!(english.is_ascii(), "{english}");
            assert_tells(english, &samples::ENGLISH);
            assert_tells(english, &["there is nothing to do", "cookies"]);
        });
    }
}
