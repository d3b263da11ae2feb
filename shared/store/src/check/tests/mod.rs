//! Each rule notices one item that it does not hold for, in tables that are sound without it.

mod items;
mod ties;
mod world;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{AccountId, BegunSession, FlowSubject, Guessable, KnownDevice, LetterKey, Place};
use time::Duration;

use self::{items::BROKEN_ITEMS, ties::BROKEN_TIES, world::*};
use super::*;
use crate::{
    Account, AccountKey, Addressee, DrawnKey, Item, Letter, NewRegistration, Recovery,
    Registration, Reset, Session, Stamp,
    item::{instant, instants, number, stamps, text, ttl},
};

#[test]
fn sound_tables_have_no_findings() {
    assert_eq!(World::sound().survey().findings(), []);
}

/// A world that is broken in one place, and what notices.
type Broken = (&'static str, Rule, fn(&mut World));

#[test]
fn each_rule_notices_what_is_broken_and_names_nobody() {
    let mut noticed = std::collections::BTreeSet::new();
    for (what, rule, breaks) in BROKEN_ITEMS.iter().chain(BROKEN_TIES) {
        let mut world = World::sound();
        breaks(&mut world);
        let findings = world.survey().findings();
        assert!(
            findings.iter().any(|found| found.rule == *rule),
            "{what}: {} is expected in {findings:?}",
            rule.name()
        );
        for found in &findings {
            let said = found.to_string().to_lowercase();
            for name in ["taro", "shoko", "jvc02", "健保", "@"] {
                assert!(!said.contains(name), "{what}: {said} names somebody");
            }
        }
        noticed.insert(*rule);
    }
    assert_eq!(noticed.into_iter().collect::<Vec<_>>(), Rule::ALL);
}

#[test]
fn what_is_broken_between_items_is_so_as_well_when_they_are_read_together() {
    for (what, rule, breaks) in BROKEN_TIES {
        let mut world = World::sound();
        breaks(&mut world);
        for suspect in world.survey().suspects() {
            let mut together = Survey::at(NOW);
            for (table, item) in &world.0 {
                let look = TABLES.iter().find(|look| look.table == *table).unwrap();
                let key = item[look.key].as_s().unwrap();
                let is_read = suspect
                    .places
                    .iter()
                    .any(|place| place.table == *table && place.key == *key);
                let is_event = *table == "Audit" && suspect.events.is_some();
                if is_read || is_event {
                    together.add(table, item);
                }
            }
            let again = together.suspects();
            assert!(
                again.iter().any(|again| again.finding == suspect.finding),
                "{what} ({}): {} is only suspected",
                rule.name(),
                suspect.finding
            );
        }
    }
}

#[test]
fn what_is_over_and_several_browsers_of_one_member_are_no_findings() {
    let mut world = World::sound();
    // The account listed it no longer when it was over.
    world.set(
        "Accounts",
        "user#",
        "email",
        "sessions",
        AttributeValue::M(Item::new()),
    );
    let mut later = Survey::at(NOW + Duration::hours(13));
    for (table, item) in &world.0 {
        later.add(table, item);
    }
    assert_eq!(later.findings(), []);

    // The member verified in another browser, and gave up there what was chosen here.
    let mut world = World::sound();
    world.take("Registrations", "user-id#");
    let (insurer, member) = (jkc(), shoko());
    let other = NewRegistration {
        token: token(6).hash(),
        subject: FlowSubject::draw(&Guessable::byte(6)),
        member: &member,
        insurer: &insurer,
        verified_at: ASKED,
    };
    world.put("Registrations", Registration::from(other).to_item());
    assert_eq!(world.survey().findings(), []);
    assert!(Account::from_item(world.item("Accounts", "user#", "email")).is_ok());
}

#[test]
fn an_item_reads_back_as_it_was_written() {
    let account = Account {
        acceptances: [(terms(), ACCEPTED)].into(),
        last_login_at: Some(SIGNED_IN),
        last_login_place: Some(Place::parse("JP-13").unwrap()),
        sessions: vec![BegunSession {
            token: token(1).hash(),
            at: SIGNED_IN,
        }],
        devices: vec![KnownDevice {
            token: token(2).hash(),
            at: SIGNED_IN,
        }],
        disabled_at: Some(NOW),
        opened_until: Some(NOW),
        recovery: Some(Recovery {
            email: email(),
            until: NOW,
        }),
        ..World::account()
    };
    let addressee = Addressee {
        member: taro(),
        letter: Letter {
            key: Some(DrawnKey {
                hash: LetterKey::draw(&Guessable(0)).hash(&Guessable(0)),
                at: ASKED,
                run: "run".to_owned(),
                survey: None,
            }),
            wanted_at: Some(NOW),
        },
    };
    let mut world = World::sound();
    world.put("Accounts", account.to_item());
    world.put("Members", addressee.to_item());
    let mut read = 0;
    for (table, item) in &world.0 {
        let again = match *table {
            "Accounts" if item.contains_key("email") => Account::from_item(item).unwrap().to_item(),
            "Members" => Addressee::from_item(item).unwrap().to_item(),
            "Registrations" if item.contains_key("code") => {
                Registration::from_item(item).unwrap().to_item()
            }
            "Resets" => Reset::from_item(item).unwrap().to_item(),
            "Sessions" => Session::from_item(item).unwrap().to_item(),
            _ => continue,
        };
        assert_eq!(&again, item, "{table}");
        read += 1;
    }
    assert_eq!(read, 9);
}
