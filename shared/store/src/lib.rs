//! DynamoDB: typed keys, one file per table.
//!
//! What lives here: how the rows of each table are keyed and written, and every invariant that the
//! database itself must hold, as a condition of a single write or of a transaction. What does not:
//! the rules of the domain (`domain`), and what an outcome means to a member (`lambda`, `functions`).
//!
//! Three habits run through all tables:
//!
//! - **Expiry is compared when read**, in code or in the condition of a write. The attribute `ttl`
//!   only lets DynamoDB collect garbage, days late if it likes.
//! - **A write finds itself.** The SDK repeats a write whose reply was lost, and the repeat may fail
//!   on the first one's success. Charges are [`Stamp`]s in a set, so a repeat changes nothing, and a
//!   refused charge looks for its own stamp in the item that refused it.
//! - **A lookup returns `Result<Option<T>>`**, and what proves something (a [`VerifiedMember`], a
//!   [`SignedIn`] member) can only be had from the table that knows.

mod accounts;
mod addresses;
mod audit;
pub mod check;
mod codes;
mod database;
mod insurers;
mod item;
mod kept;
mod members;
mod party;
mod patience;
mod presented;
mod registrations;
mod resets;
mod restored;
mod scan;
mod sessions;
mod share_charge;
mod stamp;
mod table;
mod throttles;
mod transaction;
mod tries;

pub use accounts::{Account, AccountKey, Accounts, Holder, NewAccount, NewLogin, Recovery};
pub use addresses::{Addresses, Marked, MarkedAddress, Noted, Returned, ToldMail};
pub use audit::{Audit, ERASING, Event, Import, Operator, Origin, Reading, StepDone};
pub use codes::WaitingCode;
pub use database::{Database, Error, Read, Reads};
pub use insurers::{
    Campaign, Contact, English, Insurer, Insurers, LetterRun, Printed, RosterCounts, RosterImport,
};
pub use item::Item;
pub use kept::{Kept, KeptItem};
pub use members::{Addressee, DrawnKey, Found, Letter, Member, Members, Person, Row};
pub use party::{Parties, Party};
pub use patience::patiently;
pub use presented::{NoFlow, Presented};
pub use registrations::{
    Chosen, NewRegistration, Owner, Registration, Registrations, SentCode, Shown, Unproven,
    VerifiedMember,
};
pub use resets::{NewReset, Reset, ResetAccount, Resets};
pub use restored::{Restored, RestoredFrom, Standing, Unfit, is_of};
pub use scan::{Page, Pages};
pub use sessions::{
    EmailChange, NewSession, Overtaken, Session, Sessions, SignedIn, TermsAccepted,
};
pub use share_charge::{ShareCharge, Unpaid};
pub use stamp::Stamp;
pub use table::Table;
pub use throttles::{Bucket, Guessed, IdentityTries, LOCKOUT_KEPT, LoginCharge, Share, Throttles};
pub use transaction::{Lost, Never, Refused, Transaction, Write, persist};
pub use tries::Pending;
