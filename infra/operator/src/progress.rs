//! How far something long has come, with rate and time left: on standard error and for a person only, so
//! neither beside JSON nor where standard error is no terminal.

use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::answer::Format;

const KNOWN: &str = "{msg} {wide_bar} {human_pos}/{human_len}  {rate}/s  {eta} left";
const UNKNOWN: &str = "{msg} {human_pos}  {rate}/s  {elapsed}";

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
        let template = if expected.is_some() { KNOWN } else { UNKNOWN };
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
            let _ = write!(to, "{:.0}", state.per_sec());
        });
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

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
