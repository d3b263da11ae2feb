//! How far something long has come: on standard error, and only where a person sees it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const KNOWN: &str = "{msg} {bar:30} {human_pos}/{human_len}, {per_sec}, {eta} left";
const UNKNOWN: &str = "{msg} {human_pos}, {per_sec}";

/// A bar that goes when it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins one, of about so many, if that is known.
    pub(crate) fn of(what: &'static str, expected: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(expected, ProgressDrawTarget::stderr());
        let template = if expected.is_some() { KNOWN } else { UNKNOWN };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self(bar)
    }

    /// So many more are done. What was expected may be hours old: the bar grows with what there is.
    pub(crate) fn add(&self, count: u64) {
        self.0.inc(count);
        if self
            .0
            .length()
            .is_some_and(|length| length < self.0.position())
        {
            self.0.set_length(self.0.position());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
