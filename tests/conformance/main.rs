//! Whether what must agree agrees: sample events and the functions' answers, the template and the
//! code, permissions and calls, the API's description and the API, the rules of the tree and the
//! tree.
//!
//! Nothing here knows a step by name: the steps are the folders of `functions/`. A new step without
//! its events, its template entry or its operation fails here, and the failure says what is missing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be unwrapped fails the test"
)]

mod attacks;
mod audit;
mod command;
mod deployment;
mod events;
mod filters;
mod generated;
mod hashing;
mod headers;
mod limits;
mod logs;
mod names;
mod new_step;
mod odds;
mod openapi;
mod permissions;
mod reference;
mod retention;
mod run;
mod security;
mod tables;
mod tree;
mod watching;
