//! SES's own list of addresses that it does not deliver to, of the whole AWS account.

use aws_sdk_sesv2::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};
use domain::EmailAddress;
use time::OffsetDateTime;

use crate::mailer::failure;

/// The call failed. Nothing in it comes from a member's data, so it may be logged whole.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed with {code}")]
pub struct SuppressionError {
    /// The operation, as IAM names it.
    pub operation: &'static str,
    /// SES's error code, or what failed before it could answer.
    pub code: String,
}

/// SES's list; cheap to clone.
#[derive(Clone, Debug)]
pub struct SuppressionList {
    client: Client,
}

/// What SES has of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// `BOUNCE` or `COMPLAINT`.
    pub reason: String,
    /// Since when.
    pub since: OffsetDateTime,
}

impl SuppressionList {
    /// Uses `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Looks an address up.
    ///
    /// # Errors
    /// When SES refuses or cannot be reached.
    pub async fn lookup(
        &self,
        address: &EmailAddress,
    ) -> Result<Option<Suppressed>, SuppressionError> {
        let found = self
            .client
            .get_suppressed_destination()
            .email_address(address.as_str())
            .send()
            .await;
        match found {
            Ok(found) => Ok(found.suppressed_destination.map(|found| Suppressed {
                reason: found.reason.as_str().to_owned(),
                since: OffsetDateTime::from_unix_timestamp(found.last_update_time.secs())
                    .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            })),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(failed("GetSuppressedDestination", &error)),
        }
    }

    /// Takes an address off the list. To take one off that is not on it is no error: SES may list it a
    /// moment later, or somebody else was faster.
    ///
    /// # Errors
    /// When SES refuses or cannot be reached.
    pub async fn remove(&self, address: &EmailAddress) -> Result<(), SuppressionError> {
        let removed = self
            .client
            .delete_suppressed_destination()
            .email_address(address.as_str())
            .send()
            .await;
        match removed {
            Err(error) if !is_not_found(&error) => {
                Err(failed("DeleteSuppressedDestination", &error))
            }
            _ => Ok(()),
        }
    }
}

fn is_not_found<E>(error: &SdkError<E>) -> bool
where
    SdkError<E>: ProvideErrorMetadata,
{
    error.code() == Some("NotFoundException")
}

fn failed<E>(operation: &'static str, error: &SdkError<E>) -> SuppressionError
where
    SdkError<E>: ProvideErrorMetadata,
{
    SuppressionError {
        operation,
        code: error.code().map_or_else(|| failure(error), str::to_owned),
    }
}
