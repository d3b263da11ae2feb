//! The mail that carries the code of a change of address.

use domain::Code;

use crate::Mail;

const SUBJECT: &str = include_str!("../templates/new-address-code/subject.txt");
const BODY: &str = include_str!("../templates/new-address-code/body.txt");

/// 【メールアドレス変更用認証番号のお知らせ】: the code, to the address that is being confirmed, that it is
/// valid for 10 minutes, and that without it nothing changes. No link, as in every mail with a code.
pub struct NewAddressCodeMail<'a> {
    /// The code.
    pub code: &'a Code,
}

impl Mail for NewAddressCodeMail<'_> {
    fn subject(&self) -> String {
        SUBJECT.trim_end().to_owned()
    }

    fn text(&self) -> String {
        BODY.replace("{code}", self.code.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_has_the_code_and_says_that_nothing_changes_without_it() {
        let code = Code::parse("061189").expect("six digits");
        let mail = NewAddressCodeMail { code: &code };
        assert_eq!(mail.subject(), "【メールアドレス変更用認証番号のお知らせ】");
        let text = mail.text();
        assert!(text.contains("\n認証番号：061189\n"), "{text}");
        assert!(text.contains("10 分以内に入力して"), "{text}");
        assert!(text.contains("メールアドレスは変更されません"), "{text}");
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(!text.contains("http"), "there is a link: {text}");
    }
}
