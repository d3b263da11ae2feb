//! Step 3: mails a verification code, and mails it again.

use send_code::SendCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<SendCode>().await
}
