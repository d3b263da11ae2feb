//! What operators write in files, and how they write a member: read into the types of the store.
//!
//! The operators' command takes these files, and the local stack has its samples in them, so both read
//! them here and in the same way. Where a file comes from, and what becomes of it, is theirs.

mod insurer;
mod member;

pub use insurer::{InsurerEntry, InsurerError, InsurerReason};
pub use member::{MemberKeyError, Part, member_key};
