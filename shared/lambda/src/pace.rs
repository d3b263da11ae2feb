//! The pace of steps whose answer must not tell how much there was to do.
//!
//! Some steps mail something to whoever has an account, and must not tell who has one. SES takes 50 to
//! 300 ms to accept a mail, which anybody can measure from outside. So these steps answer at a fixed time
//! after they began, and the mail is handed over meanwhile.

use std::{fmt::Display, time::Duration};

use tokio::time::{Instant, sleep_until, timeout_at};

/// When such a step answers, counted from its beginning. The calls to DynamoDB before the mail take some
/// tens of milliseconds, SES hardly ever more than a second; and a member sees no more than a page that
/// thinks it over.
const PACE: Duration = Duration::from_millis(1_500);
/// What is left for the mail in any case, should DynamoDB have been so slow as to use the time up.
const LEFT_FOR_MAIL: Duration = Duration::from_secs(1);

/// The time at which a step answers, whatever it had to do.
pub struct Pace {
    answer_at: Instant,
    left_for_mail: Duration,
}

impl Pace {
    /// Begins to count.
    #[must_use]
    pub fn begin() -> Self {
        Self::of(PACE, LEFT_FOR_MAIL)
    }

    fn of(pace: Duration, left_for_mail: Duration) -> Self {
        Self {
            answer_at: Instant::now() + pace,
            left_for_mail,
        }
    }

    /// Does `work`, which is more for some members than for others, and returns when it is time to
    /// answer: neither before, nor, should the work take longer, after.
    ///
    /// # Errors
    /// What failed, to be logged and not told, for anything but the same answer would tell that there was
    /// something to do.
    pub async fn keep<E: Display>(
        self,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<(), String> {
        match self.until_time(work).await {
            Some(done) => done.map_err(|cause| cause.to_string()),
            None => Err("what was to be done took too long".to_owned()),
        }
    }

    /// Does `work` until it is time to answer. It is given up then, for a late answer tells as much as an
    /// early one; `None` says so.
    async fn until_time<T>(self, work: impl Future<Output = T>) -> Option<T> {
        // Before here all was the same for everybody, so it may move the time for everybody.
        let until = self.answer_at.max(Instant::now() + self.left_for_mail);
        let done = timeout_at(until, work).await.ok();
        sleep_until(until).await;
        done
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const SHORT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn little_work_and_endless_work_take_the_same_time() {
        for little in [true, false] {
            let began = Instant::now();
            let done = Pace::of(SHORT, Duration::ZERO)
                .until_time(async {
                    if !little {
                        pending::<()>().await;
                    }
                })
                .await;
            assert_eq!(done.is_some(), little);
            assert!(began.elapsed() >= SHORT);
        }
    }

    #[tokio::test]
    async fn work_that_begins_late_is_given_its_time() {
        let began = Instant::now();
        let done = Pace::of(Duration::ZERO, SHORT)
            .until_time(pending::<()>())
            .await;
        assert!(done.is_none() && began.elapsed() >= SHORT);
    }
}
