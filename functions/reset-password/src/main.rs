//! Gives an account a new password, once the code is confirmed.

use reset_password::ResetPassword;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<ResetPassword>().await
}
