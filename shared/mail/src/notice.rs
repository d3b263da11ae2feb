//! The mails that are good to have whenever they come: all but codes.

use domain::{DeviceName, EmailAddress, Place, UserId};
use time::OffsetDateTime;

use crate::{
    Desk, Mail, in_japan, in_japan_in_english,
    words::{Words, words_of},
};

/// A mail that tells a member of the account. It says whose, by the user ID as it was typed, and whom to call: neither
/// name nor number, for a family may share the address, and no link, for such mails are what phishing imitates.
pub struct Notice<'a> {
    words: Words,
    user_id: &'a UserId,
    desk: Desk<'a>,
    facts: Vec<Fact>,
    has_english: bool,
}

/// What stands in the place of `{name}` in either text.
struct Fact {
    name: &'static str,
    japanese: String,
    english: String,
}

impl Fact {
    fn time(at: OffsetDateTime) -> Self {
        Self {
            name: "{at}",
            japanese: in_japan(at),
            english: in_japan_in_english(at),
        }
    }

    /// The same in both languages.
    fn alike(name: &'static str, value: &str) -> Self {
        Self {
            name,
            japanese: value.to_owned(),
            english: value.to_owned(),
        }
    }

    /// A fact that may not be known.
    fn known(name: &'static str, japanese: Option<String>, english: Option<String>) -> Self {
        Self {
            name,
            japanese: japanese.unwrap_or_else(|| "不明".to_owned()),
            english: english.unwrap_or_else(|| "not known".to_owned()),
        }
    }
}

/// A login, as a notice tells it to the member: when, with what and from where it was (OWASP ASVS 5.0, 6.3.5).
#[derive(Clone, Copy)]
pub struct LoginFacts<'a> {
    /// The user ID.
    pub user_id: &'a UserId,
    /// When it logged in.
    pub at: OffsetDateTime,
    /// With which browser.
    pub device: Option<&'a DeviceName>,
    /// From where.
    pub place: Option<&'a Place>,
    /// Whom to call.
    pub desk: Desk<'a>,
}

impl<'a> Notice<'a> {
    /// 【ユーザーID作成完了のお知らせ】: the account was made at this time. The user ID is to be kept.
    #[must_use]
    pub fn of_new_account(user_id: &'a UserId, at: OffsetDateTime, desk: Desk<'a>) -> Self {
        let facts = vec![Fact::time(at)];
        Self::new(words_of!("account-made"), user_id, desk, facts)
    }

    /// 【パスワード変更のお知らせ】: the password was changed at this time, and what to do if it was somebody else
    /// (OWASP ASVS 5.0, 6.3.7).
    #[must_use]
    pub fn of_changed_password(user_id: &'a UserId, at: OffsetDateTime, desk: Desk<'a>) -> Self {
        let facts = vec![Fact::time(at)];
        Self::new(words_of!("password-changed"), user_id, desk, facts)
    }

    /// 【メールアドレス変更のお知らせ】, to both addresses: the account has this one since then, masked, as the former
    /// address may be somebody else's by now (OWASP ASVS 5.0, 6.3.7).
    #[must_use]
    pub fn of_changed_email(
        user_id: &'a UserId,
        email: &EmailAddress,
        at: OffsetDateTime,
        desk: Desk<'a>,
    ) -> Self {
        let facts = vec![Fact::time(at), Fact::alike("{email}", &email.masked())];
        Self::new(words_of!("email-changed"), user_id, desk, facts)
    }

    /// 【ログインのお知らせ】: which login, after how many wrong passwords, and what to do if it was somebody else's
    /// (OWASP ASVS 5.0, 6.3.5).
    #[must_use]
    pub fn of_login_after_failures(login: LoginFacts<'a>, failures: u32) -> Self {
        let mut notice = Self::of_login(words_of!("login-after-failures"), login);
        let failures = Fact::alike("{failures}", &failures.to_string());
        notice.facts.push(failures);
        notice
    }

    /// 【新しい端末からのログインのお知らせ】: which login, when it is nothing to worry about, and what to do if it was
    /// somebody else's (OWASP ASVS 5.0, 6.3.5).
    #[must_use]
    pub fn of_login_from_new_browser(login: LoginFacts<'a>) -> Self {
        Self::of_login(words_of!("login-from-new-browser"), login)
    }

    /// 【ユーザーIDのお知らせ】: the user ID that was forgotten, and how to go on.
    #[must_use]
    pub fn of_user_id(user_id: &'a UserId, desk: Desk<'a>) -> Self {
        Self::new(words_of!("user-id"), user_id, desk, Vec::new())
    }

    fn of_login(words: Words, login: LoginFacts<'a>) -> Self {
        let device = login.device.map(|device| device.as_str().to_owned());
        let place = login.place;
        let facts = vec![
            Fact::time(login.at),
            Fact::known("{device}", device.clone(), device),
            Fact::known(
                "{place}",
                place.map(Place::in_japanese),
                place.map(Place::in_english),
            ),
        ];
        Self::new(words, login.user_id, login.desk, facts)
    }

    fn new(words: Words, user_id: &'a UserId, desk: Desk<'a>, facts: Vec<Fact>) -> Self {
        Self {
            words,
            user_id,
            desk,
            facts,
            has_english: false,
        }
    }

    fn write(&self, text: &str, desk: Desk<'_>, of: impl Fn(&Fact) -> &str) -> String {
        let told = self.facts.iter().fold(text.to_owned(), |text, fact| {
            text.replace(fact.name, of(fact))
        });
        // Last, what a member chose: nothing in it is replaced again.
        desk.write_into(&told)
            .replace("{user_id}", self.user_id.as_typed())
    }
}

impl Mail for Notice<'_> {
    fn subject(&self) -> String {
        self.words.subject(self.has_english)
    }

    fn text(&self) -> String {
        let mut text = self.write(self.words.body, self.desk, |fact| &fact.japanese);
        if self.has_english {
            let desk = self.desk.in_english();
            text.push_str(&self.write(self.words.english, desk, |fact| &fact.english));
        }
        text
    }

    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
