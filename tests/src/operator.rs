//! The operators' command beside a stack.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::TestStack;

/// The tables that the command works on, by the names that its settings have them in.
pub const OPERATOR_TABLES: [&str; 9] = [
    "Accounts",
    "Addresses",
    "Audit",
    "Insurers",
    "Members",
    "Registrations",
    "Resets",
    "Sessions",
    "Throttles",
];

impl TestStack {
    /// The command of this program, told where it works, by the holder of an access key, and nothing else of
    /// this process's environment.
    #[must_use]
    pub fn operator(&self, program: &Path, key: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .stdin(Stdio::null())
            .env("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb_url())
            .env("AWS_ENDPOINT_URL_SESV2", self.dynamodb_url())
            .env("AWS_ENDPOINT_URL_STS", self.dynamodb_url())
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", "any");
        for table in OPERATOR_TABLES {
            let name = self.database().real_name(table).unwrap();
            command.env(format!("{}_TABLE", table.to_uppercase()), name);
        }
        command
    }
}
