//! The rosters that files are compared with, read and sorted.
//!
//! A member is keyed by the insurer's rule for leading zeros and hyphens at the time of an import. Where that rule has
//! changed since, the key that the member has is no more the one that their 記号 and 番号 have: these members are found
//! here, and the import moves them as it moves those whose numbers change, so that their accounts come along.

use std::{collections::HashMap, io};

use domain::MemberId;
use store::{Found, Insurer, Member};

use super::{
    intake::temporary,
    moves, record,
    sort::{Sorted, Sorter},
};
use crate::{desk::Desk, failure::Failure, language::word, progress::Progress};

/// The members of an insurer.
pub(super) struct Roster {
    /// All of them, by the id that they have.
    pub(super) sorted: Sorted,
    /// Those whose id is another by the insurer's rule of now, by the id that they have.
    pub(super) rekeyed: Sorted,
}

/// A roster that is being read.
struct Reading<'a> {
    insurer: &'a Insurer,
    sorted: Sorter,
    rekeyed: Sorter,
}

impl<'a> Reading<'a> {
    /// One of so many.
    fn of(insurer: &'a Insurer, count: usize) -> io::Result<Self> {
        Ok(Self {
            insurer,
            sorted: Sorter::one_of(count)?,
            rekeyed: Sorter::one_of(count)?,
        })
    }

    fn take(&mut self, found: &Found) -> io::Result<()> {
        // An item that cannot be read is another than any in the file.
        let bytes = found.member.as_ref().map(record::of_member);
        let key = found.id.as_str().as_bytes();
        self.sorted.push(key, &bytes.unwrap_or_default())?;
        let member = found.member.as_ref();
        let id = member.and_then(|member| member.id_by(self.insurer.key_rule));
        if let (Some(member), Some(id)) = (member, id) {
            let member = Member {
                id,
                ..member.clone()
            };
            self.rekeyed.push(key, &moves::pack(0, &member))?;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Roster> {
        Ok(Roster {
            sorted: self.sorted.finish()?,
            rekeyed: self.rekeyed.finish()?,
        })
    }
}

/// Reads the roster of an insurer.
pub(super) async fn read_roster(desk: &Desk, insurer: &Insurer) -> Result<Roster, Failure> {
    let mut rosters = read_rosters(desk, &[insurer]).await?;
    Ok(rosters.swap_remove(0))
}

/// Reads the rosters of several insurers, in their order and in one look through the table, for it is read whole for
/// each of them, too.
pub(super) async fn read_rosters(
    desk: &Desk,
    insurers: &[&Insurer],
) -> Result<Vec<Roster>, Failure> {
    let mut readings = insurers
        .iter()
        .map(|insurer| Reading::of(insurer, insurers.len()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| temporary(&error))?;
    let places: HashMap<String, usize> = insurers
        .iter()
        .map(|insurer| MemberId::prefix_of(&insurer.code))
        .zip(0..)
        .collect();
    let only = match insurers {
        [insurer] => Some(&insurer.code),
        _ => None,
    };
    let mut pages = desk.members.roster(only).await;
    let progress = Progress::of(
        desk.format,
        word!(ja: "比較", en: "comparing"),
        pages.expected(),
    );
    while let Some(page) = pages.next().await? {
        for found in &page.rows {
            let end = found.id.as_str().find('#').map_or(0, |at| at + 1);
            let insurer = found.id.as_str().get(..end).unwrap_or_default();
            let reading = places.get(insurer).and_then(|at| readings.get_mut(*at));
            if let Some(reading) = reading {
                reading.take(found).map_err(|error| temporary(&error))?;
            }
        }
        progress.add(page.read);
    }
    let rosters = readings.into_iter().map(Reading::finish);
    rosters
        .collect::<io::Result<_>>()
        .map_err(|error| temporary(&error))
}
