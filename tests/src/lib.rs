//! What the tests of the whole are written with: a stack of one's own, browsers, sample members.
//!
//! A test starts a [`TestStack`], opens [`Browser`]s on it and acts as a member would, over HTTP.
//! Time stands still unless a browser moves it, and every browser has a network address of its own,
//! so no test depends on the machine's clock or on another test. States that would take long to
//! reach are loaded: [`TestStack::has_account`], [`TestStack::has_registration`]. When a stack goes,
//! it fails its test if a function crashed, ran out of time or was denied a call.
//!
//! The functions' binaries must have been built: `cargo build --workspace`.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "here is only what tests call: what fails, fails the test"
)]

mod answer;
mod browser;
mod chance;
mod journey;
mod leftovers;
mod mutation;
mod operator;
mod people;
mod roster;
mod stack;
mod trail;

pub use answer::Answer;
pub use browser::{
    Browser, DEVICE_COOKIE, REGISTRATION_COOKIE, RESET_COOKIE, Request, SESSION_COOKIE,
};
pub use chance::Chance;
pub use journey::Journey;
pub use mutation::{MADE, NOTED_IN};
pub use operator::OPERATOR_TABLES;
pub use people::{HANAKO, Member, PEOPLE, SHOKO, TARO};
pub use roster::{Charset, Dress, GeneratedRoster, Person};
pub use stack::{Progress, START, Snapshot, TestStack, all_at_once};
