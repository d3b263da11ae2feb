//! Mutants at the bus: one thing that goes wrong with one statement of one function, so that it can be seen which test
//! notices. The functions stay as they are; what they ask of DynamoDB and SES is distorted on its way, as if the code
//! that asks were wrong.
//!
//! A mutant is known by its name alone: function, action, element, and what is wrong with it. The names that are
//! possible for a call come from the call itself, so a stack that notes them ([`Mutation::Noted`]) finds out what there
//! is to distort, and one that is told a name ([`Mutation::Made`]) distorts each call that has it.

mod change;
mod expression;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

pub(crate) use change::Distorted;

use crate::dynamodb::schema::Schemas;

/// What becomes of the functions' calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mutation {
    /// They are performed as they are.
    #[default]
    None,
    /// They are performed as they are, and [`Stack::mutants`](crate::Stack::mutants) has what could be distorted.
    Noted,
    /// Those that this mutant is possible for are distorted.
    Made(String),
}

/// The mutants of a stack.
#[derive(Debug, Default)]
pub(crate) struct Mutants {
    mutation: Mutation,
    noted: Mutex<BTreeSet<String>>,
}

impl Mutants {
    pub(crate) fn new(mutation: Mutation) -> Self {
        Self {
            mutation,
            noted: Mutex::default(),
        }
    }

    fn noted(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the mutants that were possible so far.
    pub(crate) fn seen(&self) -> BTreeSet<String> {
        self.noted().clone()
    }

    /// Distorts a call of a function to DynamoDB, or notes how it could be. `now` is the time of the call in seconds
    /// since 1970.
    pub(crate) fn distort(
        &self,
        function: Option<&str>,
        schemas: &Schemas,
        (operation, request): (&str, &mut Value),
        now: i64,
    ) -> Distorted {
        let Some(function) = self.subject(function) else {
            return Distorted::default();
        };
        let possible = change::possible(function, schemas, operation, request);
        let Mutation::Made(name) = &self.mutation else {
            self.noted()
                .extend(possible.into_iter().map(|(name, _)| name));
            return Distorted::default();
        };
        possible
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, change)| change.make(operation, request, now))
            .unwrap_or_default()
    }

    /// Whether a mail of a function is not to be sent although it says so; or notes that it could be.
    pub(crate) fn loses_mail(&self, function: Option<&str>) -> bool {
        let Some(function) = self.subject(function) else {
            return false;
        };
        let name = format!("{function}: SendEmail: not sent");
        let Mutation::Made(made) = &self.mutation else {
            self.noted().insert(name);
            return false;
        };
        *made == name
    }

    /// The function that calls, if anything is to become of its calls.
    fn subject<'a>(&self, function: Option<&'a str>) -> Option<&'a str> {
        function.filter(|_| self.mutation != Mutation::None)
    }
}
