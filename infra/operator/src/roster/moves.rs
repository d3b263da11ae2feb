//! Members whose 記号 or 番号 a file changes: found in the roster under the former ones, and compared under the new.
//!
//! Whatever the file and the roster hold, it takes the memory of two rows: both are sorted by the former id and read side
//! by side, and what is found is sorted again by the new one. Only moves that wait for another are in memory.
//!
//! A row is believed to be of the one who has the former number only where kana name and birth date are theirs. Where
//! neither is, the number is somebody else's by now, as it is when the same file is imported again; where one is, nobody
//! can say, and the row is refused.

use std::{
    collections::{HashMap, HashSet},
    io,
};

use domain::{LongMark, MemberId};
use store::Member;

use super::{
    record::{self, Record},
    refusal::{Reason, Refusal},
    sort::{self, Merge, Sorted, Sorter},
};
use crate::moving::Moving;

/// A row of the file that says who somebody was until now: the row, and the member as they are from now on. It is
/// sorted by the former id.
pub(super) fn pack(row: u64, member: &Member) -> Vec<u8> {
    let mut bytes = row.to_be_bytes().to_vec();
    push(&mut bytes, member.id.as_str().as_bytes());
    bytes.extend(record::of_member(member));
    bytes
}

struct Wanted {
    row: u64,
    member: Member,
}

impl Wanted {
    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (row, rest) = bytes.split_first_chunk()?;
        let (id, rest) = part(rest)?;
        match Record::read(std::str::from_utf8(id).ok()?, rest)? {
            Record::Member(member) => Some(Self {
                row: u64::from_be_bytes(*row),
                member,
            }),
            Record::Removal { .. } => None,
        }
    }
}

/// The moves of a file.
pub(super) struct Moves {
    /// Each by its former id.
    going: Sorted,
    /// Those whose new number somebody leaves first, in the order in which they can be made.
    waiting: Vec<Moving>,
    /// The former ids of these.
    waits: HashSet<MemberId>,
}

/// What is to be found: the roster as it will be, the moves, and what is refused.
pub(super) struct Found {
    pub(super) roster: Sorted,
    pub(super) moves: Moves,
    pub(super) refusals: Vec<Refusal>,
}

/// How the file and its insurer are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) long_mark: LongMark,
    /// What the column of the number is called.
    pub(super) column: &'a str,
}

impl Reading<'_> {
    fn refusal(&self, wanted: &Wanted, reason: Reason) -> Refusal {
        Refusal::new(wanted.row, self.column, &wanted.member.number, reason)
    }

    /// Whether a row is of the one who is in the roster: surely, or perhaps.
    fn is_same(&self, there: &Member, row: &Member) -> [bool; 2] {
        let born = there.birth_date == row.birth_date;
        let called = std::iter::once(&row.name_kana)
            .chain(&row.alternate_kana)
            .any(|name| there.is_called(name, self.long_mark));
        [born && called, born || called]
    }
}

/// Finds who moves, and gives the roster as it is compared then.
pub(super) fn find(wanted: &Sorted, roster: &Sorted, reading: Reading<'_>) -> io::Result<Found> {
    let mut refusals = Vec::new();
    let met = meet(wanted, roster, reading, &mut refusals)?;
    let (roster, by_new) = settle(&met, reading, &mut refusals)?;
    let moves = in_order(&by_new, reading, &mut refusals)?;
    Ok(Found {
        roster,
        moves,
        refusals,
    })
}

/// What stands at an id after the moves: who stayed, or who comes, with the row and the former id.
const STAYED: u8 = 0;
const COMES: u8 = 1;

