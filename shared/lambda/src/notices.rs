//! The mails that tell a member what has become of the account. What they tell of stands, whatever becomes of
//! them.

use domain::EmailAddress;
use mail::{Mailer, Notice};
use store::{Account, Insurer, Party};

use crate::{Call, desk_of, made_of};

made_of! {
    /// Tells members.
    pub struct Notices {
        mailer: Mailer,
    }
}

impl Notices {
    /// Tells that the account was made, so that the user ID is found again.
    ///
    /// # Errors
    /// When the mail cannot be handed over.
    pub async fn account_made(
        &self,
        insurer: &Insurer,
        account: &Account,
        call: &Call,
    ) -> Result<(), mail::Error> {
        let notice = Notice::of_new_account(&account.user_id, account.created_at, desk_of(insurer));
        self.mailer
            .send(&insurer.mail_sender, &account.email, &call.worded(notice))
            .await
    }

    /// Tells `address` that the account has another password.
    ///
    /// # Errors
    /// When the mail cannot be handed over.
    pub async fn password_changed(
        &self,
        party: &Party,
        address: &EmailAddress,
        call: &Call,
    ) -> Result<(), mail::Error> {
        let user_id = &party.account.user_id;
        let notice = Notice::of_changed_password(user_id, call.now, desk_of(&party.insurer));
        let from = &party.insurer.mail_sender;
        self.mailer.send(from, address, &call.worded(notice)).await
    }

    /// Tells both addresses that the account has another one.
    ///
    /// # Errors
    /// When a mail cannot be handed over.
    pub async fn email_changed(
        &self,
        party: &Party,
        email: &EmailAddress,
        call: &Call,
    ) -> Result<(), mail::Error> {
        let user_id = &party.account.user_id;
        let notice = Notice::of_changed_email(user_id, email, call.now, desk_of(&party.insurer));
        let notice = call.worded(notice);
        let from = &party.insurer.mail_sender;
        let (former, new) = tokio::join!(
            self.mailer.send(from, &party.account.email, &notice),
            self.mailer.send(from, email, &notice),
        );
        former.and(new)
    }
}
