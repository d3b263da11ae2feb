//! What was not done and what to do now, in plain English for who reads little Japanese. What a member
//! has to find on a page or on paper is named in both languages.

use std::time::Duration;

use domain::LetterKeyRule;

use super::{Wait, Words, said};
use crate::{Malformed, Problem, TooMany};

const NOT_ACCEPTED: &str = "This request cannot be accepted";
const FROM_ANOTHER_SITE: &str =
    "It seems to come from another site. Please try again from a page of this site.";
const PAST_THE_SITE: &str =
    "Nothing can be done at this address. Please use the site whose address is on your letter.";

pub(super) fn of(problem: &Problem) -> Words {
    match problem {
        Problem::InvalidRequest(malformed) => said(
            "Something you entered cannot be used",
            self::malformed(malformed),
        ),
        Problem::MemberNotMatched(rule) => {
            said("We could not confirm who you are", not_matched(*rule))
        }
        Problem::AlreadyRegistered => said(
            "You already have a user ID",
            "Your registration is complete. Please go to the login page and log in with the user ID and \
             the password that you chose. If you did not register, please ask the contact desk.",
        ),
        Problem::RegistrationMissing => said(
            "Your registration was not found here",
            "Its time (2 hours) is over, or you began it in another browser. You are not registered yet. Please go \
             on in the browser in which you began, or start again from the first login page.",
        ),
        Problem::ResetMissing => said(
            "Your password reset was not found here",
            "Its time (30 minutes) is over, or you began it in another browser. Please enter the code in the browser in \
             which you began, or start again from “Forgot your password?” (パスワードを忘れた方はこちら) on the login page.",
        ),
        Problem::UserIdTaken => said(
            "This user ID is not available",
            "The user ID that you want is already in use. Please enter another one.",
        ),
        Problem::UserNotCreated => said(
            "You do not have a user ID yet",
            "Please enter your user ID, password and email address first, and press “Create” (作成する).",
        ),
        Problem::CodeNotSent => said(
            "No verification code has been sent yet",
            "Please have a verification code sent first. Then enter the 6 digits from the email.",
        ),
        Problem::CodeMismatch { attempts_left } => said(
            "The verification code is not correct",
            format!(
                "Please check the code in the last email that you received. You can try {}.",
                counted(u64::from(*attempts_left), "more time")
            ),
        ),
        Problem::CodeExpired => said(
            "The verification code has expired",
            "A verification code is valid for 10 minutes. Please have another one sent, and enter that one.",
        ),
        Problem::TooManyAttempts { of, retry_after } => too_many(*of, *retry_after),
        Problem::OtherMember => said(
            "Another person’s procedure is open",
            "Another person’s procedure has begun in another window of this browser. Nothing that you entered \
             here has been sent. Please choose whose procedure to go on with.",
        ),
        Problem::RegistrationWaiting => said(
            "The verification code has not been entered yet",
            "This user ID can be used once you have entered the verification code from the email. Please go on \
             to the page for the code and complete your registration.",
        ),
        Problem::InvalidCredentials => said(
            "You could not be logged in",
            "Your user ID or your password is not correct. Please check what you entered and try again.",
        ),
        Problem::AccountUnavailable => said(
            "This user ID cannot be used at present",
            "Your health insurance society's list of members does not have you, or the use of this user ID \
             was stopped. Please ask the contact desk.",
        ),
        Problem::PasswordMismatch => said(
            "Your current password is not correct",
            "Please check the password that you log in with now, and enter it again.",
        ),
        Problem::NotSignedIn => said(
            "Please log in",
            "You are not logged in, or you have been logged out because you did not use the site for a \
             while. Please log in again.",
        ),
        Problem::TermsNotAccepted => said(
            "Please agree to the terms of use",
            "Please read the terms of use, tick “I agree to the terms of use” (利用規約に同意する) and press \
             “Next” (次へ).",
        ),
        Problem::MailNotSent(_) => said(
            "The email could not be sent",
            "Nothing that you entered is lost. Please wait a moment and have it sent again.",
        ),
        Problem::CrossSite => said(NOT_ACCEPTED, FROM_ANOTHER_SITE),
        Problem::DirectCall => said(NOT_ACCEPTED, PAST_THE_SITE),
        Problem::TryAgain(_) => said(
            "This could not be done right now",
            "Please wait a moment and try again. If this happens again, please ask the contact desk.",
        ),
    }
}

fn not_matched(rule: LetterKeyRule) -> &'static str {
    match rule {
        LetterKeyRule::Off => {
            "Please look at your papers and check your insurer code (保険者指定コード), symbol (記号), \
             number (番号), date of birth and name in kana. If this does not help, please ask the \
             contact desk."
        }
        LetterKeyRule::Accepted | LetterKeyRule::Required => {
            "Please look at your papers and check your insurer code (保険者指定コード), symbol (記号), \
             number (番号), date of birth, name in kana and letter key (確認キー). If you have more than \
             one letter, please use the one that came last. If this does not help, please ask the \
             contact desk."
        }
    }
}

