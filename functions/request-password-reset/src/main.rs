//! Mails a code to who has forgotten the password.

use request_password_reset::RequestPasswordReset;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<RequestPasswordReset>().await
}
