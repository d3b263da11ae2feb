//! Ends other sessions of a member.

use end_sessions::EndSessions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<EndSessions>().await
}
