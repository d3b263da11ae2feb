//! Step 7: tells the top page who is signed in.

use get_session::GetSession;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<GetSession>().await
}