fn malformed(malformed: &Malformed) -> &'static str {
    match malformed {
        Malformed::NotJson => {
            "What was sent could not be read. Please reload the page and try again."
        }
        Malformed::NotAnObject => {
            "What was sent does not have the right form. Please reload the page and try again."
        }
        Malformed::TooLarge => {
            "What was sent is too large. Please shorten what you entered and try again."
        }
        Malformed::MediaType => {
            "What was sent is not of the right type. Please reload the page and try again."
        }
        Malformed::Fields(_) => "Please check what you entered and send it again.",
    }
}

fn too_many(of: TooMany, retry_after: Duration) -> Words {
    let wait = wait(retry_after);
    let detail = match of {
        TooMany::Verifications(LetterKeyRule::Off)
        | TooMany::VerificationsOfClient(LetterKeyRule::Off) => format!(
            "What was entered could not be confirmed several times, so we have stopped for a while. Please \
             try again in about {wait}. From another network, such as your phone's own, you can try at once. If \
             it is urgent, please ask the contact desk."
        ),
        TooMany::Verifications(LetterKeyRule::Accepted | LetterKeyRule::Required)
        | TooMany::VerificationsOfClient(LetterKeyRule::Accepted | LetterKeyRule::Required) => format!(
            "What was entered could not be confirmed several times, so we have stopped for a while. Please \
             try again in about {wait}. With the letter key (確認キー) that is printed on your letter you can \
             go on at once. If you need help, please ask the contact desk."
        ),
        TooMany::VerificationsClosed(LetterKeyRule::Accepted | LetterKeyRule::Required) => {
            "Many wrong entries were made for this symbol and number. To protect the member we have stopped. \
             With the letter key (確認キー) that is printed on your letter you can go on at once. If you cannot \
             find the letter, please ask the contact desk."
                .to_owned()
        }
        TooMany::VerificationsByLetter => format!(
            "What was entered with this letter key could not be confirmed several times, so we have stopped \
             for a while. Please check your date of birth and your name in kana, and try again in about {wait}. \
             If it is urgent, please ask the contact desk."
        ),
        TooMany::VerificationsClosed(LetterKeyRule::Off) => "Many wrong entries were made for this symbol and number. To protect the \
             member we have stopped. Please ask the contact desk, which can open it again at once."
            .to_owned(),
        TooMany::Creations => "There were too many tries, so this registration cannot go on. We are sorry, \
             but please start again from the first login page."
            .to_owned(),
        TooMany::CodeMails => format!(
            "Another verification code cannot be sent yet. Please try again in about {wait}. If no email \
             arrives, please also check your spam folder and your mail filter."
        ),
        TooMany::UserIdsOfMember => format!(
            "There were too many tries at a user ID for one day. Please try again in about {wait}. If it is \
             urgent, please ask the contact desk, which can open it again at once."
        ),
        TooMany::CodesOfMember => format!(
            "Too many verification codes were sent for one day. Please try again in about {wait}. If it is \
             urgent, please ask the contact desk, which can open it again at once."
        ),
        TooMany::ResetsClosed => format!(
            "A new password was asked for too many times, so we have stopped for a while. Please try again in \
             about {wait}. A code that you have received can be used until it expires. If it is urgent, please ask \
             the contact desk."
        ),
        TooMany::WrongCodes => {
            return said(
                "This verification code cannot be used any more",
                "A wrong code was entered 5 times. Please have a new verification code sent, and enter that one.",
            );
        }
        TooMany::Logins => format!(
            "The login failed several times, so we have stopped for a while. Please try again in about \
             {wait}. If you do not remember your password, please use “Forgot your password?” \
             (パスワードを忘れた方はこちら)."
        ),
        TooMany::PasswordChecks => format!(
            "A wrong current password was entered several times, so we have stopped for a while. Please try \
             again in about {wait}. If you do not remember your password, please use “Forgot your \
             password?” (パスワードを忘れた方はこちら) on the login page."
        ),
        TooMany::AtOnce => format!(
            "We are still working on what you sent before. Please try again in about {wait}. This does not \
             count as a wrong entry."
        ),
        TooMany::LoginsClosed => "The login failed too many times, so this user ID cannot log in any more. \
             Please set a new password from “Forgot your password?” (パスワードを忘れた方はこちら), or ask the \
             contact desk."
            .to_owned(),
    };
    said("Please wait a while", detail)
}

fn wait(retry_after: Duration) -> String {
    match Wait::of(retry_after) {
        Wait::Seconds(seconds) => counted(seconds, "second"),
        Wait::Minutes(minutes) => counted(minutes, "minute"),
        Wait::Hours(hours) => counted(hours, "hour"),
    }
}

/// A number of things, such as `1 second` and `2 seconds`.
fn counted(count: u64, one: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {one}{ending}")
}
