//! The language that the command speaks: Japanese at a desk in Japan, English elsewhere.
//!
//! Each text stands where it is said, once in each language, side by side in [`say!`]: a text that lacks one
//! of them does not compile. What goes to an insurer (the report of refused rows, the letter, what to say to a
//! member) is Japanese whatever the operator reads, and is not said through here.

use std::sync::OnceLock;

/// A text in the language of the process. Both are format strings that capture what they name.
macro_rules! say {
    (ja: $japanese:literal, en: $english:literal $(,)?) => {
        match $crate::language::current() {
            $crate::language::Language::Japanese => format!($japanese),
            $crate::language::Language::English => format!($english),
        }
    };
}

/// The same of a text without anything in it, without making a string of it.
macro_rules! word {
    (ja: $japanese:literal, en: $english:literal $(,)?) => {
        match $crate::language::current() {
            $crate::language::Language::Japanese => $japanese,
            $crate::language::Language::English => $english,
        }
    };
}

/// A language of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Japanese.
    #[value(name = "ja", help = word!(ja: "日本語", en: "Japanese"))]
    Japanese,
    /// English.
    #[value(name = "en", help = word!(ja: "英語", en: "English"))]
    English,
}

/// The language of this process. It is chosen once, before anything is said.
static CHOSEN: OnceLock<Language> = OnceLock::new();

impl Language {
    /// The language of an environment: the first of these variables that says something decides, as POSIX
    /// has it (XBD 8.2). Without any it is English.
    pub(crate) fn of_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| get(name).filter(|value| !value.is_empty()))
            .map_or(Self::English, |value| {
                if value == "ja" || value.starts_with("ja_") || value.starts_with("ja.") {
                    Self::Japanese
                } else {
                    Self::English
                }
            })
    }

    /// Makes this the language of the process. Only the first call does something.
    pub(crate) fn choose(self) {
        let _ = CHOSEN.set(self);
    }
}

/// The language of the process; English until one was chosen.
pub(crate) fn current() -> Language {
    CHOSEN.get().copied().unwrap_or(Language::English)
}

pub(crate) use {say, word};

#[cfg(test)]
mod tests {
    use super::Language;

    fn of(variables: &[(&str, &str)]) -> Language {
        Language::of_environment(|name| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_says_the_language() {
        for (variables, language) in [
            (&[][..], Language::English),
            (&[("LANG", "ja_JP.UTF-8")], Language::Japanese),
            (&[("LANG", "ja")], Language::Japanese),
            (&[("LANG", "C.UTF-8")], Language::English),
            (&[("LANG", "jam_JM")], Language::English),
            (
                &[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "C")],
                Language::English,
            ),
            (
                &[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "")],
                Language::Japanese,
            ),
            (
                &[("LANG", "C"), ("LC_MESSAGES", "ja_JP.UTF-8")],
                Language::Japanese,
            ),
        ] {
            assert_eq!(of(variables), language, "{variables:?}");
        }
    }
}
