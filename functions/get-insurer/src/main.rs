//! Tells anybody an insurer's name and contact.

use get_insurer::GetInsurer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<GetInsurer>().await
}
