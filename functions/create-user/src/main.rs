//! Step 2: takes a user ID, a password and an address.

use create_user::CreateUser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve::<CreateUser>().await
}
