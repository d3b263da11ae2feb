//! `operator account show`: an account, masked. What would open it, or tell who somebody is to whom it is no
//! business, is not in it: no whole address, no hash, no token, no name, no birth date.

use domain::{CLOSED_AT, LoginAdmission, LoginFailures};
use serde::Serialize;
use store::{Account, Guessed};
use time::OffsetDateTime;

use super::OfAccount;
use crate::language::{say, word};
use crate::{
    answer::{Answer, table},
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
            By::Anybody => word!(ja: "（だれからか不明）", en: "by anybody"),
            By::KnownBrowser => {
                word!(ja: "（ログインしたことのある端末から）", en: "by a known browser")
            }
        };
        let lock = match self.locked_until {
            _ if self.is_closed => {
                say!(ja: "{CLOSED_AT}回で停止。パスワードの再設定か `operator account unlock` で解除", en: "closed after {CLOSED_AT}: until a password reset, or `operator account unlock`")
            }
            Some(until) => {
                let until = in_japan(until);
                say!(ja: "{until} までロック中", en: "locked until {until}")
            }
            None => say!(ja: "ロックなし", en: "not locked"),
        };
        let (count, last) = (self.count, in_japan(self.last_at));
        say!(ja: "{count}回{by}、最後は {last}。{lock}", en: "{count} {by}, the last at {last}; {lock}")
    }
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let when = |at: Option<OffsetDateTime>, none: &str| at.map_or(none.to_owned(), in_japan);
        let mut login = when(self.last_login_at, word!(ja: "なし", en: "never"));
        if let Some(place) = &self.last_login_place {
            login = format!("{login}, {place}");
        }
        let terms = match &*self.terms_accepted {
            [] => say!(ja: "なし", en: "none"),
            versions => versions.join(", "),
        };
        let wrong = match &*self.wrong_passwords {
            [] => say!(ja: "なし", en: "none"),
            all => {
                let lines: Vec<String> = all.iter().map(WrongPasswords::line).collect();
                lines.join("\n                 ")
            }
        };
        let noted = self
            .recovery
            .as_ref()
            .map_or(say!(ja: "なし", en: "none"), |noted| {
                let email = &noted.email;
                let until = in_japan(noted.until);
                say!(ja: "{email}（{until} まで）", en: "{email} until {until}")
            });
        table(&[
            (word!(ja: "ユーザーID", en: "user ID"), self.user_id.clone()),
            (word!(ja: "会員", en: "member"), self.member.clone()),
            (
                word!(ja: "メールアドレス", en: "address"),
                self.email.clone(),
            ),
            (word!(ja: "メール", en: "mail"), self.mail.line()),
            (word!(ja: "作成", en: "created"), in_japan(self.created_at)),
            (word!(ja: "最後のログイン", en: "last login"), login),
            (word!(ja: "同意した利用規約", en: "terms accepted"), terms),
            (
                word!(ja: "ログイン中", en: "sessions"),
                self.sessions.to_string(),
            ),
            (
                word!(ja: "使った端末", en: "known browsers"),
                self.devices.to_string(),
            ),
            (word!(ja: "パスワードの誤り", en: "wrong passwords"), wrong),
            (
                word!(ja: "解除の期限", en: "opened until"),
                when(
                    self.opened_until,
                    word!(ja: "解除していません", en: "not opened"),
                ),
            ),
            (
                word!(ja: "停止", en: "disabled"),
                when(self.disabled_at, word!(ja: "いいえ", en: "no")),
            ),
            (word!(ja: "控えたアドレス", en: "noted address"), noted),
        ])
    }
}

pub(super) async fn run(desk: &Desk, of: OfAccount) -> Result<(), Failure> {
    let errand = desk.reading("account-show", of.by).await?;
    let account = desk.account(&errand, &of.user_id).await?;
    desk.note(&errand, account.key.subject(), "done").await?;
    let now = now();
    let (sessions, wrong_passwords) = beside(desk, &account, now).await?;
    let marked = desk.addresses.lookup(&account.email).await?;
    let terms_accepted: Vec<String> = account
        .acceptances
        .keys()
        .map(|version| version.as_str().to_owned())
        .collect();
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
