//! Gives a signed-in member another address, once its code is confirmed.

use change_email::ChangeEmail;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<ChangeEmail>().await
}
