//! The counters of one person, by keys that are made from what is known of them.

use domain::{EmailAddress, LetterKeyHash, MemberId};

use super::{Bucket, Guessed, KEY, Share};
use crate::{Account, Item};

/// The keys of the counters of a member, of the letter's key, of the account where there is one, and of these addresses. What is counted by
/// client, too, has no key that can be made without the client; it goes by itself within two days.
pub(crate) fn keys_of_person(
    member: &MemberId,
    letter: Option<&LetterKeyHash>,
    account: Option<&Account>,
    emails: &[EmailAddress],
) -> Vec<String> {
    let mut keys = vec![
        Bucket::VerifyIdentity(member).key(),
        Share::CodesOfMember(member).key(),
        Share::UserIdsOfMember(member).key(),
    ];
    keys.extend(letter.map(|letter| Bucket::VerifyLetter(member, letter).key()));
    if let Some(account) = account {
        keys.push(Bucket::PasswordCheck(&account.id).key());
        keys.push(Guessed::ByAnybody(&account.user_id).key());
        let devices = account.devices.iter();
        keys.extend(devices.map(|device| Guessed::ByDevice(&account.user_id, &device.token).key()));
    }
    for email in emails {
        keys.extend(mailed_to(email).map(Share::key));
        let reset = account.map(|account| Share::Reset(&account.user_id, email).key());
        keys.extend(reset);
    }
    keys
}

fn mailed_to(email: &EmailAddress) -> [Share<'_>; 3] {
    [
        Share::Code(email),
        Share::NewAddressCode(email),
        Share::UserId(email),
    ]
}

/// Whether an item counts mails to an address.
pub(crate) fn is_of_address(item: &Item) -> bool {
    let key = item.get(KEY).and_then(|key| key.as_s().ok());
    key.is_some_and(|key| {
        let kind = key.split('#').next().unwrap_or_default();
        kind.ends_with("-recipient")
    })
}
