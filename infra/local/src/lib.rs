//! The local stack: production in small, from `template.yaml` itself.
//!
//! One process plays AWS for the functions' real binaries: CloudFront and API Gateway in front of
//! them ([`Stack::url`]), Lambda around them, DynamoDB and SES behind them
//! ([`Stack::dynamodb_url`]) with IAM, faults on demand and a log of every call. What it runs is
//! what the template says, so that the template is tested with the code. It is a library first: a
//! test starts as many stacks as it likes, each with its own ports, tables and processes. The
//! command `local` ([`cli`]) is a thin layer on it.

mod bus;
mod calls;
pub mod cases;
mod chance;
mod check;
pub mod cli;
mod clock;
mod console;
mod dynamodb;
mod encode;
mod endpoint;
mod entries;
mod faults;
mod front;
mod gate;
mod gateway;
mod iam;
mod ids;
mod logs;
mod mailbox;
mod mutants;
mod new_step;
mod options;
mod reset;
mod runtime;
mod samples;
mod serve;
mod ses;
mod stack;
mod start;
mod state;
mod sts;
mod template;
mod tls;
mod yaml;

pub use calls::{Call, CallOutcome, CallSummary, Element, Service};
pub use dynamodb::{Item, TableError, TableItem, Tables};
pub use faults::{Fault, FaultKind, Faults};
pub use gate::OPERATOR_KEY;
pub use iam::Grant;
pub use logs::{LogLine, PrintLogs, Source};
pub use mailbox::{Fate, Mail};
pub use mutants::{EVERY, Mutation};
pub use options::{Options, Samples};
pub use runtime::InvokeError;
pub use stack::{Invocation, Stack};
pub use start::StartError;
pub use yaml::YamlError;
