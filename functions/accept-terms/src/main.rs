//! Step 6: keeps that a member accepted the terms of use.

use accept_terms::AcceptTerms;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<AcceptTerms>().await
}