/// Reads rows and roster side by side by the former id. Gives what stands at each id then, who stayed first.
fn meet(
    wanted: &Sorted,
    roster: &Sorted,
    reading: Reading<'_>,
    refusals: &mut Vec<Refusal>,
) -> io::Result<Sorted> {
    let mut rows = wanted.merge()?;
    let mut row = next_row(&mut rows)?;
    let mut roster = roster.merge()?;
    let (mut stayed, mut coming) = (Sorter::new()?, Sorter::new()?);
    while let Some(there) = roster.next_record()? {
        while row.as_ref().is_some_and(|(key, _)| *key < there.key) {
            row = next_row(&mut rows)?;
        }
        let mut of_this = Vec::new();
        while let Some((_, wanted)) = row.take_if(|(key, _)| *key == there.key) {
            of_this.push(wanted);
            row = next_row(&mut rows)?;
        }
        match who_moves(&there, &of_this, reading, refusals) {
            Some(wanted) => {
                let mut bytes = vec![COMES];
                push(&mut bytes, &there.key);
                push(&mut bytes, &pack(wanted.row, &wanted.member));
                bytes.extend(&moved(&there, &wanted.member).unwrap_or_default());
                coming.push(wanted.member.id.as_str().as_bytes(), &bytes)?;
            }
            None => stayed.push(&there.key, &[&[STAYED], &*there.body].concat())?,
        }
    }
    let (stayed, coming) = (stayed.finish()?, coming.finish()?);
    // Of one id, who stayed comes first: records of one key stay in their order.
    let mut met = Sorter::new()?;
    for sorted in [stayed, coming] {
        let mut merge = sorted.merge()?;
        while let Some(record) = merge.next_record()? {
            met.push(&record.key, &record.body)?;
        }
    }
    met.finish()
}

fn next_row(rows: &mut Merge) -> io::Result<Option<(Vec<u8>, Wanted)>> {
    let Some(record) = rows.next_record()? else {
        return Ok(None);
    };
    let wanted = Wanted::unpack(&record.body).ok_or_else(damaged)?;
    Ok(Some((record.key, wanted)))
}

/// Which of these rows is of the member who is there.
fn who_moves<'a>(
    there: &sort::Record,
    rows: &'a [Wanted],
    reading: Reading<'_>,
    refusals: &mut Vec<Refusal>,
) -> Option<&'a Wanted> {
    if rows.is_empty() {
        return None;
    }
    let of_roster = read(there)?;
    let mut found: Option<&Wanted> = None;
    for row in rows {
        match (reading.is_same(&of_roster, &row.member), found) {
            ([true, _], None) => found = Some(row),
            ([true, _], Some(first)) if first.member.id != row.member.id => {
                let first = first.row;
                refusals.push(reading.refusal(row, Reason::FormerTwice { row: first }));
            }
            ([false, true], _) => refusals.push(reading.refusal(row, Reason::FormerOther)),
            _ => {}
        }
    }
    found
}

/// The row of the roster under the new number.
fn moved(there: &sort::Record, to: &Member) -> Option<Vec<u8>> {
    let moved = Member {
        id: to.id.clone(),
        symbol: to.symbol.clone(),
        number: to.number.clone(),
        ..read(there)?
    };
    Some(record::of_member(&moved))
}

fn read(there: &sort::Record) -> Option<Member> {
    match Record::read(std::str::from_utf8(&there.key).ok()?, &there.body)? {
        Record::Member(member) => Some(member),
        Record::Removal { .. } => None,
    }
}

/// One member at each id. Gives the roster, and who comes, by the new id.
fn settle(
    met: &Sorted,
    reading: Reading<'_>,
    refusals: &mut Vec<Refusal>,
) -> io::Result<(Sorted, Sorted)> {
    let (mut roster, mut going) = (Sorter::new()?, Sorter::new()?);
    let mut met = met.merge()?;
    let mut before: Option<sort::Record> = None;
    while let Some(record) = met.next_record()? {
        let Some((kind, rest)) = record.body.split_first() else {
            return Err(damaged());
        };
        let is_again = before.as_ref().is_some_and(|it| it.key == record.key);
        if *kind == STAYED {
            roster.push(&record.key, rest)?;
            before = Some(sort::Record {
                key: record.key.clone(),
                body: rest.to_vec(),
            });
            continue;
        }
        let (from, rest) = part(rest).ok_or_else(damaged)?;
        let (wanted, body) = part(rest).ok_or_else(damaged)?;
        let row = Wanted::unpack(wanted).ok_or_else(damaged)?;
        if let Some(there) = before.as_ref().filter(|_| is_again) {
            // A file has brought the new number already: the former row goes, and the account comes along.
            let same = read(there).is_some_and(|it| reading.is_same(&it, &row.member)[0]);
            if !same {
                refusals.push(reading.refusal(&row, Reason::NewTaken));
                continue;
            }
        } else {
            roster.push(&record.key, body)?;
            before = Some(sort::Record {
                key: record.key.clone(),
                body: body.to_vec(),
            });
        }
        going.push(from, wanted)?;
    }
    Ok((roster.finish()?, going.finish()?))
}

