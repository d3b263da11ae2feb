//! How a command ends other than well: a message that says what to do, and an exit code.

use std::process::ExitCode;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something behind the command failed.
    Failed(String),
    /// The command line, a file or the environment is wrong.
    Usage(String),
    /// There is no such account, member or insurer.
    NotFound(String),
    /// A condition stood against it, or the person did.
    Refused(String),
    /// Something in the tables is not as it must be.
    Found(String),
}

/// What `--help` says of the codes below.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed: DynamoDB, or the way there
  2  the command line, a file or the environment is wrong
  3  there is no such account, member or insurer
  4  refused: by a condition, or by the person who was asked
  5  something in the tables is not as it must be (check)";

impl Failure {
    /// Something that was read is another by now.
    pub(crate) fn changed_meanwhile(what: &str) -> Self {
        Self::Refused(format!(
            "{what} changed meanwhile, and nothing was written: look again, and repeat the command"
        ))
    }

    /// Tells it, and gives the exit code.
    pub(crate) fn exit(self) -> ExitCode {
        let (message, code) = match self {
            Self::Failed(message) => (message, 1),
            Self::Usage(message) => (message, 2),
            Self::NotFound(message) => (message, 3),
            Self::Refused(message) => (message, 4),
            Self::Found(message) => (message, 5),
        };
        crate::answer::note(&format!("operator: {message}"));
        ExitCode::from(code)
    }
}

/// What is said of a call that the caller's role may not make.
fn denied(error: &dyn std::error::Error) -> String {
    format!(
        "{error}: your role may not do this (`aws sts get-caller-identity` says which it is); which policy \
         allows which command is in docs/operators.md"
    )
}

/// What the services call that.
const DENIED: &str = "AccessDeniedException";

impl From<mail::SuppressionError> for Failure {
    fn from(error: mail::SuppressionError) -> Self {
        Self::Failed(if error.code == DENIED {
            denied(&error)
        } else {
            format!("{error}: check the region and your credentials, then repeat the command")
        })
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Failed(match &error {
            store::Error::Unavailable { code, .. } if code == DENIED => denied(&error),
            store::Error::Unavailable { .. } => format!(
                "{error}: check the region, the names of the tables and your credentials \
                 (`aws sts get-caller-identity`), then repeat the command"
            ),
            store::Error::Corrupt { .. } => {
                format!("{error}: this needs a developer, with the key of the item")
            }
        })
    }
}
