//! Configuration: the environment, read once at cold start and nowhere else.
//!
//! | variable | set by | for |
//! |---|---|---|
//! | `…_TABLE`, such as `MEMBERS_TABLE` | the template, the same for every function | table names ([`Table::VARIABLE`](store::Table::VARIABLE)) |
//! | `METRICS_NAMESPACE` | the template: the stack's name | the metrics in the log lines; without it there are none |
//! | `ORIGIN_KEYS` | the template, from two secrets | one of them must be in `X-Origin-Key` |
//! | `CODES_CONFIGURATION_SET` | the template, where codes are mailed | the configuration set that codes go by; notices go by the identity's |
//! | `SITE_ORIGIN` | the template, from `SiteDomain` | the check of `Origin` |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | Lambda | the AWS clients |
//! | `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SESV2` | the local stack | the same, elsewhere |

/// A function's environment is not as `template.yaml` should make it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing or empty.
    #[error("the environment variable {0} is missing or empty; template.yaml sets it")]
    Missing(&'static str),
    /// What is built in cannot be used.
    #[error("{0}")]
    Broken(String),
}

/// The environment of the process.
#[derive(Clone, Debug)]
pub struct Env(fn(&str) -> Option<String>);

impl Env {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the environment"
        )]
        Self(|name| std::env::var(name).ok())
    }

    /// An environment of a test's making.
    #[must_use]
    pub fn from_lookup(lookup: fn(&str) -> Option<String>) -> Self {
        Self(lookup)
    }

    /// A variable that must be there.
    ///
    /// # Errors
    /// [`ConfigError::Missing`], which names it.
    pub fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing(name))
    }

    /// A variable that may be absent; an empty one is.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let env = Env::from_lookup(|name| (name == "EMPTY").then(String::new));
        for name in ["MEMBERS_TABLE", "EMPTY"] {
            let error = env.required(name).expect_err("not set").to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
