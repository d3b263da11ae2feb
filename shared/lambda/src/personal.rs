//! A password must not have anything of the member's own in it, which only the roster knows (ASVS 5.0, 6.1.2).

use domain::{NewPassword, Number, PasswordContext};
use store::{Party, VerifiedMember};

use crate::Problem;

/// Refuses a password of whoever is on the way to an account that has 番号 or date of birth in it.
///
/// # Errors
/// [`Problem::InvalidRequest`], about the field `password`.
pub fn refuse_personal_of(password: &NewPassword, member: &VerifiedMember) -> Result<(), Problem> {
    let registration = member.registration();
    let number = number(&registration.shown.number)?;
    refuse(
        password,
        &PasswordContext {
            user_id: None,
            number: Some(&number),
            birth_date: Some(&registration.birth_date),
            insurer: Some(&registration.insurer),
        },
    )
}

/// Refuses a password of an account that has its user ID, or 番号 or date of birth of its member in it.
///
/// # Errors
/// [`Problem::InvalidRequest`], about the field `password`.
pub fn refuse_personal(password: &NewPassword, party: &Party) -> Result<(), Problem> {
    let number = number(&party.member.number)?;
    refuse(
        password,
        &PasswordContext {
            user_id: Some(&party.account.user_id),
            number: Some(&number),
            birth_date: Some(&party.member.birth_date),
            insurer: Some(&party.account.insurer),
        },
    )
}

fn number(of_roster: &str) -> Result<Number, Problem> {
    Number::parse(of_roster)
        .map_err(|_| Problem::TryAgain("a number of the roster is none".to_owned()))
}

fn refuse(password: &NewPassword, context: &PasswordContext<'_>) -> Result<(), Problem> {
    password
        .refuse_containing(context)
        .map_err(|reason| Problem::field("password", reason))
}
