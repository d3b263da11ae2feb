//! `operator account show`: an account, masked. What would open it, or tell who somebody is to whom it is no
//! business, is not in it: no whole address, no hash, no token, no name, no birth date.

use domain::{CLOSED_AT, LoginAdmission, LoginFailures};
use serde::Serialize;
use store::{Account, Guessed};
use time::OffsetDateTime;

use super::OfAccount;
use crate::{
    answer::{Answer, table},
    audited::Errand,
    desk::Desk,
    failure::Failure,
    mail::Marked,
    world::{in_japan, now},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    user_id: String,
    member: String,
    email: String,
    mail: Marked,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    last_login_at: Option<OffsetDateTime>,
    last_login_place: Option<String>,
    terms_accepted: Vec<String>,
    sessions: usize,
    devices: usize,
    wrong_passwords: Vec<WrongPasswords>,
    #[serde(with = "time::serde::rfc3339::option")]
    disabled_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    opened_until: Option<OffsetDateTime>,
    recovery: Option<Noted>,
}

/// The wrong passwords in a row of one counter.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrongPasswords {
    by: By,
    count: u32,
    #[serde(with = "time::serde::rfc3339")]
    last_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    locked_until: Option<OffsetDateTime>,
    is_closed: bool,
}

/// Whose they are counted as.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum By {
    Anybody,
    KnownBrowser,
}

/// The address that an operator noted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Noted {
    email: String,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl WrongPasswords {
    fn of(by: By, failures: &LoginFailures, now: OffsetDateTime) -> Self {
        let admission = failures.admission(&[], now);
        Self {
            by,
            count: failures.count,
            last_at: failures.last_at,
            locked_until: match admission {
                LoginAdmission::LockedFor(wait) => Some(now + wait),
                LoginAdmission::Admitted | LoginAdmission::Crowded(_) | LoginAdmission::Closed => {
                    None
                }
            },
            is_closed: matches!(admission, LoginAdmission::Closed),
        }
    }

    fn line(&self) -> String {
        let by = match self.by {
            By::Anybody => "by anybody",
            By::KnownBrowser => "by a known browser",
        };
        let lock = match self.locked_until {
            _ if self.is_closed => {
                format!(
                    "closed after {CLOSED_AT}: until a password reset, or `operator account unlock`"
                )
            }
            Some(until) => format!("locked until {}", in_japan(until)),
            None => "not locked".to_owned(),
        };
        let (count, last) = (self.count, in_japan(self.last_at));
        format!("{count} {by}, the last at {last}; {lock}")
    }
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let when = |at: Option<OffsetDateTime>, none: &str| at.map_or(none.to_owned(), in_japan);
        let mut login = when(self.last_login_at, "never");
        if let Some(place) = &self.last_login_place {
            login = format!("{login}, {place}");
        }
        let terms = match &*self.terms_accepted {
            [] => "none".to_owned(),
            versions => versions.join(", "),
        };
        let wrong = match &*self.wrong_passwords {
            [] => "none".to_owned(),
            all => {
                let lines: Vec<String> = all.iter().map(WrongPasswords::line).collect();
                lines.join("\n                 ")
            }
        };
        let noted = self.recovery.as_ref().map_or("none".to_owned(), |noted| {
            format!("{} until {}", noted.email, in_japan(noted.until))
        });
        table(&[
            ("user ID", self.user_id.clone()),
            ("member", self.member.clone()),
            ("address", self.email.clone()),
            ("mail", self.mail.line()),
            ("created", in_japan(self.created_at)),
            ("last login", login),
            ("terms accepted", terms),
            ("sessions", self.sessions.to_string()),
            ("known browsers", self.devices.to_string()),
            ("wrong passwords", wrong),
            ("opened until", when(self.opened_until, "not opened")),
            ("disabled", when(self.disabled_at, "no")),
            ("noted address", noted),
        ])
    }
}

pub(super) async fn run(desk: &Desk, of: OfAccount) -> Result<(), Failure> {
    let errand = Errand::reading("account-show", of.by);
    let account = desk.account(&errand, &of.user_id).await?;
    desk.note(&errand, account.key.subject(), "done").await?;
    let now = now();
    let (sessions, wrong_passwords) = beside(desk, &account, now).await?;
    let marked = desk.addresses.lookup(&account.email).await?;
    let mut terms_accepted: Vec<String> = account
        .acceptances
        .iter()
        .map(|version| version.as_str().to_owned())
        .collect();
    terms_accepted.sort();
    desk.format.print(&Shown {
        user_id: account.user_id.as_typed().to_owned(),
        member: account.member.as_str().to_owned(),
        email: account.email.masked(),
        mail: Marked::of(marked.as_ref(), now),
        created_at: account.created_at,
        last_login_at: account.last_login_at,
        last_login_place: account.last_login_place.map(|place| place.in_english()),
        terms_accepted,
        sessions,
        devices: account
            .devices
            .iter()
            .filter(|device| device.is_known(now))
            .count(),
        wrong_passwords,
        disabled_at: account.disabled_at,
        opened_until: account.opened_until.filter(|until| *until > now),
        recovery: account
            .recovery
            .filter(|noted| noted.until > now)
            .map(|noted| Noted {
                email: noted.email.masked(),
                until: noted.until,
            }),
    });
    Ok(())
}

/// What is kept beside the account: how many of its sessions go on, and the wrong passwords.
async fn beside(
    desk: &Desk,
    account: &Account,
    now: OffsetDateTime,
) -> Result<(usize, Vec<WrongPasswords>), Failure> {
    let listed: Vec<_> = account
        .sessions
        .iter()
        .map(|session| desk.sessions.read(&session.token))
        .collect();
    let by_anybody = Guessed::ByAnybody(&account.user_id);
    let by_devices = account
        .devices
        .iter()
        .map(|device| Guessed::ByDevice(&account.user_id, &device.token));
    let counters: Vec<_> = std::iter::once(by_anybody)
        .chain(by_devices)
        .map(|guessed| desk.throttles.read_failures(guessed))
        .collect();
    let (sessions, counted) = desk.database.read((listed, counters)).await?;
    let sessions = sessions.iter().flatten();
    let alive = sessions.filter(|session| session.is_alive(now)).count();
    let whose = std::iter::once(By::Anybody).chain(std::iter::repeat(By::KnownBrowser));
    let wrong = whose
        .zip(counted)
        .filter_map(|(by, failures)| Some(WrongPasswords::of(by, &failures.flatten()?, now)))
        .collect();
    Ok((alive, wrong))
}
