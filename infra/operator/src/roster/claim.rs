//! The claim of an import to its roster: a note on the insurer, renewed before whatever is written.
//!
//! An import that takes another's place compares the roster first, and begins only if the note is still as
//! it was then. Because whoever writes has renewed the note within [`RENEWAL`], nothing can have been written
//! between: neither by an import that is taken for dead and is not, nor by one that slept and wakes.

use domain::InsurerCode;
use store::{Database, Error, Insurers, Refused, RosterImport, Transaction};
use tokio::{
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::language::say;
use crate::{desk::Desk, failure::Failure, world::now};

/// How long a claim holds without being renewed.
const RENEWAL: Duration = Duration::from_secs(2);
/// How long nobody may have renewed a claim that is taken over: the same, and the time of the calls that
/// were under way.
pub(crate) const SILENCE: Duration = Duration::from_secs(6);

/// A claim that was made.
pub(crate) struct Claim {
    database: Database,
    insurers: Insurers,
    insurer: InsurerCode,
    import: RosterImport,
    /// When the call was made that renewed it last.
    renewed: Mutex<Instant>,
}

impl Claim {
    /// A claim that an import made at this instant or later.
    pub(crate) fn of(
        desk: &Desk,
        insurer: &InsurerCode,
        import: &RosterImport,
        since: Instant,
    ) -> Self {
        Self {
            database: desk.database.clone(),
            insurers: desk.insurers.clone(),
            insurer: insurer.clone(),
            import: import.clone(),
            renewed: Mutex::new(since),
        }
    }

    /// Whether it holds still: to be asked before each call that writes.
    pub(crate) async fn holds(&self) -> Result<bool, Error> {
        let mut renewed = self.renewed.lock().await;
        if renewed.elapsed() < RENEWAL {
            return Ok(true);
        }
        let asked = Instant::now();
        let renewal = self
            .insurers
            .renew_import(&self.insurer, &self.import, now());
        let committed = Transaction::unaudited()
            .with(renewal)
            .commit(&self.database);
        Ok(match committed.await? {
            Ok(()) => {
                *renewed = asked;
                true
            }
            Err(Refused) => false,
        })
    }

    /// Whether another import is known to have the roster: to be asked before somebody is told to go on.
    pub(crate) async fn is_gone(&self) -> bool {
        let noted = self.insurers.roster_import(&self.insurer).await;
        noted.is_ok_and(|noted| noted.is_none_or(|noted| noted.run != self.import.run))
    }

    /// Who has the roster now, for whoever lost it.
    pub(crate) async fn lost(&self) -> Failure {
        let noted = match self.insurers.roster_import(&self.insurer).await {
            Ok(noted) => noted,
            Err(error) => return error.into(),
        };
        Failure::Refused(match noted {
            Some(noted) if noted.is_same_as(&self.import) => {
                let operator = noted.operator;
                let reason = noted.reason;
                say!(ja: "同じ取込みが {operator} によってもう一度始まり（{reason}）、こちらに代わって続いています", en: "the same import was begun again by {operator}: {reason}, and goes on in the place of this one")
            }
            Some(noted) => {
                let operator = noted.operator;
                let reason = noted.reason;
                say!(ja: "別の取込みがこちらに代わりました（{operator}：{reason}）。このコマンドは繰り返さないでください。残りは別の名簿と比べたものです", en: "another import has taken the place of this one, by {operator}: {reason}. Do not repeat the command: what it had still to write was compared with another roster")
            }
            None => {
                say!(ja: "保険者にこの取込みの記録がありません。復元されたのでしょうか。何かを書き込む前に、--dry-run で名簿を確認してください", en: "the insurer notes this import no more: was it restored? Look at the roster with --dry-run before anything is written to it")
            }
        })
    }
}
