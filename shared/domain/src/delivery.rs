//! What becomes of a mail: its name, and how far it has come.
//!
//! The provider of mail tells of each mail several times, in any order, and some things twice. What is
//! known is therefore a time for each state, and the state is what they come to together.

use time::{Duration, OffsetDateTime};

use crate::{SealedCode, fingerprint};

/// How long it is known what became of a mail: as long as somebody may ask for it at the desk.
pub const DELIVERY_KEPT: Duration = Duration::days(14);

/// The longest name of a mail that is one of ours, or SES's.
const LONGEST_ID: usize = 100;

/// The name of a mail, by which the provider tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailId(String);

impl MailId {
    /// The name of the mail that took a code to somebody at that time. The holder of the code can name its
    /// mail; the name tells neither the code nor whose it is.
    #[must_use]
    pub fn of(code: &SealedCode, sent_at: OffsetDateTime) -> Self {
        let millis = sent_at.unix_timestamp_nanos() / 1_000_000;
        let mut name = fingerprint(format!("{}{millis}", code.hex()));
        name.truncate(32);
        Self(name)
    }

    /// A name that the provider gives back: the one that it was given, or its own.
    ///
    /// # Errors
    /// When it is none: SES's tags take letters, digits, `_` and `-`.
    pub fn parse(text: &str) -> Result<Self, MailIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.is_empty() || text.len() > LONGEST_ID || !text.bytes().all(fits) {
            return Err(MailIdError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text is no name of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is no name of a mail")]
pub struct MailIdError;

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// SES has it.
    HandedOver,
    /// The recipient's provider does not take it yet, and SES tries on.
    Delayed,
    /// The recipient's provider has it.
    Delivered,
    /// It will not arrive: the provider sent it back, or SES did not send it or gave up.
    Returned,
}

impl DeliveryState {
    /// All of them, each stronger than the ones before.
    pub const ALL: [Self; 4] = [
        Self::HandedOver,
        Self::Delayed,
        Self::Delivered,
        Self::Returned,
    ];

    /// Stable name of the state.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HandedOver => "handed-over",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
        }
    }
}

/// What is known of a mail: when it was last told to be in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery([Option<OffsetDateTime>; DeliveryState::ALL.len()]);

impl Delivery {
    /// Adds that the mail was in `state` at `at`. What is known already is never taken back.
    #[must_use]
    pub fn and(mut self, state: DeliveryState, at: Option<OffsetDateTime>) -> Self {
        let known = &mut self.0[state as usize];
        *known = at.max(*known);
        self
    }

    /// When the mail was in `state`, if it was.
    #[must_use]
    pub fn at(&self, state: DeliveryState) -> Option<OffsetDateTime> {
        self.0[state as usize]
    }

    /// How far the mail has come, and since when. `None` when nothing is known of it yet.
    #[must_use]
    pub fn state(&self) -> Option<(DeliveryState, OffsetDateTime)> {
        DeliveryState::ALL
            .into_iter()
            .rev()
            .find_map(|state| Some((state, self.at(state)?)))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{Code, Token};

    const TEN: OffsetDateTime = datetime!(2026-11-22 01:00 UTC);
    const SECOND: Duration = Duration::SECOND;

    fn known(states: &[(DeliveryState, OffsetDateTime)]) -> Delivery {
        let add = |delivery: Delivery, (state, at): &(_, _)| delivery.and(*state, Some(*at));
        states.iter().fold(Delivery::default(), add)
    }

    #[test]
    fn whatever_the_order_and_the_repeats_the_state_is_the_same() {
        use DeliveryState::{Delayed, Delivered, HandedOver, Returned};
        let told = [
            (HandedOver, TEN),
            (Delayed, TEN + SECOND),
            (Delayed, TEN + SECOND * 2),
            (Delivered, TEN + SECOND * 3),
        ];
        let expected = known(&told);
        assert_eq!(expected.state(), Some((Delivered, TEN + SECOND * 3)));
        assert_eq!(expected.at(Delayed), Some(TEN + SECOND * 2));
        for turn in 0..told.len() {
            let mut turned = told;
            turned.rotate_left(turn);
            assert_eq!(known(&turned), expected);
            turned.reverse();
            assert_eq!(known(&[turned, turned].concat()), expected);
        }
        // A provider may take a mail and send it back later.
        let back = expected.and(Returned, Some(TEN));
        assert_eq!(back.state(), Some((Returned, TEN)));
        assert_eq!(Delivery::default().state(), None);
    }

    #[test]
    fn each_mail_of_a_code_has_its_own_name_which_ses_takes() {
        let token = Token::parse(&"A".repeat(43)).expect("a token");
        let seal = |code: &str| Code::parse(code).expect("a code").seal(&token);
        let id = MailId::of(&seal("000001"), TEN);
        assert_eq!(MailId::parse(id.as_str()), Ok(id.clone()));
        assert_ne!(id, MailId::of(&seal("000002"), TEN));
        assert_ne!(id, MailId::of(&seal("000001"), TEN + Duration::MILLISECOND));
        for wrong in ["", "a b", "a@example.jp", &"a".repeat(101)] {
            assert_eq!(MailId::parse(wrong), Err(MailIdError), "{wrong}");
        }
    }
}
