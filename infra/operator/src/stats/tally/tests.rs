//! Who is counted, and on which day.

use time::macros::{date, datetime};

use super::{super::moved::Told, *};

const BEGAN: OffsetDateTime = datetime!(2026-11-20 09:00 +9);
const PERIOD: Period = Period {
    from: Some(BEGAN),
    before: datetime!(2026-12-01 00:00 +9),
};

/// A tally of members `a`, `b`, `c` of the first insurer, and `z` of the second.
fn tally(periods: Vec<Period>) -> Tally {
    let mut roster = Roster::new();
    for (name, insurer) in [("a", 0), ("b", 0), ("c", 0), ("z", 1)] {
        roster.add(&Subject::of(name), insurer);
    }
    roster.tally(periods)
}

fn done(name: &str, step: Step, at: OffsetDateTime) -> StepDone {
    StepDone {
        subject: Subject::of(name),
        at,
        step: step.event().to_owned(),
        member: None,
    }
}

/// The first event of an account.
fn made(account: &str, member: &str, at: OffsetDateTime) -> StepDone {
    StepDone {
        member: Some(Subject::of(member)),
        ..done(account, Step::Confirmed, at)
    }
}

/// What is counted, in either order of the events.
fn counted(events: &[StepDone]) -> [Counted; 2] {
    let count = |events: &mut dyn Iterator<Item = &StepDone>| -> [Counted; 2] {
        let mut tally = tally(vec![PERIOD, PERIOD]);
        for event in events {
            tally.add(event);
        }
        tally.end().0.try_into().unwrap()
    };
    let forwards = count(&mut events.iter());
    let backwards = count(&mut events.iter().rev());
    for (one, other) in forwards.iter().zip(&backwards) {
        assert_eq!(one.days, other.days, "the order does not matter");
    }
    forwards
}

#[test]
fn each_is_counted_once_on_the_first_day_of_each_step() {
    let day = |day| BEGAN + time::Duration::days(day);
    let [counted, of_another] = counted(&[
        done("a", Step::Verified, day(1)),
        done("a", Step::Verified, day(3)),
        done("a", Step::Created, day(3)),
        done("a", Step::Created, day(2)),
        done("b", Step::Verified, day(1)),
        done("a", Step::Confirmed, day(4)),
        made("user-a", "a", day(4)),
        done("user-a", Step::LoggedIn, day(4)),
        done("user-a", Step::LoggedIn, day(5)),
        done("user-a", Step::Accepted, day(5)),
        done("z", Step::Verified, day(1)),
    ]);
    assert_eq!(counted.roster, 3);
    assert_eq!(counted.total(), [2, 1, 1, 1, 1]);
    assert_eq!(counted.on(date!(2026 - 11 - 21)), [2, 0, 0, 0, 0]);
    assert_eq!(counted.on(date!(2026 - 11 - 22)), [0, 1, 0, 0, 0]);
    assert_eq!(counted.on(date!(2026 - 11 - 24)), [0, 0, 1, 1, 0]);
    assert_eq!(counted.before(date!(2026 - 11 - 25)), [2, 1, 1, 1, 0]);
    assert_eq!(
        (of_another.roster, of_another.total()),
        (1, [1, 0, 0, 0, 0])
    );
}

#[test]
fn days_are_those_of_japan_and_the_period_has_its_first_and_not_its_last_moment() {
    let millisecond = time::Duration::milliseconds(1);
    let [counted, _] = counted(&[
        done("a", Step::Verified, BEGAN - millisecond),
        done("b", Step::Verified, BEGAN),
        done("c", Step::Verified, PERIOD.before - millisecond),
        done("a", Step::Verified, PERIOD.before),
    ]);
    assert_eq!(counted.total(), [2, 0, 0, 0, 0]);
    assert_eq!(counted.on(date!(2026 - 11 - 20))[0], 1);
    assert_eq!(counted.on(date!(2026 - 11 - 30))[0], 1);
    let [at_night, _] =
        self::counted(&[done("a", Step::Verified, datetime!(2026-11-21 15:00 UTC))]);
    assert_eq!(at_night.on(date!(2026 - 11 - 22))[0], 1);
}

#[test]
fn who_kept_an_account_and_logs_in_counts_as_registered_on_that_day() {
    let last_year = BEGAN - time::Duration::days(365);
    let [counted, _] = counted(&[
        done("a", Step::Verified, last_year),
        made("user-a", "a", last_year),
        done("user-a", Step::LoggedIn, last_year),
        done("user-a", Step::Accepted, last_year),
        done("user-a", Step::LoggedIn, BEGAN),
    ]);
    assert_eq!(counted.total(), [1, 1, 1, 1, 0]);
    assert_eq!(counted.on(date!(2026 - 11 - 20)), [1, 1, 1, 1, 0]);
}

