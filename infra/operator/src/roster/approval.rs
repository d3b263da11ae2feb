//! Whether what was rehearsed may be written, as the insurer's trail has it.
//!
//! An approval is an event and nothing else: it names the file, the way to read it and the numbers that were found, so
//! it holds for nothing that differs in any of them. It ends after [`KEPT`], when it is withdrawn, and when a roster of
//! the insurer was written ([ADR 0040](../../../../docs/adr/0040-a-roster-is-approved-by-another-principal.md)).

use store::{Event, Import, Operator, Origin, RosterImport};
use time::{Duration, OffsetDateTime};

use super::rehearsal::{NAME as IMPORT, REFUSED, REHEARSED};
use crate::identity::is_one_person;

/// The name of the command in the trail.
pub(super) const NAME: &str = "roster-approve";
/// The outcome of an approval that was taken back.
pub(super) const WITHDRAWN: &str = "withdrawn";
/// How long a rehearsal may be approved, and an approval used.
pub(super) const KEPT: Duration = Duration::days(7);

/// Where a file stands.
pub(super) enum Standing<'a> {
    /// It was not rehearsed, or too long ago, or the roster was written since.
    Unseen,
    /// It was rehearsed.
    Waiting(Rehearsed<'a>),
    /// It may be written, as it was rehearsed.
    Approved(&'a Import),
}

/// What was rehearsed, and by whom.
pub(super) struct Rehearsed<'a> {
    pub(super) import: &'a Import,
    by: Vec<&'a Operator>,
    at: OffsetDateTime,
    approved: Option<(&'a Operator, OffsetDateTime)>,
    /// Whether it is being written, or this was interrupted.
    is_begun: bool,
}

impl Rehearsed<'_> {
    /// Whether somebody else than this principal has rehearsed it.
    pub(super) fn is_by_another_than(&self, principal: &str) -> bool {
        let mut rehearsed = self.by.iter().filter_map(|by| by.principal.as_deref());
        rehearsed.any(|by| !is_one_person(by, principal))
    }

    /// Who rehearsed it last.
    pub(super) fn last_by(&self) -> &str {
        self.by.last().map_or("", |by| &by.name)
    }

    fn is_approved(&self, at: OffsetDateTime) -> bool {
        let Some((by, approved_at)) = self.approved else {
            return false;
        };
        let principal = by.principal.as_deref();
        // A roster that is half written is to be finished, however long that takes.
        let is_in_time = self.is_begun || at - approved_at <= KEPT;
        is_in_time && principal.is_some_and(|by| self.is_by_another_than(by))
    }
}

