//! What a member reads when something was not done: what happened, and what to do now. The words of each
//! language are in a file of its own, each an exhaustive `match`, so that no problem is without them.

mod en;
mod ja;

use std::{borrow::Cow, time::Duration};

use crate::{Language, Problem, problem::whole_seconds};

/// A title and a detail.
type Words = (&'static str, Cow<'static, str>);

fn said(title: &'static str, detail: impl Into<Cow<'static, str>>) -> Words {
    (title, detail.into())
}

/// The words of a problem.
pub(crate) fn of(problem: &Problem, language: Language) -> Words {
    match language {
        Language::Japanese => ja::of(problem),
        Language::English => en::of(problem),
    }
}

/// A wait in the unit that one would say, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Seconds(u64),
    Minutes(u64),
    Hours(u64),
}

impl Wait {
    fn of(retry_after: Duration) -> Self {
        let seconds = whole_seconds(retry_after);
        if seconds < 60 {
            Self::Seconds(seconds)
        } else if seconds <= 3_600 {
            Self::Minutes(seconds.div_ceil(60))
        } else {
            Self::Hours(seconds.div_ceil(3_600))
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::LetterKeyRule;

    use super::*;
    use crate::{
        Malformed, TooMany,
        tongue::{assert_english, assert_japanese, every},
    };

    const WAIT: Duration = Duration::from_mins(15);

    fn every_problem() -> Vec<Problem> {
        let mut all = every!(Problem {
            MemberNotMatched(LetterKeyRule::Off),
            AlreadyRegistered,
            RegistrationMissing,
            ResetMissing,
            UserIdTaken,
            UserNotCreated,
            CodeNotSent,
            CodeExpired,
            OtherMember,
            RegistrationWaiting,
            InvalidCredentials,
            AccountUnavailable,
            PasswordMismatch,
            NotSignedIn,
            TermsNotAccepted,
            CrossSite,
            DirectCall,
            MailNotSent("TimedOut".to_owned()),
            TryAgain("TimedOut".to_owned()),
            InvalidRequest(Malformed::NotJson),
            CodeMismatch { attempts_left: 4 },
            TooManyAttempts {
                of: TooMany::Logins,
                retry_after: WAIT
            },
        });
        let malformed = every!(Malformed {
            NotJson,
            NotAnObject,
            TooLarge,
            MediaType,
            Fields(Vec::new()),
        });
        all.extend(malformed.into_iter().map(Problem::InvalidRequest));
        let mut too_many = every!(TooMany {
            Verifications(LetterKeyRule::Off),
            VerificationsOfClient(LetterKeyRule::Off),
            VerificationsClosed(LetterKeyRule::Off),
            VerificationsByLetter,
            Creations,
            UserIdsOfMember,
            CodeMails,
            CodesOfMember,
            ResetsClosed,
            WrongCodes,
            Logins,
            PasswordChecks,
            LoginsClosed,
            AtOnce,
        });
        for rule in [LetterKeyRule::Accepted, LetterKeyRule::Required] {
            all.push(Problem::MemberNotMatched(rule));
            too_many.push(TooMany::Verifications(rule));
            too_many.push(TooMany::VerificationsOfClient(rule));
            too_many.push(TooMany::VerificationsClosed(rule));
        }
        all.extend(too_many.into_iter().map(|of| Problem::TooManyAttempts {
            of,
            retry_after: WAIT,
        }));
        all
    }

    #[test]
    fn every_problem_has_words_in_both_languages() {
        for problem in every_problem() {
            let (title, detail) = of(&problem, Language::Japanese);
            assert!(!title.is_empty() && !title.ends_with('。'), "{title}");
            assert_japanese(&detail);
            let (title, detail) = of(&problem, Language::English);
            assert!(!title.is_empty() && !title.ends_with('.'), "{title}");
            assert_english(&format!("{title}."));
            assert_english(&detail);
            assert!(!detail.contains("TimedOut"), "{detail}");
        }
    }

    #[test]
    fn the_last_try_is_one_and_others_are_several() {
        for (attempts_left, japanese, english) in [
            (1, "あと1回入力できます。", "You can try 1 more time."),
            (4, "あと4回入力できます。", "You can try 4 more times."),
        ] {
            let problem = Problem::CodeMismatch { attempts_left };
            assert!(of(&problem, Language::Japanese).1.ends_with(japanese));
            assert!(of(&problem, Language::English).1.ends_with(english));
        }
    }

    #[test]
    fn a_wait_is_told_in_the_unit_one_would_say() {
        for (seconds, japanese, english) in [
            (0, "1秒", "1 second"),
            (1, "1秒", "1 second"),
            (2, "2秒", "2 seconds"),
            (59, "59秒", "59 seconds"),
            (60, "1分", "1 minute"),
            (61, "2分", "2 minutes"),
            (900, "15分", "15 minutes"),
            (3_600, "60分", "60 minutes"),
            (3_601, "2時間", "2 hours"),
        ] {
            let problem = Problem::TooManyAttempts {
                of: TooMany::CodeMails,
                retry_after: Duration::from_secs(seconds),
            };
            let told = of(&problem, Language::Japanese).1;
            assert!(told.contains(&format!("。{japanese}ほど")), "{told}");
            let told = of(&problem, Language::English).1;
            assert!(told.contains(&format!("in about {english}.")), "{told}");
        }
    }
}
