//! The notice of a login that came after several wrong passwords.

use crate::{Bilingual, LoginFacts, Mail, Notice, subject_of};

const SUBJECT: &str = include_str!("../templates/login-after-failures/subject.txt");
const BODY: &str = include_str!("../templates/login-after-failures/body.txt");
const ENGLISH: &str = include_str!("../templates/login-after-failures/english.txt");

/// 【ログインのお知らせ】: which login, from where, after how many failures, and what to do if it was
/// somebody else's (OWASP ASVS 5.0, 6.3.5).
pub struct LoginAfterFailuresMail<'a> {
    login: LoginFacts<'a>,
    failures: u32,
    has_english: bool,
}

impl<'a> LoginAfterFailuresMail<'a> {
    /// Of this login, with the wrong passwords before it.
    #[must_use]
    pub fn new(login: LoginFacts<'a>, failures: u32) -> Self {
        Self {
            login,
            failures,
            has_english: false,
        }
    }
}

impl Notice for LoginAfterFailuresMail<'_> {}

impl Bilingual for LoginAfterFailuresMail<'_> {
    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

impl Mail for LoginAfterFailuresMail<'_> {
    fn subject(&self) -> String {
        subject_of(
            SUBJECT,
            self.has_english.then_some("A login to your account"),
        )
    }

    fn text(&self) -> String {
        let failures = self.failures.to_string();
        let mut text = self
            .login
            .write_into(&BODY.replace("{failures}", &failures));
        if self.has_english {
            let english = ENGLISH.replace("{failures}", &failures);
            text.push_str(&self.login.write_into_english(&english));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login_facts::samples::{self, assert_tells, with_logins};

    #[test]
    fn the_notice_says_which_login_it_is_about_and_what_to_do() {
        with_logins(|login, _| {
            let mail = LoginAfterFailuresMail::new(login, 7);
            assert_eq!(mail.subject(), "【ログインのお知らせ】");
            let japanese = mail.text();
            assert_tells(&japanese, &samples::JAPANESE);
            assert_tells(&japanese, &["誤り：7回\n"]);
            let both = mail.in_english_too();
            assert_eq!(
                both.subject(),
                "【ログインのお知らせ】 A login to your account"
            );
            let both = both.text();
            let english = both.strip_prefix(&japanese).expect("Japanese first");
            assert!(english.is_ascii(), "{english}");
            assert_tells(english, &samples::ENGLISH);
            assert_tells(english, &["Wrong passwords before it: 7\n"]);
        });
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        with_logins(|_, login| {
            let text = LoginAfterFailuresMail::new(login, 5)
                .in_english_too()
                .text();
            assert_tells(&text, &["端末：不明\n場所：不明\n"]);
            assert_tells(&text, &["Device: not known\nPlace: not known\n"]);
        });
    }
}
