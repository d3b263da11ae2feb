//! Mails a forgotten user ID.

use remind_user_id::RemindUserId;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<RemindUserId>().await
}
