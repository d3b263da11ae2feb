//! How far something long has come, with rate and time left: on standard error and for a person only, so
//! neither beside JSON nor where standard error is no terminal.

use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::{
    answer::Format,
    language::{Language, current},
};

/// What all bars of the process are drawn on, so that those of work side by side stand below each other. Where standard
/// error is no terminal, it draws nothing.
static BOARD: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A bar that goes when it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins one, of about so many, if that is known.
    pub(crate) fn of(
        format: Format,
        what: impl Into<Cow<'static, str>>,
        expected: Option<u64>,
    ) -> Self {
        let style = style(current(), expected);
        let bar = match (format, expected) {
            (Format::Json, _) => ProgressBar::hidden(),
            (Format::Text, Some(expected)) => BOARD.add(ProgressBar::new(expected)),
            (Format::Text, None) => BOARD.add(ProgressBar::no_length()),
        };
        Self(bar.with_style(style).with_message(what))
    }

    /// So many more are done.
    pub(crate) fn add(&self, count: u64) {
        self.reach(self.0.position() + count);
    }

    /// So many are done. What was expected may be hours old: the bar grows with what there is.
    pub(crate) fn reach(&self, count: u64) {
        self.0.set_position(count);
        if self.0.length().is_some_and(|length| length < count) {
            self.0.set_length(count);
        }
    }
}

/// More is no rate, but the first moment of a bar.
const MOST_RATE: u64 = 9_999_999;

/// How a bar looks. The signs are ASCII: a terminal in Japan may show others twice as wide as they are counted.
fn style(language: Language, expected: Option<u64>) -> ProgressStyle {
    let template = match (language, expected) {
        (Language::Japanese, Some(_)) => {
            "{msg} [{wide_bar}] {human_pos}/{human_len}  毎秒 {rate}  残り {eta_precise}"
        }
        (Language::Japanese, None) => "{msg} {human_pos}  毎秒 {rate}  経過 {elapsed_precise}",
        (Language::English, Some(_)) => {
            "{msg} [{wide_bar}] {human_pos}/{human_len}  {rate}/s  {eta_precise} left"
        }
        (Language::English, None) => "{msg} {human_pos}  {rate}/s  {elapsed_precise}",
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let rate = |state: &ProgressState, to: &mut dyn Write| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate that people read, and none is below zero"
        )]
        let rate = (state.per_sec() as u64).min(MOST_RATE);
        let _ = write!(to, "{}", HumanCount(rate));
    };
    style.with_key("rate", rate).progress_chars("=> ")
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike as _};

    use super::*;
    use crate::answer::width_of;

    /// A bar in the middle, as a terminal of so many columns shows it.
    fn shown(
        language: Language,
        what: &'static str,
        expected: Option<u64>,
        columns: u16,
    ) -> String {
        let terminal = InMemoryTerm::new(4, columns);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let bar = ProgressBar::with_draw_target(expected, target)
            .with_style(style(language, expected))
            .with_message(what);
        bar.set_position(1_234_567);
        bar.tick();
        assert_eq!(terminal.width(), columns);
        terminal.contents()
    }

    #[test]
    fn a_bar_is_one_line_in_either_language_and_at_any_width() {
        for columns in [80, 120, 200] {
            for (language, what) in [
                (Language::Japanese, "jkc 読込み"),
                (Language::Japanese, "アカウントを数えています"),
                (Language::English, "reading"),
            ] {
                for expected in [Some(9_876_543), None] {
                    let shown = shown(language, what, expected, columns);
                    assert_eq!(shown.lines().count(), 1, "{shown}");
                    let width = width_of(shown.trim_end());
                    assert!(width <= usize::from(columns), "{width}: {shown}");
                    if expected.is_some() {
                        assert_eq!(width, usize::from(columns), "{shown}");
                        assert!(
                            shown.contains('[') && shown.contains("1,234,567"),
                            "{shown}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_done_goes_beyond_what_was_expected() {
        let progress = Progress::of(Format::Text, "reading", Some(3));
        progress.add(5);
        assert_eq!(progress.0.length(), Some(5));
    }
}