/// Orders the moves, so that a number is left before another comes to it. Those that wait for each other are refused.
fn in_order(
    going: &Sorted,
    reading: Reading<'_>,
    refusals: &mut Vec<Refusal>,
) -> io::Result<Moves> {
    // Whose new number is somebody's former one: the new ids, sorted, beside the former ones.
    let mut by_new = Sorter::new()?;
    let mut merge = going.merge()?;
    while let Some(record) = merge.next_record()? {
        let wanted = Wanted::unpack(&record.body).ok_or_else(damaged)?;
        let body = [&record.key[..], b"\0", &record.body].concat();
        by_new.push(wanted.member.id.as_str().as_bytes(), &body)?;
    }
    let by_new = by_new.finish()?;
    let (mut news, mut formers) = (by_new.merge()?, going.merge()?);
    let mut former = formers.next_record()?;
    let mut waiting: HashMap<MemberId, (Wanted, MemberId)> = HashMap::new();
    while let Some(new) = news.next_record()? {
        while former.as_ref().is_some_and(|it| it.key < new.key) {
            former = formers.next_record()?;
        }
        if former.as_ref().is_some_and(|it| it.key == new.key) {
            let at = new.body.iter().position(|byte| *byte == 0);
            let (from, wanted) = at
                .and_then(|at| new.body.split_at_checked(at))
                .ok_or_else(damaged)?;
            let wanted = wanted.get(1..).and_then(Wanted::unpack);
            waiting.insert(id(from), (wanted.ok_or_else(damaged)?, id(&new.key)));
        }
    }
    let waits: HashSet<MemberId> = waiting.keys().cloned().collect();
    let mut made = Vec::with_capacity(waiting.len());
    let mut starts: Vec<MemberId> = waits.iter().cloned().collect();
    starts.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    for start in starts {
        // Along the chain to the one whose number is free, or back to where it began.
        let mut chain = Vec::new();
        let mut at = start.clone();
        while let Some((wanted, next)) = waiting.remove(&at) {
            chain.push((at, wanted));
            at = next;
        }
        if at == start {
            for (_, wanted) in &chain {
                refusals.push(reading.refusal(wanted, Reason::Swapped));
            }
            continue;
        }
        made.extend(
            chain
                .into_iter()
                .rev()
                .map(|(from, wanted)| moving(from, &wanted)),
        );
    }
    Ok(Moves {
        going: going.clone(),
        waiting: made,
        waits,
    })
}

fn moving(from: MemberId, wanted: &Wanted) -> Moving {
    Moving {
        from,
        to: wanted.member.id.clone(),
        symbol: wanted.member.symbol.clone(),
        number: wanted.member.number.clone(),
    }
}

impl Moves {
    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        let swapped = self.waits.len() - self.waiting.len();
        self.going.len() - swapped as u64
    }

    /// Those that can be made in any order.
    pub(super) fn at_once(&self) -> io::Result<impl Iterator<Item = io::Result<Moving>>> {
        let mut merge = self.going.merge()?;
        let next = move || -> io::Result<Option<Moving>> {
            while let Some(record) = merge.next_record()? {
                let from = id(&record.key);
                if !self.waits.contains(&from) {
                    let wanted = Wanted::unpack(&record.body).ok_or_else(damaged)?;
                    return Ok(Some(moving(from, &wanted)));
                }
            }
            Ok(None)
        };
        let mut next = next;
        Ok(std::iter::from_fn(move || next().transpose()))
    }

    /// Those that can be made after these, one after the other.
    pub(super) fn then(&self) -> &[Moving] {
        &self.waiting
    }
}

fn id(key: &[u8]) -> MemberId {
    MemberId::from_stored(String::from_utf8_lossy(key).into_owned())
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(part);
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn damaged() -> io::Error {
    io::Error::other("a record in it is damaged")
}

#[cfg(test)]
mod tests;
