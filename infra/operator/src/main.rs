//! The operators' command: what the support desk does for a member on the telephone, what differs from
//! insurer to insurer, and who their members are.
//!
//! It works on the tables themselves, with the store's own code: a change is a transaction whose conditions
//! are what was seen, and which has its event of the audit trail in it. Every caller says who they are and
//! why; what is read of a member is noted before it is shown, and shown masked. There is no way here to
//! choose a password, or to learn one.

mod account;
mod announcement;
mod answer;
mod audited;
mod campaign;
mod change;
mod check;
mod cli;
mod connection;
mod crew;
mod desk;
mod failure;
mod identity;
mod input;
mod insurer;
mod language;
mod letter;
mod mail;
mod markup;
mod member;
mod moving;
mod output;
mod pages;
mod progress;
mod removal;
mod restore;
mod roster;
mod spreadsheet;
mod stats;
mod terms;
mod trail;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
