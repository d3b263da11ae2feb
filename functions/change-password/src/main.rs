//! Gives a signed-in member another password.

use change_password::ChangePassword;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<ChangePassword>().await
}
