//! What is asked for at the terminal or read from standard input, so that it stands neither in a shell's history nor
//! where everybody on the machine sees it (`ps`).

use std::io::{BufRead, IsTerminal as _, Write as _};

use domain::EmailAddress;

use crate::{
    failure::Failure,
    language::{say, word},
};

/// What stands for standard input on the command line.
pub(crate) const STANDARD: &str = "-";

/// Whether there is somebody to ask.
pub(crate) fn is_attended() -> bool {
    std::io::stdin().is_terminal()
}

/// The next line of standard input.
///
/// # Errors
/// When there is none.
pub(crate) fn line() -> Result<String, Failure> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(1..) => Ok(line.trim().to_owned()),
        _ => Err(Failure::Usage(say!(
            ja: "標準入力に行がありません",
            en: "standard input has no such line",
        ))),
    }
}

/// Asks at the terminal; nothing where there is nobody to ask.
pub(crate) fn asked(question: &str) -> Result<Option<String>, Failure> {
    if !is_attended() {
        return Ok(None);
    }
    let _ = write!(std::io::stderr().lock(), "{question}");
    line().map(Some)
}

/// A mail address: what is typed at the terminal, or the next line of standard input.
///
/// # Errors
/// When it is none.
pub(crate) fn address() -> Result<EmailAddress, Failure> {
    let question = word!(ja: "メールアドレス: ", en: "The address: ");
    let text = match asked(question)? {
        Some(text) => text,
        None => line().map_err(|_| {
            Failure::Usage(say!(
                ja: "メールアドレスは、端末で尋ねるか、標準入力の1行から読みます。コマンドには書きません",
                en: "the address is asked for at a terminal, or is a line of standard input; never a part of the command",
            ))
        })?,
    };
    EmailAddress::parse(&text).map_err(|wrong| {
        Failure::Usage(say!(
            ja: "メールアドレスとして読めません：{wrong}",
            en: "this is no mail address: {wrong}",
        ))
    })
}
