//! Step 4: makes the account, once the code is confirmed.

use confirm_code::ConfirmCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<ConfirmCode>().await
}
