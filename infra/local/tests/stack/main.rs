//! The stack as a whole, with the example function `probe` and a template of its own.
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped fails the test"
)]

mod faults;
mod functions;
mod mutants;
mod origin;
mod secure;
mod services;
mod support;
