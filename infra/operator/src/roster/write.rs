//! The difference, written: who is new in batches, and who changes or leaves together with the event of it.
//!
//! Nothing is noted of how far it came. Whatever was written is no difference any more, so who repeats the
//! command writes the rest.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use store::{Commit, Database, Error, Member, Members, RosterImport, Transaction, Write};
use tokio::{
    task::JoinSet,
    time::{Duration, Instant, sleep, sleep_until},
};

use super::{
    difference::{Difference, Differences},
    pace::{Pace, TRIES, pause_before},
};
use crate::{audited::Errand, desk::Desk, failure::Failure, progress::Progress};

/// How many members change or leave in one transaction. Each is two of the hundred writes that DynamoDB
/// takes; more would wait longer for members who are just logging in.
const AUDITED: usize = 20;
/// How often it is looked whether the import is still this one.
const LOOK: Duration = Duration::from_secs(2);

/// What is written, and how.
pub(crate) struct Writing<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) errand: &'a Errand,
    pub(crate) insurer: &'a domain::InsurerCode,
    pub(crate) import: &'a RosterImport,
    /// Whether a number may go to somebody else.
    pub(crate) takes_other_persons: bool,
    pub(crate) rate: Option<u32>,
    pub(crate) progress: Progress,
}

/// How it ended, and how many members were written until then.
pub(crate) struct Ended {
    pub(crate) written: u64,
    pub(crate) failure: Option<Failure>,
}

impl Writing<'_> {
    /// Writes all differences, or as many as it can.
    pub(crate) async fn run(&self, differences: &mut Differences<'_>) -> Ended {
        let mut calls = Calls {
            tables: Tables {
                database: self.desk.database.clone(),
                members: self.desk.members.clone(),
            },
            pace: Arc::new(Pace::of(self.rate)),
            under_way: JoinSet::new(),
            next: Instant::now(),
            written: 0,
            failure: None,
            progress: &self.progress,
        };
        let fed = self.feed(differences, &mut calls).await;
        calls.wait_for_all().await;
        Ended {
            written: calls.written,
            failure: calls.failure.map(Failure::from).or(fed.err()),
        }
    }

    async fn feed(
        &self,
        differences: &mut Differences<'_>,
        calls: &mut Calls<'_>,
    ) -> Result<(), Failure> {
        let interrupted = interruption();
        let mut looked = Instant::now();
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
                    audited.push(self.audited(
                        self.desk.members.change(&member),
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
            if calls.failure.is_some() {
                return Ok(());
            }
            if interrupted.load(Ordering::Relaxed) {
                return Err(Failure::Failed("interrupted".to_owned()));
            }
            if looked.elapsed() > LOOK {
                self.refuse_unless_ours().await?;
                looked = Instant::now();
            }
        }
        for work in [Work::New(new), Work::Audited(audited)] {
            if work.len() > 0 && calls.failure.is_none() {
                calls.make(work).await;
            }
        }
        Ok(())
    }

    /// A write, and the event of it.
    fn audited(&self, write: Write, id: &domain::MemberId, outcome: &str) -> [Write; 2] {
        let event = self.errand.event(id.subject(), outcome);
        [write, self.desk.audit.record(&event)]
    }

    /// Refuses to go on once another import was told to take this one's place.
    async fn refuse_unless_ours(&self) -> Result<(), Failure> {
        let noted = self.desk.insurers.roster_import(self.insurer).await?;
        match noted {
            Some(noted) if noted.run == self.import.run => Ok(()),
            Some(noted) => Err(Failure::Refused(format!(
                "another import has taken the place of this one, by {}: {}",
                noted.operator, noted.reason
            ))),
            None => Err(Failure::Refused(
                "the insurer was put anew, and this import is not noted there any more".to_owned(),
            )),
        }
    }
}

/// Becomes true when somebody presses Ctrl-C. What is under way is then waited for.
fn interruption() -> Arc<AtomicBool> {
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
    Audited(Vec<[Write; 2]>),
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

/// The calls that are under way.
struct Calls<'a> {
    tables: Tables,
    pace: Arc<Pace>,
    under_way: JoinSet<Result<usize, Error>>,
    next: Instant,
    written: u64,
    failure: Option<Error>,
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
            Some(Ok(Err(error))) => self.failure = self.failure.take().or(Some(error)),
            Some(Err(_)) => {
                self.failure = Some(Error::Unavailable {
                    operation: "BatchWriteItem",
                    code: "a task that ended early".to_owned(),
                });
            }
            None => {}
        }
    }
}

#[derive(Clone)]
struct Tables {
    database: Database,
    members: Members,
}

impl Tables {
    /// Puts members until all are. Gives how many.
    async fn put(&self, pace: &Pace, members: Vec<Member>) -> Result<usize, Error> {
        let count = members.len();
        let mut rest = members;
        let mut retry = 0;
        loop {
            match self.members.put_batch(rest.clone()).await {
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
                Err(error) if !error.may_pass() || retry + 1 == TRIES => return Err(error),
                Err(_) => {}
            }
            if retry + 1 == TRIES {
                return Err(Error::Unavailable {
                    operation: "BatchWriteItem",
                    code: "unprocessed items".to_owned(),
                });
            }
            pace.was_throttled();
            sleep(pause_before(retry)).await;
            retry += 1;
        }
    }

    /// Commits changes, each with its event. Gives how many there were still to make.
    async fn commit(&self, pace: &Pace, writes: Vec<[Write; 2]>) -> Result<usize, Error> {
        if let Commit::Done = self.commit_once(pace, &writes).await? {
            return Ok(writes.len());
        }
        // One of them was made already, by the same file in another run: each by itself.
        let mut made = 0;
        for write in writes {
            if let Commit::Done = self.commit_once(pace, &[write]).await? {
                made += 1;
            }
        }
        Ok(made)
    }

    async fn commit_once(&self, pace: &Pace, writes: &[[Write; 2]]) -> Result<Commit<()>, Error> {
        let mut retry = 0;
        loop {
            let transaction = writes
                .iter()
                .flatten()
                .fold(Transaction::new(), |transaction, write| {
                    transaction.with((), write.clone())
                });
            match transaction.commit(&self.database).await {
                Ok(committed) => {
                    pace.went_well();
                    return Ok(committed);
                }
                Err(error) if !error.may_pass() || retry + 1 == TRIES => return Err(error),
                Err(_) => pace.was_throttled(),
            }
            sleep(pause_before(retry)).await;
            retry += 1;
        }
    }
}
