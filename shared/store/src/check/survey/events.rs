//! What the audit trail must have of an item.

use domain::Subject;

use super::{
    AccountFact, Survey,
    suspects::{Named, Suspect, Suspects},
};
use crate::check::Rule;

/// How far an operator's event may be from what it tells of: the command asks its clock for both.
const OPERATORS_CLOCK_MS: i64 = 2 * 60 * 1000;

/// What an item must have an event of: any of these, by name and outcome.
pub(super) type Told = &'static [(&'static str, &'static str)];
pub(super) const MADE: Told = &[("confirm-code", "done")];
pub(super) const ACCEPTED: Told = &[("accept-terms", "done")];
pub(super) const LOGGED_IN: Told = &[("login", "done")];
pub(super) const DISABLED: Told = &[("account-disable", "done")];
pub(super) const VERIFIED: Told = &[("verify-member", "done")];
pub(super) const EMAIL_BEGUN: Told = &[("change-email", "begun")];
pub(super) const RESET_ASKED: Told = &[
    ("request-password-reset", "done"),
    ("request-password-reset", "undeliverable"),
];
/// What erases a member, or an insurer.
pub(super) const ERASED: Told = &[("member-erase", "done"), ("insurer-remove", "done")];
/// What gives an account to another 記号 and 番号.
pub(super) const MOVED: Told = &[("member-move", "done")];
pub(super) const TOLD: [Told; 9] = [
    MADE,
    ACCEPTED,
    LOGGED_IN,
    DISABLED,
    VERIFIED,
    EMAIL_BEGUN,
    RESET_ASKED,
    ERASED,
    MOVED,
];

impl Survey {
    pub(super) fn account_events(
        &self,
        suspects: &mut Suspects,
        item: &Named<'_>,
        account: &AccountFact,
    ) {
        let subject = &account.subject;
        self.has_event(suspects, item, subject, MADE, account.created_at);
        // A member who has another number since has the event under the former one.
        if self.events_of(&account.member, MOVED).is_empty() {
            self.has_event(suspects, item, &account.member, MADE, account.created_at);
        }
        self.is_not_erased(
            suspects,
            item,
            &account.member,
            &account.insurer,
            account.created_at,
        );
        for (_, at) in &account.acceptances {
            self.has_event(suspects, item, subject, ACCEPTED, *at);
        }
        if let Some(at) = account.last_login_at {
            self.has_event(suspects, item, subject, LOGGED_IN, at);
        }
        if let Some(at) = account.disabled_at {
            self.has_event(suspects, item, subject, DISABLED, at);
        }
        // An account that had the user ID before has events, too.
        let accepted = self
            .events_of(subject, ACCEPTED)
            .iter()
            .filter(|at| **at >= account.created_at);
        let first = account.acceptances.iter().map(|(_, at)| *at).min();
        if let Some(told) = accepted.min()
            && first.is_none_or(|first| first > *told)
        {
            let what =
                format!("accepted at {told}, as the trail has it, and not as the account has it");
            let mut suspect = Suspect::of(Rule::FirstAcceptance, item, what);
            suspect.events = Some((subject.clone(), *told, *told));
            suspects.all.push(suspect);
        }
    }

    /// "Neither the member nor the insurer was erased since the item was made."
    pub(super) fn is_not_erased(
        &self,
        suspects: &mut Suspects,
        item: &Named<'_>,
        member: &Subject,
        insurer: &str,
        made_at: i64,
    ) {
        let insurer = Subject::of(&format!("insurer#{insurer}"));
        for subject in [member, &insurer] {
            let events = self.events_of(subject, ERASED).iter();
            if let Some(at) = events.filter(|at| **at > made_at).max() {
                let what = format!("erased at {at}, and here still");
                let mut suspect = Suspect::of(Rule::Erased, item, what);
                suspect.events = Some((subject.clone(), *at, *at));
                suspects.all.push(suspect);
            }
        }
    }

    pub(super) fn events_of(&self, subject: &Subject, told: Told) -> &[i64] {
        let kind = TOLD
            .iter()
            .position(|known| *known == told)
            .unwrap_or_default();
        self.events
            .get(&(subject.number(), kind))
            .map_or(&[], Vec::as_slice)
    }

    /// "The trail has the event of what happened to a subject at a time", while events of then are kept.
    pub(super) fn has_event(
        &self,
        suspects: &mut Suspects,
        item: &Named<'_>,
        subject: &Subject,
        told: Told,
        at: i64,
    ) {
        let kept = i64::try_from(domain::AUDIT_KEPT.as_millis()).unwrap_or(i64::MAX);
        let within = if told == DISABLED {
            OPERATORS_CLOCK_MS
        } else {
            0
        };
        let (from, to) = (at - within, at + within);
        let has = self
            .events_of(subject, told)
            .iter()
            .any(|told| (from..=to).contains(told));
        if has || at + kept <= self.now {
            return;
        }
        let name = told.first().map_or("", |(name, _)| name);
        let what = format!("no event {name} of {} at {at}", subject.as_str());
        let mut suspect = Suspect::of(Rule::Event, item, what);
        suspect.events = Some((subject.clone(), from, to));
        suspects.all.push(suspect);
    }
}
