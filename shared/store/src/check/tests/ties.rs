//! Items that do not hold beside each other.

use super::*;

/// What happens between items.
pub(super) const BROKEN_TIES: &[Broken] = &[
    ("an account without its claim", Rule::Claimed, |world| {
        world.take("Accounts", "member#");
    }),
    (
        "an account whose claim is of another",
        Rule::Claimed,
        |world| {
            world.set(
                "Accounts",
                "member#",
                "user_id",
                "account_id",
                text(AccountId::draw(&Guessable::byte(9)).as_str()),
            );
        },
    ),
    ("a claim without its account", Rule::ClaimHeld, |world| {
        world.take("Accounts", "user#");
    }),
    ("two accounts of one id", Rule::OneId, |world| {
        let other = Account {
            key: AccountKey::of(&user_id("jiro")),
            user_id: user_id("jiro"),
            member: shoko().id,
            ..World::account()
        };
        world.put("Accounts", other.to_item());
    }),
    (
        "a session of an account that had the user ID before",
        Rule::SessionHasAccount,
        |world| {
            world.set(
                "Sessions",
                "",
                "account",
                "account_id",
                text(AccountId::draw(&Guessable::byte(9)).as_str()),
            );
        },
    ),
    (
        "a session that its account does not list",
        Rule::SessionListed,
        |world| {
            world.set(
                "Accounts",
                "user#",
                "email",
                "sessions",
                AttributeValue::M(Item::new()),
            );
        },
    ),
    (
        "a session behind terms that were not accepted",
        Rule::SessionTerms,
        |world| {
            world.set(
                "Accounts",
                "user#",
                "email",
                "acceptances",
                AttributeValue::M(Item::new()),
            );
        },
    ),
    ("a choice that is not reserved", Rule::Reserved, |world| {
        world.take("Registrations", "user-id#");
    }),
    (
        "a choice that is reserved for somebody else",
        Rule::Reserved,
        |world| {
            world.set(
                "Registrations",
                "user-id#",
                "holder",
                "holder",
                text(taro().id.as_str()),
            );
        },
    ),
    (
        "a reservation that nobody waits with",
        Rule::ReservationHeld,
        |world| {
            world.set("Registrations", "token#", "code", "user_id", text("other"));
        },
    ),
    (
        "a roster without its insurer",
        Rule::InsurerThere,
        |world| world.take("Insurers", "jkc"),
    ),
    (
        "a newest mail that is not there",
        Rule::LatestMail,
        |world| world.take("Addresses", "mail#"),
    ),
    ("an account that nothing tells of", Rule::Event, |world| {
        world.untell("confirm-code");
    }),
    (
        "an acceptance that nothing tells of",
        Rule::Event,
        |world| world.untell("accept-terms"),
    ),
    ("a login that nothing tells of", Rule::Event, |world| {
        world.untell("login");
    }),
    (
        "a verification that nothing tells of",
        Rule::Event,
        |world| world.untell("verify-member"),
    ),
    (
        "a change of address that nothing tells of",
        Rule::Event,
        |world| world.untell("change-email"),
    ),
    ("a reset that nothing tells of", Rule::Event, |world| {
        world.untell("request-password-reset");
    }),
    (
        "a disabled account that nothing tells of",
        Rule::Event,
        |world| {
            world.set("Accounts", "user#", "email", "disabled_at", instant(NOW));
        },
    ),
    (
        "an acceptance that a later one has moved",
        Rule::FirstAcceptance,
        |world| {
            let later = NOW;
            let accepted = Account {
                acceptances: [(terms(), later)].into(),
                ..Account::from_item(world.item("Accounts", "user#", "email")).unwrap()
            };
            *world.item("Accounts", "user#", "email") = accepted.to_item();
            world.tell(&user_id("taro").subject(), "accept-terms", "done", later);
        },
    ),
    (
        "an account of a member who was erased since",
        Rule::Erased,
        |world| world.tell(&taro().id.subject(), "member-erase", "done", NOW),
    ),
    (
        "a registration of an insurer that was removed since",
        Rule::Erased,
        |world| world.tell(&jkc().code.subject(), "insurer-remove", "done", NOW),
    ),
];
