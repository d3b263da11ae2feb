//! The tables, read and written as operators do: by the store's own code, with the operators' key.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use local::OPERATOR_KEY;
use store::{Audit, Database, Table};

use crate::TestStack;

impl TestStack {
    /// The audit trail.
    pub fn audit(&self) -> Audit {
        self.opens("Audit")
    }

    /// A table, as the store has it.
    pub fn opens<T: Table>(&self, table: &str) -> T {
        let name = self.database().real_name(table).unwrap();
        T::open(&self.store(), name)
    }

    /// The connection that the store's tables work on.
    pub fn store(&self) -> Database {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("ap-northeast-1"))
            .credentials_provider(Credentials::from_keys(OPERATOR_KEY, "any", None))
            .endpoint_url(self.dynamodb_url())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Database::new(aws_sdk_dynamodb::Client::from_conf(config))
    }
}
