//! What all tables have in common: a name that the deployment gives them.

use crate::Database;

/// A table, under the name that an environment variable tells.
pub trait Table: Sized {
    /// The variable, as `template.yaml` sets it for every function that uses the table.
    const VARIABLE: &'static str;

    /// Uses the table of this name.
    fn open(database: &Database, name: &str) -> Self;
}
