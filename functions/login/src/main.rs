//! Step 5: signs a member in.

use login::Login;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<Login>().await
}
