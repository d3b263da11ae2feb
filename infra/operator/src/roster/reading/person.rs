//! Name, kana name and birth date of a row.

use domain::{KanaError, KanaName};

use super::Wrong;
use crate::roster::{
    cell::{digits, has_user_defined, oddity, text, without_user_defined},
    limits::NAME,
    refusal::Reason,
};

impl Wrong<'_> {
    /// The name as it is shown.
    pub(super) fn name(&mut self) -> Option<String> {
        let columns = &self.layout.columns.name;
        let parts = self.texts(columns)?;
        let name = without_user_defined(&parts.join(" "));
        let name = name.trim();
        let at = columns.first().copied().unwrap_or_default();
        let read = if name.is_empty() {
            Err(Reason::Empty)
        } else if name.chars().nth(NAME).is_some() {
            Err(Reason::TooLong)
        } else {
            Ok(name.to_owned())
        };
        for at in columns {
            if let Some(reason) = oddity(self.row.cell(*at)) {
                self.looks.push(self.refusal(*at, reason));
            }
        }
        self.take(at, read)
    }

    /// A name in kana; of what is not required, nothing where nothing stands. A name of several columns is
    /// none when one of them has nothing: the given name alone would be a name of everybody who never had
    /// another family name.
    pub(super) fn kana(&mut self, columns: &[usize], is_required: bool) -> Option<KanaName> {
        let parts = self.texts(columns)?;
        let nothing = parts.iter().zip(columns).find(|(part, _)| {
            matches!(
                KanaName::parse(part),
                Err(KanaError::Empty | KanaError::NoKana)
            )
        });
        if let Some((_, at)) = nothing.filter(|_| columns.len() > 1) {
            if is_required {
                self.refuse(*at, Reason::Empty);
            }
            return None;
        }
        let name = parts.join(" ");
        if name.trim().is_empty() && !is_required {
            return None;
        }
        let read = if has_user_defined(&name) {
            Err(Reason::UserDefined)
        } else {
            KanaName::parse(&name).map_err(|error| match error {
                KanaError::Empty => Reason::Empty,
                KanaError::TooLong => Reason::TooLong,
                error => Reason::Kana(error),
            })
        };
        // The cell that has the character.
        let character = match &read {
            Err(Reason::Kana(error)) => error.character(),
            _ => None,
        };
        let has_it = |at: &&usize| {
            let cell = self.row.cell(**at);
            match (&read, character) {
                (_, Some(character)) => cell.contains(character),
                (Err(Reason::UserDefined), _) => has_user_defined(cell),
                _ => true,
            }
        };
        let at = columns.iter().find(has_it).or(columns.first());
        self.take(at.copied().unwrap_or_default(), read)
    }

    pub(super) fn birth_date(&mut self) -> Option<domain::BirthDate> {
        let columns = &self.layout.columns.birth_date;
        let mut cells = Vec::with_capacity(columns.len());
        for at in columns {
            let read = digits(self.row.cell(*at));
            cells.push(self.take(*at, read)?);
        }
        let at = columns.last().copied().unwrap_or_default();
        let read = if cells.iter().any(|cell| has_user_defined(cell)) {
            Err(Reason::UserDefined)
        } else {
            self.layout
                .birth_dates
                .read(&cells, self.layout.today)
                .map_err(|reason| match reason {
                    Reason::BirthDate(domain::BirthDateError::Empty) => Reason::Empty,
                    reason => reason,
                })
        };
        self.take(at, read)
    }

    /// The texts of columns that are read as one.
    pub(super) fn texts(&mut self, columns: &[usize]) -> Option<Vec<String>> {
        let mut parts = Vec::with_capacity(columns.len());
        let mut is_whole = true;
        for at in columns {
            match self.take(*at, text(self.row.cell(*at))) {
                Some(part) => parts.push(part),
                None => is_whole = false,
            }
        }
        is_whole.then_some(parts)
    }
}
