//! What a function is made of: tables, and what uses them. Each part makes itself ready once per cold start, and a
//! function says which ones it has ([`made_of!`](crate::made_of)).

use mail::{CodeMailer, Mailer, SuppressionList};
use store::{
    Accounts, Addresses, Audit, Database, Insurers, Members, Parties, Registrations, Resets,
    Sessions, Table, Throttles,
};

use crate::{Aws, ConfigError, Env, Hasher};

/// What parts are made ready from.
pub struct Means<'a> {
    env: &'a Env,
    aws: &'a Aws,
    database: Database,
}

impl<'a> Means<'a> {
    pub(crate) fn new(env: &'a Env, aws: &'a Aws) -> Self {
        Self {
            env,
            aws,
            database: aws.dynamodb(),
        }
    }
}

/// Part of a function.
pub trait Part: Sized {
    /// Makes it ready.
    ///
    /// # Errors
    /// When the environment is not as the template should make it.
    fn ready(means: &Means<'_>) -> Result<Self, ConfigError>;
}

/// Declares what a function is made of. Each field is a [`Part`], and so is the whole.
#[macro_export]
macro_rules! made_of {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident {
            $($(#[$of_field:meta])* $of:vis $field:ident: $part:ty),* $(,)?
        }
    ) => {
        $(#[$about])*
        $vis struct $name {
            $($(#[$of_field])* $of $field: $part,)*
        }

        impl $crate::Part for $name {
            fn ready(means: &$crate::Means<'_>) -> Result<Self, $crate::ConfigError> {
                Ok(Self {
                    $($field: <$part as $crate::Part>::ready(means)?,)*
                })
            }
        }
    };
}

macro_rules! tables {
    ($($table:ty),*) => {
        $(impl Part for $table {
            fn ready(means: &Means<'_>) -> Result<Self, ConfigError> {
                let name = means.env.required(Self::VARIABLE)?;
                Ok(<Self as Table>::open(&means.database, &name))
            }
        })*
    };
}

tables!(
    Accounts,
    Addresses,
    Audit,
    Insurers,
    Members,
    Registrations,
    Resets,
    Sessions,
    Throttles
);

impl Part for Database {
    fn ready(means: &Means<'_>) -> Result<Self, ConfigError> {
        Ok(means.database.clone())
    }
}

impl Part for Parties {
    fn ready(means: &Means<'_>) -> Result<Self, ConfigError> {
        Ok(Self::new(
            &means.database,
            Part::ready(means)?,
            Part::ready(means)?,
            Part::ready(means)?,
        ))
    }
}

impl Part for Hasher {
    fn ready(_: &Means<'_>) -> Result<Self, ConfigError> {
        Ok(Self::new())
    }
}

impl Part for Mailer {
    fn ready(means: &Means<'_>) -> Result<Self, ConfigError> {
        Ok(means.aws.ses())
    }
}

impl Part for CodeMailer {
    fn ready(means: &Means<'_>) -> Result<Self, ConfigError> {
        means.aws.ses_for_codes(means.env)
    }
}

impl Part for SuppressionList {
    fn ready(means: &Means<'_>) -> Result<Self, ConfigError> {
        Ok(means.aws.suppression_list())
    }
}
