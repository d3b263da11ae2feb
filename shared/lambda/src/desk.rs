//! The insurer's contact, as mails name it.

use mail::Desk;
use store::Insurer;

/// Whom the members of an insurer can call.
#[must_use]
pub fn desk_of(insurer: &Insurer) -> Desk<'_> {
    Desk {
        insurer: &insurer.name,
        telephone: &insurer.contact.telephone,
        hours: &insurer.contact.hours,
    }
}
