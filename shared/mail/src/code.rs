//! The mail that carries a verification code (the manual's step 4).

use domain::Code;

use crate::Mail;

const SUBJECT: &str = include_str!("../templates/code/subject.txt");
const BODY: &str = include_str!("../templates/code/body.txt");

/// 【ユーザーID作成用認証番号のお知らせ】: the code, that it is valid for 10 minutes, and what to do
/// with a mail that was not asked for. No link: a mail with a code must not teach to click.
pub struct CodeMail<'a> {
    /// The code.
    pub code: &'a Code,
}

impl Mail for CodeMail<'_> {
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
    fn the_mail_has_the_manuals_subject_and_facts() {
        let code = Code::parse("061189").expect("six digits");
        let mail = CodeMail { code: &code };
        assert_eq!(mail.subject(), "【ユーザーID作成用認証番号のお知らせ】");
        let text = mail.text();
        assert!(text.contains("\n認証番号：061189\n"), "{text}");
        assert!(text.contains("10 分以内に入力して"), "{text}");
        assert!(text.contains("お心当たりのない場合"), "{text}");
        assert!(!text.contains('{'), "a placeholder is left: {text}");
        assert!(
            !text.contains("http"),
            "a mail with a code has no link: {text}"
        );
    }
}
