//! Whether the tables hold what members were told: nobody's journey is lost, and nobody's is there twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::{HashMemory, PasswordAttempt, PasswordHash, Verdict};
use local::Item;

use crate::journal::Told;
use crate::person::Person;

/// Of so many accounts whose password never changed, the hash of one is compared.
const HASHES: u64 = 20;

fn text<'a>(item: &'a Item, attribute: &str) -> &'a str {
    let value = item.get(attribute).and_then(|value| value["S"].as_str());
    value.unwrap_or_default()
}

/// Says what does not agree.
pub(crate) fn disagreements(
    told: &BTreeMap<u64, Told>,
    accounts: &[Item],
    events: &[Item],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let of_member = |item: &&Item| text(item, "account").starts_with("user#");
    let mut by_member = BTreeMap::<&str, Vec<&Item>>::new();
    for account in accounts.iter().filter(of_member) {
        by_member
            .entry(text(account, "member"))
            .or_default()
            .push(account);
    }
    let mut memory = HashMemory::default();
    for (number, told) in told {
        let person = Person { number: *number };
        let id = person.member().id;
        let found = by_member.remove(id.as_str()).unwrap_or_default();
        match *found {
            [] if told.has_account => wrong.push(format!("journey {number}: its account is lost")),
            [] => {}
            [account] => {
                let differs = differences(person, told, account, &mut memory);
                wrong.extend(differs.map(|what| format!("journey {number}: {what}")));
            }
            _ => wrong.push(format!("journey {number}: it has {} accounts", found.len())),
        }
    }
    for member in by_member.keys() {
        wrong.push(format!("nobody's journey has made the account of {member}"));
    }
    wrong.extend(made_twice(
        accounts.iter().filter(of_member).count(),
        events,
    ));
    wrong
}

fn differences<'a>(
    person: Person,
    told: &'a Told,
    account: &'a Item,
    memory: &mut HashMemory,
) -> impl Iterator<Item = String> + use<'a> {
    let mut differs = Vec::new();
    if !told.may_have_account && !told.has_account {
        differs.push("it has an account, and sent no code in".to_owned());
    }
    let user_id = text(account, "user_id");
    let expected: Vec<_> = match told.user_id {
        Some(user_id) => vec![person.user_id(user_id)],
        None => told
            .asked
            .iter()
            .map(|asked| person.user_id(*asked))
            .collect(),
    };
    if !expected.iter().any(|expected| expected == user_id) {
        differs.push(format!("the user ID is {user_id}, not among {expected:?}"));
    }
    let may_have = told.may_have().iter();
    if !may_have
        .clone()
        .any(|address| text(account, "email") == person.email(*address))
    {
        differs.push(format!("the address is {}", text(account, "email")));
    }
    let accepted = account
        .get("acceptances")
        .and_then(|map| map["M"].as_object());
    if told.has_accepted && accepted.is_none_or(serde_json::Map::is_empty) {
        differs.push("the acceptance of its terms is lost".to_owned());
    }
    let passwords: &[usize] = if told.passwords.is_empty() {
        &[0]
    } else {
        &told.passwords
    };
    if (passwords != [0] || person.number.is_multiple_of(HASHES))
        && !opens(person, passwords, account, memory)
    {
        differs.push(format!("none of its passwords {passwords:?} opens it"));
    }
    differs.into_iter()
}

fn opens(person: Person, passwords: &[usize], account: &Item, memory: &mut HashMemory) -> bool {
    let hash = PasswordHash::parse(text(account, "password_hash")).expect("a hash");
    passwords.iter().any(|password| {
        let attempt = PasswordAttempt::parse(&person.password(*password)).expect("a password");
        hash.verify(&attempt, memory).expect("enough memory") != Verdict::Mismatch
    })
}

/// The first event of an account names its member: once for each account.
fn made_twice(accounts: usize, events: &[Item]) -> Vec<String> {
    let made = events.iter().filter(|event| {
        text(event, "event") == "confirm-code"
            && text(event, "outcome") == "done"
            && event.contains_key("member")
    });
    let (mut members, mut wrong) = (BTreeSet::new(), Vec::new());
    for event in made {
        if !members.insert(text(event, "member")) {
            wrong.push(format!(
                "an account of {} was made twice",
                text(event, "member")
            ));
        }
    }
    if members.len() != accounts {
        wrong.push(format!(
            "{accounts} accounts, and {} were made by the trail",
            members.len()
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const WHO: Person = Person { number: 7 };

    fn item(value: &Value) -> Item {
        value.as_object().unwrap().clone()
    }

    fn account() -> Item {
        item(&json!({
            "account": {"S": "user#member-7-1"},
            "user_id": {"S": "Member-7-1"},
            "member": {"S": WHO.member().id.as_str()},
            "email": {"S": WHO.email(0)},
            "acceptances": {"M": {"2023-09-01": {"N": "1"}}},
            // The password is another one.
            "password_hash": {"S": PasswordHash::decoy().as_str()},
        }))
    }

    fn made() -> Item {
        item(
            &json!({"event": {"S": "confirm-code"}, "outcome": {"S": "done"}, "member": {"S": "m"}}),
        )
    }

    fn told() -> Told {
        Told {
            may_have_account: true,
            has_account: true,
            asked: vec![1],
            has_accepted: true,
            is_done: true,
            ..Told::default()
        }
    }

    fn found(told: Told, accounts: &[Item], events: &[Item]) -> Vec<String> {
        disagreements(&[(WHO.number, told)].into(), accounts, events)
    }

    #[test]
    fn tables_that_hold_what_was_told_agree() {
        assert_eq!(found(told(), &[account()], &[made()]), [""; 0]);
        assert_eq!(found(Told::default(), &[], &[]), [""; 0]);
    }

    #[test]
    fn what_is_lost_or_there_twice_is_named() {
        let lost = found(told(), &[], &[]);
        assert_eq!(lost, ["journey 7: its account is lost"]);
        let mut other = account();
        other["account"] = json!({"S": "user#member-7-2"});
        let twice = found(told(), &[account(), other], &[made(), made()]);
        assert!(twice[0].contains("it has 2 accounts"), "{twice:?}");
        assert!(twice[1].contains("made twice"), "{twice:?}");
        let nobodys = disagreements(&BTreeMap::new(), &[account()], &[made()]);
        assert!(nobodys[0].contains("nobody's journey"), "{nobodys:?}");
    }

    #[test]
    fn an_account_that_is_otherwise_than_it_was_told_is_named() {
        for (attribute, value, said) in [
            (
                "user_id",
                json!({"S": "somebody"}),
                "the user ID is somebody",
            ),
            (
                "email",
                json!({"S": WHO.mistyped_email()}),
                "the address is bounce.7",
            ),
            (
                "acceptances",
                json!({"M": {}}),
                "the acceptance of its terms is lost",
            ),
        ] {
            let mut other = account();
            other[attribute] = value;
            let wrong = found(told(), &[other], &[made()]);
            assert!(wrong[0].contains(said), "{wrong:?}");
        }
        let unasked = Told {
            asked: vec![1],
            ..Told::default()
        };
        assert!(found(unasked, &[account()], &[made()])[0].contains("sent no code in"));
        let moved = Told {
            addresses: vec![1],
            ..told()
        };
        assert!(found(moved, &[account()], &[made()])[0].contains("the address is soak-7@"));
        let changed = Told {
            passwords: vec![1],
            ..told()
        };
        assert!(found(changed, &[account()], &[made()])[0].contains("opens it"));
    }
}
