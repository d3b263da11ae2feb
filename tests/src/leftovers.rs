//! What the tables must hold to after every step, race and fault: nothing half made, nothing left.

use std::collections::{BTreeMap, BTreeSet};

use local::Item;

use crate::TestStack;
use crate::stack::text;

/// Everything of a registration that must be gone once it is over.
const PERSONAL: [&str; 14] = [
    "member_name",
    "symbol",
    "number",
    "birth_date",
    "mail_sender",
    "user_id",
    "password_hash",
    "email",
    "code",
    "code_expires_at",
    "code_tries",
    "creates",
    "sends",
    "last_send_at",
];

impl TestStack {
    /// Asserts that the tables are consistent: each account has its member's one claim and each
    /// claim its account; each reserved user ID is the choice of one live registration, or has become its account, and
    /// each choice is reserved; a registration that is over holds nothing personal; each session has an account.
    #[track_caller]
    pub fn has_nothing_left_over(&self) {
        self.accounts_and_claims_agree();
        self.reservations_and_registrations_agree();
        let accounts: BTreeSet<String> = ids(&self.items_of("Accounts", "user#"));
        for session in self.items("Sessions") {
            assert!(
                accounts.contains(text(&session, "account_id")),
                "a session without account: {session:?}"
            );
        }
    }

    #[track_caller]
    fn accounts_and_claims_agree(&self) {
        let accounts = self.items_of("Accounts", "user#");
        let claims = self.items_of("Accounts", "member#");
        assert_eq!(
            accounts.len(),
            claims.len(),
            "an account without claim, or the reverse"
        );
        assert_eq!(ids(&accounts), ids(&claims));
        assert_eq!(ids(&accounts).len(), accounts.len(), "an id twice");
        for account in &accounts {
            let user_id = text(account, "user_id").to_lowercase();
            assert_eq!(text(account, "account"), format!("user#{user_id}"));
            let claim = format!("member#{}", text(account, "member"));
            let claimed = claims.iter().find(|item| text(item, "account") == claim);
            assert_eq!(
                claimed.map(|item| text(item, "account_id")),
                Some(text(account, "account_id"))
            );
        }
    }

    #[track_caller]
    fn reservations_and_registrations_agree(&self) {
        let (over, under_way): (Vec<Item>, Vec<Item>) = self
            .items_of("Registrations", "token#")
            .into_iter()
            .partition(|registration| registration.contains_key("completed_at"));
        let completed: BTreeSet<&str> = over.iter().map(|item| text(item, "member")).collect();
        for attribute in PERSONAL {
            assert!(
                over.iter().all(|item| !item.contains_key(attribute)),
                "{attribute} is left in {over:?}"
            );
        }
        let held: BTreeMap<String, String> = self
            .items_of("Registrations", "user-id#")
            .iter()
            .map(|item| {
                let user_id = text(item, "registration").trim_start_matches("user-id#");
                (user_id.to_owned(), text(item, "holder").to_owned())
            })
            // Who got an account has it reserved for a while yet, also under a former number.
            .filter(|(_, holder)| !completed.contains(holder.as_str()))
            .collect();
        let chosen: BTreeMap<String, String> = under_way
            .iter()
            .filter(|registration| registration.contains_key("user_id"))
            .map(|registration| {
                let user_id = text(registration, "user_id").to_lowercase();
                (user_id, text(registration, "member").to_owned())
            })
            .filter(|(_, holder)| !completed.contains(holder.as_str()))
            .collect();
        assert_eq!(held, chosen, "reservations (left) and choices (right)");
    }
}

fn ids(items: &[Item]) -> BTreeSet<String> {
    items
        .iter()
        .map(|item| text(item, "account_id").to_owned())
        .collect()
}