#[test]
fn an_account_tells_whose_it_is_and_what_was_accepted_when_the_trail_does_not() {
    let years_ago = BEGAN - time::Duration::days(4 * 365);
    let [old, new] = ["2023-09-01", "2026-10-01"].map(|day| TermsVersion::parse(day).unwrap());
    let holder = |member: &str, version: &TermsVersion, at| Holder {
        account: Subject::of(&format!("user-{member}")),
        member: Subject::of(member),
        created_at: years_ago,
        acceptances: [(version.clone(), at)].into(),
    };
    let mut tally = tally(vec![PERIOD, PERIOD]);
    let in_force = [Some(&new), Some(&old)];
    // Had accepted what is in force; what was; and in the survey itself, on another day.
    let hour = time::Duration::hours(1);
    tally.hold(&holder("a", &new, BEGAN - hour), &in_force);
    tally.hold(&holder("b", &old, years_ago), &in_force);
    tally.hold(&holder("c", &new, BEGAN + hour), &in_force);
    tally.hold(&holder("nobody of a roster", &new, years_ago), &in_force);
    for member in ["a", "b", "c"] {
        let account = format!("user-{member}");
        tally.add(&done(&account, Step::LoggedIn, BEGAN + hour));
    }
    let (counted, _) = tally.end();
    assert_eq!(counted[0].total(), [3, 3, 3, 3, 1]);
}

#[test]
fn a_user_id_that_is_another_members_since_counts_for_whose_it_was() {
    let hour = time::Duration::hours(1);
    let [counted, of_another] = counted(&[
        made("shared", "a", BEGAN),
        done("shared", Step::LoggedIn, BEGAN + hour),
        made("shared", "z", BEGAN + hour * 2),
        done("shared", Step::LoggedIn, BEGAN + hour * 3),
        done("shared", Step::Accepted, BEGAN + hour * 3),
        made("another", "somebody of no roster", BEGAN),
        done("another", Step::LoggedIn, BEGAN + hour),
    ]);
    assert_eq!(counted.total(), [1, 1, 1, 1, 0]);
    assert_eq!(of_another.total(), [1, 1, 1, 1, 1]);
}

#[test]
fn who_has_another_number_since_is_counted_as_before() {
    let hour = time::Duration::hours(1);
    let mut told = Told::default();
    let moves = |former: &str, to: &str, at| StepDone {
        subject: Subject::of(to),
        at,
        step: crate::moving::NAME.to_owned(),
        member: Some(Subject::of(former)),
    };
    told.note(&moves("former", "a", BEGAN + hour * 3));
    // Another one has had the number of `b` before `b` came to it.
    told.note(&moves("b", "c", BEGAN + hour));
    let mut tally = tally(vec![PERIOD, PERIOD]).knowing(told.settled());
    for event in [
        done("former", Step::Verified, BEGAN),
        made("user-a", "former", BEGAN),
        done("user-a", Step::LoggedIn, BEGAN + hour * 4),
        // Of who has the former number since.
        done("former", Step::Verified, BEGAN + hour * 5),
        done("b", Step::Verified, BEGAN),
        done("b", Step::Verified, BEGAN + hour * 2),
    ] {
        tally.add(&event);
    }
    let (counted, others) = tally.end();
    assert_eq!(counted[0].total(), [3, 1, 1, 1, 0]);
    assert_eq!(others, 1);
}

#[test]
fn who_left_the_roster_is_told_apart() {
    let mut tally = tally(vec![PERIOD, PERIOD]);
    for name in ["gone", "gone", "a"] {
        tally.add(&done(name, Step::Verified, BEGAN));
    }
    let (counted, others) = tally.end();
    assert_eq!((counted[0].total()[0], others), (1, 1));
}

#[test]
fn insurers_begin_at_times_of_their_own() {
    let later = Period {
        from: Some(BEGAN + time::Duration::days(2)),
        ..PERIOD
    };
    let mut tally = tally(vec![PERIOD, later]);
    for name in ["a", "z"] {
        tally.add(&made(&format!("user-{name}"), name, BEGAN));
        tally.add(&done(&format!("user-{name}"), Step::LoggedIn, BEGAN));
        tally.compact();
    }
    tally.add(&done(
        "user-z",
        Step::LoggedIn,
        BEGAN + time::Duration::days(3),
    ));
    let (counted, _) = tally.end();
    assert_eq!(counted[0].on(date!(2026 - 11 - 20))[3], 1);
    assert_eq!(counted[1].on(date!(2026 - 11 - 23))[3], 1);
    assert_eq!(counted[1].total()[3], 1);
}

#[test]
fn a_member_takes_24_bytes() {
    assert_eq!(size_of::<Member>(), 24);
    assert_eq!(size_of::<OfAccount>(), 24);
}
