//! What a page shows of a mail on its way.

use crate::{Problem, rfc_3339};
use domain::Delivery;
use serde::Serialize;

/// How far the mail with a code has come, for the member who waits for it. Never for a recovery: it would
/// tell who has an account.
#[derive(Serialize)]
pub struct DeliveryView {
    /// `handed-over`, `delayed`, `delivered` or `returned`.
    state: &'static str,
    /// Since when.
    at: String,
}

impl DeliveryView {
    /// What there is to show of a mail; nothing before SES has told of it.
    ///
    /// # Errors
    /// When a time cannot be written.
    pub fn of(told: Option<&Delivery>) -> Result<Option<Self>, Problem> {
        told.and_then(Delivery::state)
            .map(|(state, at)| {
                Ok(Self {
                    state: state.name(),
                    at: rfc_3339(at)?,
                })
            })
            .transpose()
    }
}
