//! What must hold of a counter: bounded, collected, and nobody's name in it.

use domain::{
    AccountId, CLOSED_AT, Client, EmailAddress, Guessable, LOCK_STARTS_AT, LetterKey, MemberId,
    Reach, Token, UserId,
};

use super::{
    Bucket, Guessed, KEY, LOCKOUT_KEPT, Share, TABLE, TRIES, Throttles, identity::OPENED_UNTIL,
};
use crate::{
    Error, Item, Table as _,
    check::{Fact, Look, Rule, Seen, TableLook, is_hash, nameless},
    tries::Tries,
};

pub(crate) const LOOK: TableLook = TableLook {
    table: TABLE,
    variable: Throttles::VARIABLE,
    key: KEY,
    at,
};

/// What is counted, and how.
#[derive(Clone, Copy)]
enum Counter {
    Log(domain::TryLimit),
    Lockout,
    Share(domain::Windows),
}

fn at(item: &Item) -> Seen {
    Look::at(item, TABLE, KEY, nameless, |look, key| {
        let Some((kind, whose)) = key.split_once('#') else {
            look.wrong(Rule::Key, "it says not what is counted");
            return Ok(Fact::None);
        };
        let Some(counter) = counter(kind) else {
            look.wrong(Rule::Key, "nothing of this kind is counted");
            return Ok(Fact::None);
        };
        if !is_hash(whose) {
            look.wrong(Rule::Bare, "its key is no hash");
        }
        match counter {
            Counter::Log(limit) => {
                let tries = tries(look)?;
                let most = limit.counted.most();
                look.at_most("tries", tries.all().len(), (most + limit.beside).into());
                look.at_most("counted tries", tries.count() as usize, most.into());
                look.collected_after_last(tries.last(), limit.counted.kept_for());
            }
            Counter::Lockout => {
                let tries = tries(look)?;
                let wrong = tries.count() as usize;
                look.at_most("wrong passwords", wrong, CLOSED_AT as usize);
                look.at_most("tries", tries.all().len(), wrong + LOCK_STARTS_AT as usize);
                look.collected_after_last(tries.last(), LOCKOUT_KEPT);
            }
            Counter::Share(limit) => {
                look.has_only(&[KEY, "attempts", "last_at", "ttl"]);
                let given = look.row.stamps("attempts")?;
                look.at_most("shares", given.len(), limit.most().into());
                let last = given.iter().max().map(|stamp| stamp.at());
                look.collected_after_last(last, limit.kept_for());
            }
        }
        Ok(Fact::None)
    })
}

fn tries(look: &mut Look<'_>) -> Result<Tries, Error> {
    look.has_only(&[KEY, TRIES.all, TRIES.counted, OPENED_UNTIL, "ttl"]);
    let tries = Tries::read(&look.row, TRIES)?;
    if !tries.are_sound() {
        look.wrong(Rule::Bounded, "a try is counted that was not charged");
    }
    Ok(tries)
}

/// The counter of a kind, by what the keys of all kinds begin with.
fn counter(kind: &str) -> Option<Counter> {
    let member = MemberId::from_stored(String::new());
    let account = AccountId::draw(&Guessable(0));
    let device = Token::draw(&Guessable(0)).hash();
    let user_id = UserId::parse("anybody").ok()?;
    let address = EmailAddress::parse("anybody@example.com").ok()?;
    let client = Client::of(None);
    let letter = LetterKey::draw(&Guessable(0)).hash(&Guessable(0));
    let (line, site) = (Reach::Line(""), Reach::Site(""));
    let logs = [
        Bucket::VerifyPair(&member, &client),
        Bucket::VerifyIdentity(&member),
        Bucket::VerifyLetter(&member, &letter),
        Bucket::VerifyClient(line),
        Bucket::VerifyClient(site),
        Bucket::LoginClient(line),
        Bucket::LoginClient(site),
        Bucket::ResetClient(line),
        Bucket::ResetClient(site),
        Bucket::PasswordCheck(&account),
    ]
    .map(|bucket| (bucket.key(), Counter::Log(bucket.limit())));
    let lockouts = [
        Guessed::ByAnybody(&user_id),
        Guessed::ByDevice(&user_id, &device),
        Guessed::ByClient(&user_id, &client),
    ]
    .map(|guessed| (guessed.key(), Counter::Lockout));
    let shares = [
        Share::Code(&address),
        Share::ResetFrom(&user_id, &address, &client),
        Share::Reset(&user_id, &address),
        Share::NewAddressCode(&address),
        Share::UserId(&address),
        Share::CodesOfClient(line),
        Share::CodesOfClient(site),
        Share::CodesOfMember(&member),
        Share::UserIdsOfMember(&member),
    ]
    .map(|share| (share.key(), Counter::Share(share.limit())));
    let is_of_kind = |key: &str| key.split('#').next() == Some(kind);
    logs.into_iter()
        .chain(lockouts)
        .chain(shares)
        .find_map(|(key, counter)| is_of_kind(&key).then_some(counter))
}
