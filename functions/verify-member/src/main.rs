//! Step 1: proves who a member is, against the roster.

use verify_member::VerifyMember;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<VerifyMember>().await
}
