//! Items that do not hold by themselves.

use super::*;

/// What happens to single items.
pub(super) const BROKEN_ITEMS: &[Broken] = &[
    ("an account that does not read", Rule::Readable, |world| {
        world.item("Accounts", "user#", "email").remove("email");
    }),
    ("an insurer that does not read", Rule::Readable, |world| {
        world.set("Insurers", "jkc", "name", "name", number(1));
    }),
    ("a member that does not read", Rule::Readable, |world| {
        world
            .item("Members", "jkc#1#jvc0211", "name")
            .remove("name_kana");
    }),
    ("an account under another user ID", Rule::Key, |world| {
        world.set("Accounts", "user#", "email", "user_id", text("jiro"));
    }),
    ("a registration under another token", Rule::Key, |world| {
        world.set(
            "Registrations",
            "token#",
            "code",
            "token",
            text(token(9).hash().as_str()),
        );
    }),
    ("a counter of nothing", Rule::Key, |world| {
        let key = format!("nonsense#{}", domain::fingerprint("x"));
        world.set("Throttles", "login-user-id", "ttl", "throttle", text(key));
    }),
    (
        "a session that is collected when it is made",
        Rule::Ttl,
        |world| {
            world.set("Sessions", "", "account", "ttl", ttl(SIGNED_IN));
        },
    ),
    ("a session that is never collected", Rule::Ttl, |world| {
        world.item("Sessions", "", "account").remove("ttl");
    }),
    ("a session in milliseconds", Rule::Ttl, |world| {
        world.set(
            "Sessions",
            "",
            "account",
            "ttl",
            instant(SIGNED_IN + domain::SESSION_VALID),
        );
    }),
    ("a registration in milliseconds", Rule::Ttl, |world| {
        world.set(
            "Registrations",
            "token#",
            "email",
            "ttl",
            instant(ASKED + domain::REGISTRATION_VALID),
        );
    }),
    (
        "a stub that outlives its registration",
        Rule::Ttl,
        |world| {
            world.set(
                "Registrations",
                "token#",
                "completed_at",
                "ttl",
                ttl(NOW + Duration::days(1)),
            );
        },
    ),
    (
        "a reservation that is collected a second early",
        Rule::Ttl,
        |world| {
            let early = ASKED + domain::REGISTRATION_VALID - Duration::SECOND;
            world.set("Registrations", "user-id#", "holder", "ttl", ttl(early));
        },
    ),
    ("a reset that is never collected", Rule::Ttl, |world| {
        world.item("Resets", "", "account").remove("ttl");
    }),
    (
        "a lockout that is collected like a log",
        Rule::Ttl,
        |world| {
            world.set(
                "Throttles",
                "login-user-id",
                "tries",
                "ttl",
                ttl(NOW + Duration::minutes(15)),
            );
        },
    ),
    ("a log in milliseconds", Rule::Ttl, |world| {
        world.set(
            "Throttles",
            "verify-identity",
            "tries",
            "ttl",
            instant(NOW + Duration::minutes(15)),
        );
    }),
    (
        "mails to a recipient that are never collected",
        Rule::Ttl,
        |world| {
            world
                .item("Throttles", "code-recipient", "ttl")
                .remove("ttl");
        },
    ),
    (
        "a mark that is collected before it ends",
        Rule::Ttl,
        |world| {
            world.set(
                "Addresses",
                "",
                "bounces",
                "ttl",
                ttl(ASKED + Duration::days(29)),
            );
        },
    ),
    (
        "a mail that is kept as long as a mark",
        Rule::Ttl,
        |world| {
            world.set(
                "Addresses",
                "mail#",
                "ttl",
                "ttl",
                ttl(ASKED + domain::BOUNCE_COUNTS),
            );
        },
    ),
    (
        "an event that is collected a day early",
        Rule::Ttl,
        |world| {
            world.item("Audit", "", "member").insert(
                "ttl".to_owned(),
                ttl(MADE + domain::AUDIT_KEPT - Duration::DAY),
            );
        },
    ),
    ("an account that would be collected", Rule::Stays, |world| {
        world.set(
            "Accounts",
            "user#",
            "email",
            "ttl",
            ttl(NOW + Duration::DAY),
        );
    }),
    ("a claim that would be collected", Rule::Stays, |world| {
        world.set(
            "Accounts",
            "member#",
            "user_id",
            "ttl",
            ttl(NOW + Duration::DAY),
        );
    }),
    ("a member that would be collected", Rule::Stays, |world| {
        world.set(
            "Members",
            "jkc#1#jvc0211",
            "name",
            "ttl",
            ttl(NOW + Duration::DAY),
        );
    }),
    ("a name in a stub", Rule::Bare, |world| {
        world.set(
            "Registrations",
            "token#",
            "completed_at",
            "member_name",
            text("健保 太郎"),
        );
    }),
    ("an address in a claim", Rule::Bare, |world| {
        world.set(
            "Accounts",
            "member#",
            "user_id",
            "email",
            text("taro@example.jp"),
        );
    }),
    ("a name in a reservation", Rule::Bare, |world| {
        world.set(
            "Registrations",
            "user-id#",
            "holder",
            "member_name",
            text("健保 昇子"),
        );
    }),
    ("a code without a choice", Rule::Bare, |world| {
        world
            .item("Registrations", "token#", "code")
            .remove("user_id");
    }),
    ("an address in a decoy", Rule::Bare, |world| {
        let decoy = world
            .0
            .iter_mut()
            .find(|(table, item)| *table == "Resets" && !item.contains_key("account"));
        decoy
            .unwrap()
            .1
            .insert("email".to_owned(), text("taro@example.jp"));
    }),
    (
        "a counter that is keyed by an address",
        Rule::Bare,
        |world| {
            world.set(
                "Throttles",
                "code-recipient",
                "ttl",
                "throttle",
                text("code-recipient#taro@example.jp"),
            );
        },
    ),
    ("a mark that is keyed by an address", Rule::Bare, |world| {
        world.set(
            "Addresses",
            "",
            "bounces",
            "address",
            text("taro@example.jp"),
        );
    }),
    ("an address in an event", Rule::Bare, |world| {
        world
            .item("Audit", "", "member")
            .insert("email".to_owned(), text("taro@example.jp"));
    }),
    (
        "more tries than a log has room for",
        Rule::Bounded,
        |world| {
            let of_a_moment = |seconds| {
                let at = NOW - Duration::seconds(seconds);
                (0..=100).map(move |which| Stamp::draw(at, &Guessable::byte(which)))
            };
            let many: Vec<Stamp> = (0..3).flat_map(of_a_moment).collect();
            world.set(
                "Throttles",
                "verify-identity",
                "tries",
                "tries",
                stamps(&many),
            );
        },
    ),
    (
        "a try that is counted and was not charged",
        Rule::Bounded,
        |world| {
            let other = [Stamp::draw(NOW, &Guessable::byte(200))];
            world.set(
                "Throttles",
                "verify-identity",
                "tries",
                "tries_counted",
                stamps(&other),
            );
        },
    ),
    ("more mails than are let out", Rule::Bounded, |world| {
        let many: Vec<Stamp> = (0..6)
            .map(|which| Stamp::draw(NOW, &Guessable::byte(which)))
            .collect();
        world.set(
            "Throttles",
            "code-recipient",
            "ttl",
            "attempts",
            stamps(&many),
        );
    }),
    ("more wrong codes than are let in", Rule::Bounded, |world| {
        let many: Vec<Stamp> = (0..6)
            .map(|which| Stamp::draw(NOW, &Guessable::byte(which)))
            .collect();
        world.set(
            "Sessions",
            "",
            "account",
            "code_tries_counted",
            stamps(&many),
        );
    }),
    ("a session that lives longer", Rule::Bounded, |world| {
        let at = SIGNED_IN + domain::SESSION_VALID + Duration::HOUR;
        world.set("Sessions", "", "account", "expires_at", instant(at));
        world.set("Sessions", "", "account", "ttl", ttl(at));
    }),
    (
        "a mark that is refused for another time",
        Rule::Bounded,
        |world| {
            world.set("Addresses", "", "bounces", "refused_until", instant(NOW));
        },
    ),
    (
        "a mark of which one event is not spelled out",
        Rule::Bounded,
        |world| {
            world.set(
                "Addresses",
                "",
                "bounces",
                "bounces",
                instants(&[ASKED, NOW]),
            );
        },
    ),
    (
        "a mail that came back before it was sent",
        Rule::Bounded,
        |world| {
            world.set(
                "Addresses",
                "mail#",
                "ttl",
                "returned_at",
                instant(ASKED - Duration::SECOND),
            );
        },
    ),
];
