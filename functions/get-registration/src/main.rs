//! Tells a browser in the middle of signing up where it is.

use get_registration::GetRegistration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<GetRegistration>().await
}
