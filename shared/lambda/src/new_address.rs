//! An address that mail is to go to, as a form has it. One whose domain looks mistyped is asked back once:
//! no mail would arrive, and the member would wait for it. Nothing is charged for that, and nothing is kept:
//! who insists sends with the address, in `insistedEmail`, the one that was asked about.

use domain::{EmailAddress, EmailError};

use crate::{Form, messages::PerhapsMistyped};

/// Takes the fields `email` and `insistedEmail`. `None` when there is no usable address, which the form then
/// remembers.
pub fn new_address(form: &mut Form) -> Option<EmailAddress> {
    let insisted = insisted(form);
    let email = form.required("email", EmailAddress::parse)?;
    refuse_mistyped(form, email, insisted?.as_ref())
}

/// The same where the address may be absent.
pub fn optional_address(form: &mut Form) -> Option<Option<EmailAddress>> {
    let insisted = insisted(form);
    match form.optional("email", EmailAddress::parse)? {
        Some(email) => refuse_mistyped(form, email, insisted?.as_ref()).map(Some),
        None => insisted.map(|_| None),
    }
}

/// The address that the member was asked about; what is none insists on nothing.
#[expect(
    clippy::option_option,
    reason = "unusable, absent and there are three things"
)]
fn insisted(form: &mut Form) -> Option<Option<EmailAddress>> {
    let read = |text: &str| Ok::<_, EmailError>(EmailAddress::parse(text).ok());
    form.optional("insistedEmail", read).map(Option::flatten)
}

fn refuse_mistyped(
    form: &mut Form,
    email: EmailAddress,
    insisted: Option<&EmailAddress>,
) -> Option<EmailAddress> {
    match email.meant() {
        Some(meant) if !insisted.is_some_and(|insisted| insisted.is_same_as(&email)) => {
            form.refuse("email", PerhapsMistyped(meant))
        }
        _ => Some(email),
    }
}
