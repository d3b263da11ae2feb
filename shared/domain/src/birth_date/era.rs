//! The eras of the Japanese calendar, and the years that one of two digits may be.

use time::Date;

use super::reading::day_of;

/// An era of the Japanese calendar.
pub(super) struct Era {
    pub(super) letter: char,
    /// Its two kanji, the first of which is also its short form.
    pub(super) kanji: [char; 2],
    /// The one character that holds both.
    pub(super) square: char,
    /// The western year before its year 1.
    pub(super) year_before: i32,
    /// The number of the calendar year in which it ended.
    pub(super) last: i32,
}

pub(super) const ERAS: [Era; 5] = [
    Era {
        letter: 'M',
        kanji: ['明', '治'],
        square: '㍾',
        year_before: 1867,
        last: 45,
    },
    Era {
        letter: 'T',
        kanji: ['大', '正'],
        square: '㍽',
        year_before: 1911,
        last: 15,
    },
    Era {
        letter: 'S',
        kanji: ['昭', '和'],
        square: '㍼',
        year_before: 1925,
        last: 64,
    },
    Era {
        letter: 'H',
        kanji: ['平', '成'],
        square: '㍻',
        year_before: 1988,
        last: 31,
    },
    // The current era ends where two digits do.
    Era {
        letter: 'R',
        kanji: ['令', '和'],
        square: '㋿',
        year_before: 2018,
        last: 99,
    },
];
/// What a year of one or two digits may be: the eras of living people that had such a day, up to today.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EraYears {
    year: u32,
    month: u32,
    day: u32,
    /// As in [`ERAS`].
    had: [bool; ERAS.len()],
}

opaque_debug!(EraYears);

impl EraYears {
    /// The eras before this one are those of people of a hundred years, whom no employer insures.
    const FIRST: usize = 2;

    pub(super) fn of(year: u32, month: u32, day: u32, today: Date) -> Self {
        let mut had = [false; ERAS.len()];
        for (had, era) in had.iter_mut().zip(&ERAS).skip(Self::FIRST) {
            *had = day_of(Some(era), year, month, day).is_ok_and(|date| date <= today);
        }
        Self {
            year,
            month,
            day,
            had,
        }
    }

    /// The years as one writes them, `昭和55年`, the oldest first; none where no era had such a day.
    #[must_use]
    pub fn years(&self) -> Vec<String> {
        let eras = ERAS.iter().zip(self.had).filter(|(_, had)| *had);
        eras.map(|(Era { kanji: [a, b], .. }, _)| format!("{a}{b}{}年", self.year))
            .collect()
    }

    /// The whole day, `昭和55年1月1日`, where only one era had it.
    #[must_use]
    pub fn only_day(&self) -> Option<String> {
        match &*self.years() {
            [year] => Some(format!("{year}{}月{}日", self.month, self.day)),
            _ => None,
        }
    }
}
