//! The operators' command, as a person runs it: a process of its own, beside a stack of the test's own.
//!
//! The command's clock is the machine's, so browsers that meet what it did are set to [`now`].
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped fails the test"
)]

mod accounts;
mod announcements;
mod campaigns;
mod changes;
mod check;
mod command;
mod endings;
mod insurers;
mod letter_keys;
mod letters;
mod mail;
mod members;
mod moves;
mod permissions;
mod restore;
mod roster;
mod site;
mod stats;
mod terms;

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use domain::Subject;
use local::{OPERATOR_KEY, Options};
use serde_json::Value;
use store::{Event, Operator};
use tests::TestStack;
use time::OffsetDateTime;

/// The managed policy of who helps members on the telephone.
const DESK: &str = "DeskPolicy";
/// The managed policy of who looks after insurers, rosters and surveys.
const SURVEY: &str = "SurveyPolicy";
/// The managed policy of who approves what somebody else has rehearsed.
const APPROVAL: &str = "ApprovalPolicy";
/// The managed policy of who discloses, moves and erases what is kept.
const MEMBER: &str = "MemberPolicy";
/// The managed policy of who checks the tables.
const CHECK: &str = "CheckPolicy";
/// Who asks in these tests, and why.
const WHY: [&str; 4] = ["--operator", "suzuki", "--reason", "ticket 4711"];

/// The time of the commands.
fn now() -> OffsetDateTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "the commands that are tested have the machine's clock"
    )]
    OffsetDateTime::now_utc()
}

/// Where the command is.
fn program() -> PathBuf {
    Options::default().binaries.join("operator")
}

/// The command, not told where it works.
fn operator() -> Command {
    let mut command = Command::new(program());
    command.env_clear().stdin(Stdio::null());
    command
}

/// What a command left.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(mut command: Command) -> Self {
        Self::from(command.output().unwrap())
    }

    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same, of a command that reads these lines.
    fn given(mut command: Command, lines: &[&str]) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A reader who stops early closes the pipe, and that is no failure.
        let _ = child
            .stdin
            .take()
            .unwrap()
            .write_all(lines.join("\n").as_bytes());
        Self::from(child.wait_with_output().unwrap())
    }

    /// The answer of a command that did what it was asked for.
    #[track_caller]
    fn done(&self) -> &str {
        assert_eq!((self.code, &*self.err), (0, ""), "{}", self.out);
        &self.out
    }

    /// The same, as JSON.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(self.done()).unwrap()
    }

    /// The command ended so, with nothing but a message that has this in it.
    #[track_caller]
    fn failed(&self, code: i32, message: &str) {
        assert_eq!((self.code, &*self.out), (code, ""), "{}", self.err);
        assert!(self.err.contains(message), "{}", self.err);
    }
}

/// Runs a command of these words against a stack.
fn run(stack: &TestStack, words: &[&str]) -> Ran {
    Ran::of(command(stack, words))
}

/// The access key of who may do what a command does, and little else.
fn key(command: &str) -> &str {
    match command {
        "account" | "mail" => DESK,
        "check" => CHECK,
        "member" => MEMBER,
        // What brings back is an administrator's.
        "restore" => OPERATOR_KEY,
        _ => SURVEY,
    }
}

/// A command of these words, told where it works, by who may do that.
fn command(stack: &TestStack, words: &[&str]) -> Command {
    let key = match words {
        ["insurer", "remove", ..] => MEMBER,
        ["member", "show" | "open" | "letter", ..] => DESK,
        _ => key(words[0]),
    };
    command_of(stack, key, words)
}

/// The same, by the holder of an access key.
fn command_of(stack: &TestStack, key: &str, words: &[&str]) -> Command {
    let mut command = stack.operator(&program(), key);
    command.args(words);
    command
}

/// The same, by who may say why.
fn run_why(stack: &TestStack, words: &[&str]) -> Ran {
    run(stack, &[words, &WHY].concat())
}

/// The same, of a change that is not asked about.
fn run_yes(stack: &TestStack, words: &[&str]) -> Ran {
    run_why(stack, &[words, &["--yes"]].concat())
}

/// A command by who says why, which reads these lines.
fn run_given(stack: &TestStack, lines: &[&str], words: &[&str]) -> Ran {
    Ran::given(command(stack, &[words, &WHY].concat()), lines)
}

/// Who asks in these tests and why, as the trail has it of these credentials.
fn by(principal: &str) -> Operator {
    Operator {
        name: "suzuki".to_owned(),
        principal: Some(principal.to_owned()),
        reason: "ticket 4711".to_owned(),
    }
}

/// What the trail has of a name, each event with its outcome.
async fn trail(stack: &TestStack, name: &str) -> Vec<(String, String)> {
    let events = stack.audit().history(&Subject::of(name)).await.unwrap();
    events
        .into_iter()
        .map(|Event { name, outcome, .. }| (name, outcome))
        .collect()
}
