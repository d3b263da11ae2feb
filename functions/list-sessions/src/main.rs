//! Lists where a member is signed in.

use list_sessions::ListSessions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<ListSessions>().await
}
