//! `local mail-preview`: every mail as a member gets it, with invented facts.

use clap::Args;
use domain::{Code, DeviceName, EmailAddress, MailId, Place, UserId};
use mail::{CodeMail, Desk, EnglishDesk, LoginFacts, Mail, Notice};
use store::Insurer;
use time::macros::datetime;

use super::Failure;
use crate::console::say;
use crate::samples::SampleSet;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The mail: the name of its template folder, such as reset-code [default: all]
    mail: Option<String>,
    /// Print them as docs/mails.md
    #[arg(long)]
    markdown: bool,
}

/// A mail that was written for nobody.
struct Preview {
    /// The name of the mail's template folder.
    name: &'static str,
    /// When members get it.
    when: &'static str,
    from: String,
    subject: String,
    text: String,
}

const INTRODUCTION: &str = "# The mails

Every mail as a member gets it, with invented facts. All of them are plain text in UTF-8, come from the insurer's own
sender address and are marked as sent by a machine (`Auto-Submitted: auto-generated`). None has a link: a mail must not
teach to click. Only who reads English gets the English part. Their words are in
`shared/mail/templates/`, a folder for each.

`target/debug/local mail-preview` prints them, `target/debug/local mail-preview --markdown > docs/mails.md` makes this
page anew; a test holds it true.
";

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let previews = previews().map_err(Failure::Usage)?;
    let wanted: Vec<&Preview> = match &arguments.mail {
        None => previews.iter().collect(),
        Some(name) => vec![
            previews
                .iter()
                .find(|preview| preview.name == name)
                .ok_or_else(|| {
                    let names: Vec<_> = previews.iter().map(|preview| preview.name).collect();
                    Failure::Usage(format!(
                        "there is no mail `{name}`; there are {}",
                        names.join(", ")
                    ))
                })?,
        ],
    };
    if arguments.markdown {
        say(INTRODUCTION.trim_end());
    }
    for preview in wanted {
        let Preview {
            name,
            when,
            from,
            subject,
            text,
        } = preview;
        let mail = format!("From: {from}\nSubject: {subject}\n\n{}", text.trim_end());
        say(&if arguments.markdown {
            format!("\n## {name}\n\n{when}\n\n```text\n{mail}\n```")
        } else {
            format!("--- {name}: {when}\n\n{mail}\n")
        });
    }
    Ok(())
}

/// Writes every mail, as the first sample insurer sends it.
fn previews() -> Result<Vec<Preview>, String> {
    let samples = SampleSet::as_filed()?;
    let insurer = samples
        .insurers
        .into_iter()
        .next()
        .ok_or("there is no sample insurer")?;
    let code = Code::parse("611898").map_err(|error| error.to_string())?;
    let reset = Code::parse_for_reset("61189835").map_err(|error| error.to_string())?;
    let id = MailId::parse("preview").map_err(|error| error.to_string())?;
    let id = || id.clone();
    let user_id = UserId::parse("taro").map_err(|error| error.to_string())?;
    let email = EmailAddress::parse("taro@example.jp").map_err(|error| error.to_string())?;
    let device = DeviceName::parse("iPhone (Safari)").map_err(|error| error.to_string())?;
    let place = Place::parse("JP-13").map_err(|error| error.to_string())?;
    let desk = Desk {
        insurer: &insurer.name,
        telephone: &insurer.contact.telephone,
        hours: &insurer.contact.hours,
        english: insurer.english.as_ref().map(|english| EnglishDesk {
            insurer: &english.name,
            hours: &english.hours,
        }),
    };
    let at = datetime!(2026-04-01 10:05 +9);
    let login = LoginFacts {
        user_id: &user_id,
        at,
        device: Some(&device),
        place: Some(&place),
        desk,
    };
    Ok(vec![
        preview(
            "code",
            "To who signs up, at the address that is being confirmed.",
            &insurer,
            &CodeMail::to_create_user(&code, id()).in_english_too(),
        ),
        preview(
            "account-made",
            "When the account is made.",
            &insurer,
            &Notice::of_new_account(&user_id, at, desk).in_english_too(),
        ),
        preview(
            "reset-code",
            "To who has forgotten the password.",
            &insurer,
            &CodeMail::to_reset_password(&reset).in_english_too(),
        ),
        preview(
            "password-changed",
            "After every change of the password.",
            &insurer,
            &Notice::of_changed_password(&user_id, at, desk).in_english_too(),
        ),
        preview(
            "new-address-code",
            "To who changes the address, at the new one.",
            &insurer,
            &CodeMail::to_change_address(&code, id()).in_english_too(),
        ),
        preview(
            "email-changed",
            "After every change of the address, to the former and the new one.",
            &insurer,
            &Notice::of_changed_email(&user_id, &email, at, desk).in_english_too(),
        ),
        preview(
            "login-after-failures",
            "After a login that five or more wrong passwords came before.",
            &insurer,
            &Notice::of_login_after_failures(login, 7).in_english_too(),
        ),
        preview(
            "login-from-new-browser",
            "After a login from a browser that the account does not know, unless it is the account's first.",
            &insurer,
            &Notice::of_login_from_new_browser(login).in_english_too(),
        ),
        preview(
            "user-id",
            "To who has forgotten the user ID.",
            &insurer,
            &Notice::of_user_id(&user_id, desk).in_english_too(),
        ),
    ])
}

fn preview(name: &'static str, when: &'static str, insurer: &Insurer, mail: &dyn Mail) -> Preview {
    Preview {
        name,
        when,
        from: insurer.mail_sender.as_str().to_owned(),
        subject: mail.subject(),
        text: mail.text(),
    }
}
