//! The behaviour of the whole, over HTTP, each test on a stack of its own.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test's own means fails the test"
)]

mod account;
mod audit;
mod bad_input;
mod bounces;
mod campaigns;
mod clock;
mod devices;
mod distribution;
mod ended;
mod fault_pairs;
mod faults;
mod fresh_reads;
mod insurers;
mod journey;
mod letter_key;
mod meanwhile;
mod model;
mod notices;
mod proofs;
mod races;
mod recovery;
mod refusals;
mod registration;
mod reminders;
mod samples;
mod sessions;
mod sieges;
mod slips;
mod subjects;
mod throttles;
mod unjudged;
mod written_once;
