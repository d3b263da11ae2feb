//! Progress on standard error, with rate and time left: for a person only, so neither beside JSON nor where
//! standard error is no terminal.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::answer::Format;

/// A bar for something of which the whole is known, in bytes or in members.
pub(crate) fn bar(format: Format, what: &'static str, whole: u64) -> ProgressBar {
    styled(
        ProgressBar::with_draw_target(Some(whole), target(format)),
        "{msg:9} {wide_bar} {human_pos}/{human_len}  {rate}/s  {eta} left",
        what,
    )
}

/// A counter for something of which the whole is not known.
pub(crate) fn counter(format: Format, what: &'static str) -> ProgressBar {
    styled(
        ProgressBar::with_draw_target(None, target(format)),
        "{msg:9} {human_pos}  {rate}/s  {elapsed}",
        what,
    )
}

fn styled(bar: ProgressBar, template: &str, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
        let _ = write!(to, "{:.0}", state.per_sec());
    });
    bar.with_style(style).with_message(what)
}

/// Where standard error is no terminal, indicatif draws nothing itself.
fn target(format: Format) -> ProgressDrawTarget {
    match format {
        Format::Text => ProgressDrawTarget::stderr(),
        Format::Json => ProgressDrawTarget::hidden(),
    }
}
