//! The insurer's contact, as mails name it and as pages show it.

use mail::{Desk, EnglishDesk};
use serde::Serialize;
use store::{Contact, Insurer};

/// Whom the members of an insurer can call.
#[must_use]
pub fn desk_of(insurer: &Insurer) -> Desk<'_> {
    Desk {
        insurer: &insurer.name,
        telephone: &insurer.contact.telephone,
        hours: &insurer.contact.hours,
        english: insurer.english.as_ref().map(|english| EnglishDesk {
            insurer: &english.name,
            hours: &english.hours,
        }),
    }
}

/// Whom a member can ask, in an answer.
#[derive(Serialize)]
pub struct ContactView {
    telephone: String,
    hours: String,
    mail: String,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            telephone: contact.telephone,
            hours: contact.hours,
            mail: contact.mail,
        }
    }
}
