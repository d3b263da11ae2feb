//! The key of a member's letter, as a step is shown it (docs/adr/0038).

use domain::{LetterKey, LetterKeyError, LetterKeyRule};
use store::{Addressee, DrawnKey, Insurer};

use crate::Problem;

/// The field that has the letter's key.
pub const LETTER_KEY: &str = "letterKey";

/// What a step is shown of a letter.
#[derive(Clone, Copy)]
pub enum LetterShown<'a> {
    /// The step asks nobody for the key.
    NotAsked,
    /// It asks where the insurer does, and was shown this.
    Asked(Option<&'a LetterKey>),
}

impl LetterShown<'_> {
    /// What the key is worth at this step to the members of an insurer.
    pub(crate) fn rule_of(self, insurer: &Insurer) -> LetterKeyRule {
        match self {
            Self::NotAsked => LetterKeyRule::Off,
            Self::Asked(_) => insurer.letter_key,
        }
    }

    /// The member's key, if that was shown. It takes as long where there is no such member.
    ///
    /// # Errors
    /// [`Problem::InvalidRequest`] when the insurer requires a key and none was shown, whoever is there.
    pub(crate) fn right_key(
        self,
        insurer: &Insurer,
        addressee: Option<&Addressee>,
    ) -> Result<Option<DrawnKey>, Problem> {
        let shown = match (self.rule_of(insurer), self) {
            (LetterKeyRule::Off, _) | (LetterKeyRule::Accepted, Self::Asked(None)) => {
                return Ok(None);
            }
            (_, Self::Asked(Some(shown))) => shown,
            (_, Self::Asked(None) | Self::NotAsked) => {
                return Err(Problem::field(LETTER_KEY, LetterKeyError::Missing));
            }
        };
        let drawn = addressee
            .and_then(|addressee| addressee.letter.key.as_ref())
            .filter(|drawn| drawn.is_of(insurer.campaign.as_ref()));
        let is_right = shown.is(drawn.map(|drawn| &drawn.hash));
        Ok(drawn.filter(|_| is_right).cloned())
    }
}
