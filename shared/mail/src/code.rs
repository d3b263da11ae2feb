//! The mails that carry a verification code.

use domain::{Code, MailId};

use crate::{
    Mail,
    words::{Words, words_of},
};

/// A code, what it is for, that it is valid for 10 minutes, and what to do with a mail that was not asked
/// for. No link: a mail with a code must not teach to click.
pub struct CodeMail<'a> {
    words: Words,
    has_english: bool,
    code: &'a Code,
    id: Option<MailId>,
}

impl<'a> CodeMail<'a> {
    /// 【ユーザーID作成用認証番号のお知らせ】 (the manual's step 4). The page shows what becomes of it, by its
    /// name.
    #[must_use]
    pub fn to_create_user(code: &'a Code, id: MailId) -> Self {
        Self::new(words_of!("code"), code, Some(id))
    }

    /// 【パスワード再設定用認証番号のお知らせ】: also, that without the code nothing changes. It has no name: what
    /// becomes of it is shown to nobody, for it would tell who has an account.
    #[must_use]
    pub fn to_reset_password(code: &'a Code) -> Self {
        Self::new(words_of!("reset-code"), code, None)
    }

    /// 【メールアドレス変更用認証番号のお知らせ】, to the address that is being confirmed: also, that without
    /// the code nothing changes. The page shows what becomes of it, by its name.
    #[must_use]
    pub fn to_change_address(code: &'a Code, id: MailId) -> Self {
        Self::new(words_of!("new-address-code"), code, Some(id))
    }

    fn new(words: Words, code: &'a Code, id: Option<MailId>) -> Self {
        Self {
            words,
            has_english: false,
            code,
            id,
        }
    }

    /// The mail's name, if whoever waits for it is shown what becomes of it.
    #[must_use]
    pub fn id(&self) -> Option<&MailId> {
        self.id.as_ref()
    }
}

impl Mail for CodeMail<'_> {
    fn subject(&self) -> String {
        self.words.subject(self.has_english)
    }

    fn text(&self) -> String {
        let english = if self.has_english {
            self.words.english
        } else {
            ""
        };
        format!("{}{english}", self.words.body).replace("{code}", self.code.digits())
    }

    fn in_english_too(self) -> Self {
        Self {
            has_english: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mail_has_its_subject_the_code_and_its_facts() {
        let code = Code::parse("061189").expect("six digits");
        let id = || MailId::parse("0106-1").expect("a name");
        for (mail, subject, tells) in [
            (
                CodeMail::to_create_user(&code, id()),
                "【ユーザーID作成用認証番号のお知らせ】",
                "ユーザーID 作成の手続き",
            ),
            (
                CodeMail::to_reset_password(&code),
                "【パスワード再設定用認証番号のお知らせ】",
                "パスワードは変更されません",
            ),
            (
                CodeMail::to_change_address(&code, id()),
                "【メールアドレス変更用認証番号のお知らせ】",
                "メールアドレスは変更されません",
            ),
        ] {
            assert_eq!(mail.subject(), subject);
            let text = mail.text();
            assert!(text.contains("\n認証番号：061189\n"), "{text}");
            assert!(text.contains("10 分以内に入力して"), "{text}");
            assert!(text.contains("お心当たりのない場合"), "{text}");
            assert!(text.contains(tells), "{text}");
            assert!(!text.contains('{'), "a placeholder is left: {text}");
            assert!(
                !text.contains("http"),
                "a mail with a code has no link: {text}"
            );

            assert!(!text.contains("In English"), "{text}");
            let both = mail.in_english_too();
            assert_eq!(both.subject(), format!("{subject} Your verification code"));
            let english = both.text();
            let english = english.strip_prefix(&text).expect("Japanese first");
            assert!(english.is_ascii(), "{english}");
            assert!(english.contains("code: 061189\n"), "{english}");
            assert!(english.contains("within 10 minutes"), "{english}");
            assert!(
                !english.contains("http") && !english.contains('{'),
                "{english}"
            );
        }
    }
}
