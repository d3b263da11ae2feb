//! The end of every session of an account, with the event that tells of it.

use store::{Account, Commit, Transaction, Write};

use crate::{audited::Errand, desk::Desk, failure::Failure};

/// How often it is written anew, when logins change which sessions the account lists.
const TRIES: u32 = 5;

/// What the writes of the transaction guard.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Account,
    Audit,
    Session,
}

/// Ends the sessions that the account lists in the transaction of `unlist`, which takes them out of the list
/// it was given and is refused when the list is another. Gives how many there were.
pub(super) async fn end_all(
    desk: &Desk,
    errand: &Errand,
    seen: &Account,
    unlist: impl Fn(&Account) -> Write,
) -> Result<usize, Failure> {
    let event = errand.done(seen.key.subject());
    let mut account = seen.clone();
    for _ in 0..TRIES {
        let transaction = Transaction::new()
            .with(Guard::Account, unlist(&account))
            .with(Guard::Audit, desk.audit.record(&event));
        let ended = account
            .sessions
            .iter()
            .fold(transaction, |transaction, session| {
                transaction.with(Guard::Session, desk.sessions.end(&session.token))
            })
            .commit(&desk.database)
            .await?;
        let Commit::Refused(refused) = ended else {
            return Ok(account.sessions.len());
        };
        let found = refused.item(Guard::Account).map(Account::from_item);
        account = match found.transpose()? {
            // A login changed which sessions the account lists: end those too.
            Some(now) if now.id == seen.id && now.is_disabled() == seen.is_disabled() => now,
            _ => break,
        };
    }
    Err(Failure::changed_meanwhile("the account"))
}
