//! Ends a session.

use logout::Logout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<Logout>().await
}
