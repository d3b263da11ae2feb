//! The difference, written: who is new in batches, and who changes or leaves together with the event of it.
//!
//! Nothing is noted of how far it came. Whatever was written is no difference any more, so who repeats the
//! command writes the rest. Before each call, the import's claim to the roster is renewed, so that nothing is
//! written once another import has its place.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use store::{Database, Error, Member, Members, Never, Person, Refused, Transaction, Write};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::{
    claim::Claim,
    difference::{Difference, Differences},
    pace::{Pace, TRIES, pause_before},
};
use crate::language::say;
use crate::{audited::Errand, desk::Desk, failure::Failure, progress::Progress};

/// How many members change or leave in one transaction. Each is two of the hundred writes that DynamoDB
/// takes; more would wait longer for members who are just logging in.
const AUDITED: usize = 20;

/// What is written, and how.
pub(crate) struct Writing<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) errand: &'a Errand,
    pub(crate) claim: Arc<Claim>,
    /// Whether a number may go to somebody else.
    pub(crate) takes_other_persons: bool,
    pub(crate) rate: Option<u32>,
    pub(crate) progress: Progress,
}

/// How it ended, and how many members were written until then.
pub(crate) struct Ended {
    pub(crate) written: u64,
    pub(crate) stop: Option<Stop>,
}

/// Why not all was written.
pub(crate) enum Stop {
    /// Another import has the roster now. The rest is not this one's to write any more.
    Lost(Failure),
    /// Something failed, or somebody pressed Ctrl-C. The same command writes the rest.
    Short(Failure),
}

impl Writing<'_> {
    /// Writes all differences, or as many as it can.
    pub(crate) async fn run(&self, differences: &mut Differences<'_>) -> Ended {
        let mut calls = Calls {
            tables: Tables {
                database: self.desk.database.clone(),
                members: self.desk.members.clone(),
                claim: Arc::clone(&self.claim),
            },
            pace: Arc::new(Pace::of(self.rate)),
            under_way: JoinSet::new(),
            next: Instant::now(),
            written: 0,
            halt: None,
            progress: &self.progress,
        };
        let fed = self.feed(differences, &mut calls).await;
        calls.wait_for_all().await;
        let stop = match (calls.halt, fed) {
            (Some(Halt::Lost), _) => Some(Stop::Lost(self.claim.lost().await)),
            (Some(Halt::Failed(error)), _) => Some(Stop::Short(error.into())),
            (None, Err(failure)) => Some(Stop::Short(failure)),
            (None, Ok(())) => None,
        };
        let stop = match stop {
            Some(Stop::Short(_)) if self.claim.is_gone().await => {
                Some(Stop::Lost(self.claim.lost().await))
            }
            stop => stop,
        };
        Ended {
            written: calls.written,
            stop,
        }
    }

    async fn feed(
        &self,
        differences: &mut Differences<'_>,
        calls: &mut Calls<'_>,
    ) -> Result<(), Failure> {
        let interrupted = interruption();
        let mut new = Vec::with_capacity(Members::BATCH);
        let mut audited = Vec::with_capacity(AUDITED);
        while let Some(difference) = differences.next_difference()? {
            match difference {
                Difference::New(member) => new.push(member),
                Difference::Changed {
                    member,
                    is_other_person,
                    ..
                } if self.takes_other_persons || !is_other_person => {
                    let person = if is_other_person {
                        Person::Other
                    } else {
                        Person::Same
                    };
                    audited.push(self.audited(
                        self.desk.members.change(&member, person),
                        &member.id,
                        "changed",
                    ));
                }
                Difference::Leaver(id) => {
                    audited.push(self.audited(self.desk.members.leave(&id), &id, "left"));
                }
                _ => continue,
            }
            if new.len() == Members::BATCH {
                calls.make(Work::New(std::mem::take(&mut new))).await;
            }
            if audited.len() == AUDITED {
                calls
                    .make(Work::Audited(std::mem::take(&mut audited)))
                    .await;
            }
            if calls.halt.is_some() {
                return Ok(());
            }
            if interrupted.load(Ordering::Relaxed) {
                return Err(Failure::Failed(
                    say!(ja: "中断されました", en: "interrupted"),
                ));
            }
        }
        for work in [Work::New(new), Work::Audited(audited)] {
            if work.len() > 0 && calls.halt.is_none() {
                calls.make(work).await;
            }
        }
        Ok(())
    }

    /// A write, with the event of it.
    fn audited(&self, write: Write, id: &domain::MemberId, outcome: &str) -> Audited {
        let event = self.errand.event(id.subject(), outcome);
        (write, self.desk.audit.record(&event))
    }
}

/// A write, and the event of it.
type Audited = (Write, Write<Never>);

/// Becomes true when somebody presses Ctrl-C. What is under way is then waited for.
pub(super) fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
    });
    interrupted
}

/// What one call writes.
enum Work {
    New(Vec<Member>),
    /// Each with its event.
    Audited(Vec<Audited>),
}

