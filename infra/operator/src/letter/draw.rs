//! The keys, drawn and written: as many members in a transaction as DynamoDB takes with their events. Each is
//! written in the place of what was read, so that no two runs print a key for one member.

use domain::LetterKey;
use store::{Addressee, DrawnKey, LetterRun, Transaction, patiently};

use super::printer::Printer;
use crate::{
    audited::Errand,
    desk::Desk,
    failure::Failure,
    progress::Progress,
    world::{OsEntropy, now},
};

/// How many members are written at once.
pub(super) const AT_ONCE: usize = 25;

/// What is drawn, and by whom.
pub(super) struct Drawing<'a> {
    pub(super) desk: &'a Desk,
    pub(super) errand: &'a Errand,
    pub(super) run: &'a LetterRun,
    pub(super) progress: &'a Progress,
}

/// A key before it is written.
struct Drawn<'a> {
    addressee: &'a Addressee,
    key: LetterKey,
    kept: DrawnKey,
}

impl Drawing<'_> {
    /// Draws for these members and prints what was written. Gives how many were left out, because they have left or
    /// were drawn a key by somebody else meanwhile.
    pub(super) async fn draw(
        &self,
        addressees: &[Addressee],
        printer: &mut Printer<'_>,
    ) -> Result<u64, Failure> {
        let mut left_out = 0;
        for several in addressees.chunks(AT_ONCE) {
            let drawn: Vec<_> = several
                .iter()
                .map(|addressee| self.key_for(addressee))
                .collect();
            if self.write(&drawn).await?.is_ok() {
                for drawn in &drawn {
                    printer.add(&drawn.addressee.member, &drawn.key)?;
                }
            } else {
                // One of them is refused: each by itself.
                for drawn in &drawn {
                    if self.is_written(drawn).await? {
                        printer.add(&drawn.addressee.member, &drawn.key)?;
                    } else {
                        left_out += 1;
                    }
                }
            }
            self.progress.add(several.len() as u64);
        }
        Ok(left_out)
    }

    fn key_for<'a>(&self, addressee: &'a Addressee) -> Drawn<'a> {
        let key = LetterKey::draw(&OsEntropy);
        let kept = DrawnKey {
            hash: key.hash(&OsEntropy),
            at: now(),
            run: self.run.run.clone(),
            survey: self.run.survey.clone(),
        };
        Drawn {
            addressee,
            key,
            kept,
        }
    }

    /// Writes one; also one that was written before, whose reply was lost.
    async fn is_written(&self, drawn: &Drawn<'_>) -> Result<bool, Failure> {
        let is_own =
            |now: Option<DrawnKey>| now.is_some_and(|now: DrawnKey| now.hash == drawn.kept.hash);
        let written = self.write(std::slice::from_ref(drawn)).await?;
        Ok(written.map_or_else(is_own, |()| true))
    }

    async fn write(&self, drawn: &[Drawn<'_>]) -> Result<Result<(), Option<DrawnKey>>, Failure> {
        let committed = patiently(|| {
            let transaction = drawn.iter().fold(Transaction::unaudited(), |all, drawn| {
                let Addressee { member, letter } = drawn.addressee;
                let seen = letter.key.as_ref();
                // Whose letter is void from now on, the trail says.
                let event = seen.map(|_| self.errand.event(member.id.subject(), "drawn-anew"));
                let event = event.map(|event| self.desk.audit.record(&event));
                let members = &self.desk.members;
                all.with(members.draw_key(&member.id, seen, &drawn.kept))
                    .and_all(event)
            });
            transaction.commit(&self.desk.database)
        });
        Ok(committed.await?)
    }
}
