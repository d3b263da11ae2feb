//! Records what SES tells of mails.

use record_mail_event::RecordMailEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::listen::<RecordMailEvent>().await
}