impl Work {
    fn len(&self) -> usize {
        match self {
            Self::New(members) => members.len(),
            Self::Audited(writes) => writes.len(),
        }
    }

    /// How many items it writes.
    fn items(&self) -> usize {
        match self {
            Self::New(members) => members.len(),
            Self::Audited(writes) => writes.len() * 2,
        }
    }
}

/// Why a call did not write all of its work.
enum Halt {
    Lost,
    Failed(Error),
}

impl Halt {
    /// Whether another try would end in the same way.
    fn is_final(&self) -> bool {
        match self {
            Self::Lost => true,
            Self::Failed(error) => !error.may_pass(),
        }
    }
}

/// The calls that are under way.
struct Calls<'a> {
    tables: Tables,
    pace: Arc<Pace>,
    under_way: JoinSet<Result<usize, Halt>>,
    next: Instant,
    written: u64,
    halt: Option<Halt>,
    progress: &'a Progress,
}

impl Calls<'_> {
    /// Makes a call as soon as the pace has room for it.
    async fn make(&mut self, work: Work) {
        while self.under_way.len() >= self.pace.calls() {
            self.wait_for_one().await;
        }
        sleep_until(self.next).await;
        self.next = self.pace.after(self.next.max(Instant::now()), work.items());
        let (tables, pace) = (self.tables.clone(), Arc::clone(&self.pace));
        self.under_way.spawn(async move {
            match work {
                Work::New(members) => tables.put(&pace, members).await,
                Work::Audited(writes) => tables.commit(&pace, writes).await,
            }
        });
    }

    async fn wait_for_all(&mut self) {
        while !self.under_way.is_empty() {
            self.wait_for_one().await;
        }
    }

    async fn wait_for_one(&mut self) {
        match self.under_way.join_next().await {
            Some(Ok(Ok(count))) => {
                self.written += count as u64;
                self.progress.add(count as u64);
            }
            Some(Ok(Err(halt))) => self.halt = self.halt.take().or(Some(halt)),
            Some(Err(_)) => {
                self.halt = Some(Halt::Failed(Error::Unavailable {
                    operation: "BatchWriteItem",
                    code: "a task that ended early".to_owned(),
                }));
            }
            None => {}
        }
    }
}

#[derive(Clone)]
struct Tables {
    database: Database,
    members: Members,
    claim: Arc<Claim>,
}

impl Tables {
    /// Makes one call, unless the roster is another import's by now.
    async fn call<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Halt> {
        match Box::pin(self.claim.holds()).await {
            Ok(true) => call.await.map_err(Halt::Failed),
            Ok(false) => Err(Halt::Lost),
            Err(error) => Err(Halt::Failed(error)),
        }
    }

    /// Puts members until all are. Gives how many.
    async fn put(&self, pace: &Pace, members: Vec<Member>) -> Result<usize, Halt> {
        let count = members.len();
        let mut rest = members;
        let mut retry = 0;
        loop {
            match self
                .call(Box::pin(self.members.put_batch(rest.clone())))
                .await
            {
                Ok(left) if left.is_empty() => {
                    pace.went_well();
                    return Ok(count);
                }
                Ok(left) => {
                    if left.len() < rest.len() {
                        retry = 0;
                    }
                    rest = left;
                }
                Err(halt) if halt.is_final() || retry + 1 == TRIES => return Err(halt),
                Err(_) => {}
            }
            if retry + 1 == TRIES {
                return Err(Halt::Failed(Error::Unavailable {
                    operation: "BatchWriteItem",
                    code: "unprocessed items".to_owned(),
                }));
            }
            pace.was_throttled();
            sleep(pause_before(retry)).await;
            retry += 1;
        }
    }

    /// Commits changes, each with its event. Gives how many there were still to make.
    async fn commit(&self, pace: &Pace, writes: Vec<Audited>) -> Result<usize, Halt> {
        if let Ok(()) = self.commit_once(pace, &writes).await? {
            return Ok(writes.len());
        }
        // One of them was made already, by the same file in another run: each by itself.
        let mut made = 0;
        for write in writes {
            if let Ok(()) = self.commit_once(pace, &[write]).await? {
                made += 1;
            }
        }
        Ok(made)
    }

    async fn commit_once(
        &self,
        pace: &Pace,
        writes: &[Audited],
    ) -> Result<Result<(), Refused>, Halt> {
        let mut retry = 0;
        loop {
            let transaction = writes
                .iter()
                .cloned()
                .fold(Transaction::unaudited(), |transaction, (write, event)| {
                    transaction.with(write).and(event)
                });
            match self
                .call(Box::pin(transaction.commit(&self.database)))
                .await
            {
                Ok(committed) => {
                    pace.went_well();
                    return Ok(committed);
                }
                Err(halt) if halt.is_final() || retry + 1 == TRIES => return Err(halt),
                Err(_) => pace.was_throttled(),
            }
            sleep(pause_before(retry)).await;
            retry += 1;
        }
    }
}
