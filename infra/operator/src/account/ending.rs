//! The end of every session of an account, with the event that tells of it.

use store::{Account, Lost, Write, persist};

use crate::language::word;
use crate::{audited::Errand, desk::Desk, failure::Failure};

/// Ends the sessions that the account lists in the transaction of `unlist`, which takes them out of the list
/// it was given and is refused when the list is another. Gives how many there were.
pub(super) async fn end_all(
    desk: &Desk,
    errand: &Errand,
    seen: &Account,
    unlist: impl Fn(&Account) -> Write<Option<Account>>,
) -> Result<usize, Failure> {
    let event = errand.done(seen.key.subject());
    let ended = persist(&desk.database, seen.clone(), |account| {
        let sessions = account.sessions.iter();
        desk.audit
            .act(&event)
            .and_all(sessions.map(|session| desk.sessions.end(&session.token)))
            .with_or(unlist(account), |now| match now {
                // A login changed which sessions the account lists: those end too.
                Some(now) if now.id == seen.id && now.is_disabled() == seen.is_disabled() => {
                    Lost::Overtaken(now)
                }
                _ => Lost::Refused(Failure::changed_meanwhile(
                    word!(ja: "アカウント", en: "the account"),
                )),
            })
    });
    ended.await?.map(|account| account.sessions.len())
}