/// Where a file stands by the trail of its insurer, which is in order of time.
pub(super) fn standing<'a>(
    trail: &'a [Event],
    own: &RosterImport,
    at: OffsetDateTime,
) -> Standing<'a> {
    let mut found: Option<Rehearsed<'a>> = None;
    for event in trail {
        let Origin::Import { by, import } = &event.origin else {
            continue;
        };
        if (&*event.name, &*event.outcome) == (IMPORT, "done") {
            // The roster is another now.
            found = None;
            continue;
        }
        let is_this = import.reading.as_ref().is_some_and(|reading| {
            (&import.file, &reading.mapping, &reading.mode) == (&own.file, &own.mapping, &own.mode)
        });
        if !is_this {
            continue;
        }
        let is_known = found.as_ref().is_some_and(|found| found.import == import);
        match (&*event.name, &*event.outcome, &mut found) {
            (IMPORT, REHEARSED, Some(known)) if is_known => {
                known.by.push(by);
                known.at = event.at.at();
            }
            // What is left of an import has other numbers, and is approved with it.
            (IMPORT, REHEARSED | REFUSED, Some(begun)) if begun.is_begun => {}
            (IMPORT, REHEARSED, _) => {
                found = Some(Rehearsed {
                    import,
                    by: vec![by],
                    at: event.at.at(),
                    approved: None,
                    is_begun: false,
                });
            }
            (IMPORT, REFUSED, _) => found = None,
            (IMPORT, "begun", Some(found)) => found.is_begun = true,
            (NAME, "done", Some(known)) if is_known => {
                known.approved = Some((by, event.at.at()));
            }
            (NAME, WITHDRAWN, Some(found)) => found.approved = None,
            _ => {}
        }
    }
    match found {
        Some(found) if found.is_approved(at) => Standing::Approved(found.import),
        Some(found) if at - found.at <= KEPT => Standing::Waiting(found),
        _ => Standing::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use domain::{Guessable, Subject};
    use store::{Reading, Stamp};
    use time::macros::datetime;

    use super::*;

    const BEGIN: OffsetDateTime = datetime!(2026-11-28 00:00 UTC);

    fn own(file: &str, mapping: &str) -> RosterImport {
        RosterImport {
            run: "1".to_owned(),
            file: file.to_owned(),
            mode: "full".to_owned(),
            mapping: mapping.to_owned(),
            operator: "suzuki".to_owned(),
            reason: "ticket".to_owned(),
            began_at: BEGIN,
            renewed_at: None,
            ended_at: None,
        }
    }

    /// An event of an hour: what, of which file and how many, by whom.
    fn event(hour: i64, what: &str, (file, added): (&str, u64), who: &str) -> Event {
        let (name, outcome) = what.split_once(' ').unwrap();
        Event {
            subject: Subject::of("insurer#jkc"),
            at: Stamp::draw(BEGIN + Duration::hours(hour), &Guessable::byte(7)),
            name: name.to_owned(),
            outcome: outcome.to_owned(),
            origin: Origin::Import {
                by: Operator {
                    // Anybody can type any name.
                    name: format!("typed by {who}"),
                    principal: (who != "nobody")
                        .then(|| format!("arn:aws:sts::1:assumed-role/Desk/{who}")),
                    reason: "ticket".to_owned(),
                },
                import: Import {
                    file: file.to_owned(),
                    reading: Some(Reading {
                        mapping: "m".to_owned(),
                        mode: "full".to_owned(),
                        rows: 100,
                        skipped: 0,
                        in_roster: 0,
                        beyond: Vec::new(),
                    }),
                    added,
                    changed: 0,
                    left: 0,
                    moved: 0,
                },
            },
            member: None,
        }
    }

    fn told(trail: &[Event], mapping: &str, hour: i64) -> String {
        match standing(trail, &own("a", mapping), BEGIN + Duration::hours(hour)) {
            Standing::Unseen => "unseen".to_owned(),
            Standing::Waiting(_) => "waiting".to_owned(),
            Standing::Approved(import) => format!("approved {}", import.added),
        }
    }

    #[test]
    fn an_approval_is_of_one_file_read_in_one_way_with_its_numbers_and_by_somebody_else() {
        const SEEN: &str = "roster-import rehearsed";
        const REFUSED: &str = "roster-import refused";
        const BEGUN: &str = "roster-import begun";
        const DONE: &str = "roster-import done";
        const OK: &str = "roster-approve done";
        const BACK: &str = "roster-approve withdrawn";
        let a = ("a", 5);
        let more = ("a", 6);
        let other = ("b", 5);
        let week = 7 * 24;
        for (told_as, at, events) in [
            ("unseen", 0, &[][..]),
            ("waiting", 0, &[(0, SEEN, a, "s")]),
            ("unseen", week + 1, &[(0, SEEN, a, "s")]),
            ("unseen", 0, &[(0, SEEN, other, "s"), (1, OK, other, "t")]),
            ("approved 5", 1, &[(0, SEEN, a, "s"), (1, OK, a, "t")]),
            // By who rehearsed it, in whatever name, or by nobody.
            ("waiting", 1, &[(0, SEEN, a, "s"), (1, OK, a, "s")]),
            ("waiting", 1, &[(0, SEEN, a, "s"), (1, OK, a, "nobody")]),
            ("waiting", 1, &[(0, SEEN, a, "nobody"), (1, OK, a, "t")]),
            // Two who have seen the same are two.
            (
                "approved 5",
                2,
                &[(0, SEEN, a, "s"), (1, SEEN, a, "t"), (2, OK, a, "t")],
            ),
            // Not before it was rehearsed, nor with other numbers, nor of another file.
            ("waiting", 1, &[(0, OK, a, "t"), (1, SEEN, a, "s")]),
            ("waiting", 1, &[(0, SEEN, a, "s"), (1, OK, more, "t")]),
            ("waiting", 1, &[(0, SEEN, a, "s"), (1, OK, other, "t")]),
            // Looked at again: the same numbers, and others.
            (
                "approved 5",
                2,
                &[(0, SEEN, a, "s"), (1, OK, a, "t"), (2, SEEN, a, "s")],
            ),
            (
                "waiting",
                2,
                &[(0, SEEN, a, "s"), (1, OK, a, "t"), (2, SEEN, more, "s")],
            ),
            (
                "unseen",
                2,
                &[(0, SEEN, a, "s"), (1, OK, a, "t"), (2, REFUSED, a, "s")],
            ),
            // Over, taken back, or used.
            ("approved 5", week, &[(0, SEEN, a, "s"), (0, OK, a, "t")]),
            ("unseen", week + 1, &[(0, SEEN, a, "s"), (0, OK, a, "t")]),
            (
                "waiting",
                2,
                &[(0, SEEN, a, "s"), (1, OK, a, "t"), (2, BACK, a, "s")],
            ),
            (
                "unseen",
                2,
                &[(0, SEEN, a, "s"), (1, OK, a, "t"), (2, DONE, a, "s")],
            ),
            (
                "unseen",
                2,
                &[(0, SEEN, a, "s"), (1, OK, a, "t"), (2, DONE, other, "s")],
            ),
            // What was interrupted may be finished, whatever is left of it, and however late.
            (
                "approved 5",
                99 * week,
                &[
                    (0, SEEN, a, "s"),
                    (1, OK, a, "t"),
                    (2, BEGUN, a, "s"),
                    (3, SEEN, more, "s"),
                ],
            ),
        ] {
            let trail: Vec<Event> = events
                .iter()
                .map(|(hour, what, of, who)| event(*hour, what, *of, who))
                .collect();
            assert_eq!(told(&trail, "m", at), told_as, "{events:?}");
            // Read in another way, it is another.
            assert_eq!(told(&trail, "other", at), "unseen", "{events:?}");
        }
    }
}
