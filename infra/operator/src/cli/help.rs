//! What `--help` says, and what is wrong with a command line, in the language of the process.
//!
//! A help text stands where its argument does, in both languages: English, ` // `, Japanese, in each paragraph. The rest
//! of what clap prints has no other place than here.

use clap::{
    Arg, Command,
    builder::{Str, StyledStr},
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{language::Language, reasons::japanese};

/// What parts the languages of a paragraph.
const PART: &str = " // ";

/// The command line in a language.
pub(super) fn in_language(mut command: Command, language: Language) -> Command {
    // Only then it has what clap adds: `--help`, `help`, and the global arguments in each command.
    command.build();
    translated(command, language)
}

fn translated(mut command: Command, language: Language) -> Command {
    let text = |text: Option<&StyledStr>| text.map(|text| chosen(&text.to_string(), language));
    let about = text(command.get_about());
    let long_about = text(command.get_long_about());
    let after_help = text(command.get_after_help());
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long_about) = long_about {
        command = command.long_about(long_about);
    }
    if let Some(after_help) = after_help {
        command = command.after_help(after_help);
    }
    command = command
        .mut_args(|arg| translated_arg(arg, language))
        .mut_subcommands(|command| translated(command, language));
    if language == Language::English {
        return command;
    }
    command = command
        .help_template("{about-with-newline}\n使い方： {usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("コマンド")
        .subcommand_value_name("コマンド");
    // clap has no other word for these.
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim_start();
    let usage = usage.replace("[OPTIONS]", "[オプション]");
    command.override_usage(usage)
}

fn translated_arg(mut arg: Arg, language: Language) -> Arg {
    let text = |text: Option<&StyledStr>| text.map(|text| chosen(&text.to_string(), language));
    let (help, long_help) = (text(arg.get_help()), text(arg.get_long_help()));
    if let Some(help) = help {
        arg = arg.help(help);
    }
    if let Some(long_help) = long_help {
        arg = arg.long_help(long_help);
    }
    if language == Language::Japanese {
        arg = in_japanese(arg);
        let heading = match (arg.is_positional(), arg.is_global_set()) {
            (true, _) => "引数",
            (_, true) => "共通オプション",
            _ => "オプション",
        };
        arg = arg.help_heading(heading);
    }
    arg
}

/// What stands for a value, in Japanese; what is not here needs no other word.
const VALUES: [(&str, &str); 19] = [
    ("CODE", "保険者コード"),
    ("CODE/記号/番号", "保険者コード/記号/番号"),
    ("CODE=NUMBER", "保険者コード=件数"),
    ("COMMAND", "コマンド"),
    ("DAY", "日付"),
    ("DOMAIN", "ドメイン"),
    ("ENCODING", "文字コード"),
    ("FILE", "ファイル"),
    ("FILE.svg", "ファイル.svg"),
    ("FOLDER", "フォルダー"),
    ("LANGUAGE", "言語"),
    ("N", "数"),
    ("NAME", "名前"),
    ("RUN", "実行の番号"),
    ("SHELL", "シェル"),
    ("TABLE", "表"),
    ("TEXT", "文"),
    ("USER_ID", "ユーザーID"),
    ("VERSION", "版の日付"),
];

/// What clap would add to an argument in English, as a part of its help.
fn in_japanese(mut arg: Arg) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    let names = arg.get_value_names().unwrap_or_default().iter();
    let names: Vec<Str> = names
        .map(|name| {
            let known = VALUES.iter().find(|(english, _)| name.as_str() == *english);
            known.map_or_else(|| name.clone(), |(_, japanese)| Str::from(*japanese))
        })
        .collect();
    let mut more = Vec::new();
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("{}（{help}）", value.get_name()),
            None => value.get_name().to_owned(),
        })
        .collect();
    if !values.is_empty() {
        more.push(format!("使える値：{}", values.join("、")));
    }
    if let Some(name) = arg.get_env() {
        more.push(format!(
            "環境変数 {} でも指定できます",
            name.to_string_lossy()
        ));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !defaults.is_empty() {
        more.push(format!("なければ {}", defaults.join("、")));
    }
    if !more.is_empty() {
        let more = format!("（{}）", more.join("。"));
        let with = |text: &StyledStr| format!("{text}{more}");
        let (help, long_help) = (arg.get_help().map(with), arg.get_long_help().map(with));
        if let Some(help) = help {
            arg = arg.help(help);
        }
        if let Some(long_help) = long_help {
            arg = arg.long_help(long_help);
        }
    }
    arg.value_names(names)
        .hide_possible_values(true)
        .hide_env(true)
        .hide_default_value(true)
}

/// What clap says of its own, in Japanese.
const OF_CLAP: [(&str, &str); 5] = [
    ("Examples:", "例："),
    (
        "Print help (see more with '--help')",
        "使い方を表示します（詳しくは --help）",
    ),
    (
        "Print help (see a summary with '-h')",
        "使い方を表示します（要約は -h）",
    ),
    ("Print help", "使い方を表示します"),
    ("Print version", "版を表示します"),
];
const HELP_COMMAND: &str = "Print this message or the help of the given subcommand(s)";

/// A text in one of its languages, paragraph by paragraph.
fn chosen(text: &str, language: Language) -> String {
    if text == HELP_COMMAND && language == Language::Japanese {
        return "コマンドの使い方を表示します".to_owned();
    }
    let paragraphs =
        text.split("\n\n")
            .map(|paragraph| match (paragraph.split_once(PART), language) {
                (Some((english, _)), Language::English) => english.to_owned(),
                (Some((_, japanese)), Language::Japanese) => joined(japanese),
                (None, Language::English) => paragraph.to_owned(),
                (None, Language::Japanese) => {
                    let own = OF_CLAP
                        .iter()
                        .find(|(english, _)| paragraph.starts_with(english));
                    own.map_or(paragraph.to_owned(), |(english, japanese)| {
                        paragraph.replacen(english, japanese, 1)
                    })
                }
            });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Without the blanks that the end of a source line has put between two Japanese characters.
fn joined(japanese: &str) -> String {
    const SIGNS: &str = "、。：（）「」";
    let is_wide = |c: Option<&char>| c.is_some_and(|c| u32::from(*c) >= 0x2E80);
    let is_sign = |c: Option<&char>| c.is_some_and(|c| SIGNS.contains(*c));
    let characters: Vec<char> = japanese.chars().collect();
    let kept = characters.iter().enumerate().filter(|(at, c)| {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let after = characters.get(at + 1);
        let is_within = is_wide(before) && is_wide(after);
        **c != ' ' || !(is_within || is_sign(before) || is_sign(after))
    });
    kept.map(|(_, c)| *c).collect()
}

/// What is wrong with a command line, if this can be told in the language of the process.
pub(super) fn wrong(error: &clap::Error, language: Language) -> Option<String> {
    if language == Language::English {
        return None;
    }
    let of = |kind| error.get(kind).map(written).unwrap_or_default();
    let (arg, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let told = match error.kind() {
        ErrorKind::UnknownArgument => format!("{arg} という引数はありません"),
        ErrorKind::InvalidSubcommand => {
            let command = of(ContextKind::InvalidSubcommand);
            format!("{command} というコマンドはありません")
        }
        ErrorKind::MissingRequiredArgument => format!("{arg} を指定してください"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} の値を指定してください"),
        ErrorKind::InvalidValue => {
            let valid = of(ContextKind::ValidValue);
            format!("{arg} に {value} は使えません。使えるのは {valid} です")
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error);
            let why = why.map(|why| japanese(why).unwrap_or_else(|| why.to_string()));
            // What a library says of a number is English, and tells no more than the help.
            let why = why.filter(|why| is_japanese(why));
            let why = why.map_or(String::new(), |why| format!("：{why}"));
            format!("{arg} の {value} は正しくありません{why}")
        }
        ErrorKind::ArgumentConflict => {
            let prior = of(ContextKind::PriorArg);
            format!("{arg} と {prior} は同時に指定できません")
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{arg} の値の数が正しくありません")
        }
        ErrorKind::NoEquals => format!("{arg} は = を付けて指定してください"),
        ErrorKind::MissingSubcommand => "コマンドを指定してください".to_owned(),
        ErrorKind::InvalidUtf8 => "文字として読めない引数があります".to_owned(),
        _ => return None,
    };
    let suggested = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let suggested = suggested.into_iter().map(of).find(|it| !it.is_empty());
    let suggested = suggested.map_or(String::new(), |it| format!("。{it} ではありませんか"));
    Some(format!("{told}{suggested}。使い方は --help で確認できます"))
}

fn written(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(several) => several.join("、"),
        other => other.to_string(),
    }
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, 'ぁ'..='ヿ' | '一'..='鿿'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;

    fn texts(command: &Command, take: &mut impl FnMut(&str, String)) {
        let name = command.get_name();
        let of_command = [
            command.get_about(),
            command.get_long_about(),
            command.get_after_help(),
        ];
        for text in of_command.into_iter().flatten() {
            take(name, text.to_string());
        }
        for arg in command.get_arguments() {
            for text in [arg.get_help(), arg.get_long_help()].into_iter().flatten() {
                take(name, text.to_string());
            }
        }
        for command in command.get_subcommands() {
            texts(command, take);
        }
    }

    #[test]
    fn each_paragraph_is_in_both_languages() {
        texts(&super::super::Command::command(), &mut |name, text| {
            for paragraph in text.split("\n\n") {
                let is_example = paragraph.starts_with("Examples:");
                let has_both = paragraph
                    .split_once(PART)
                    .is_some_and(|(english, japanese)| {
                        !english.is_empty() && is_japanese(japanese)
                    });
                assert!(is_example || has_both, "{name}: {paragraph}");
            }
        });
    }

    #[test]
    fn each_language_is_by_itself() {
        for language in [Language::English, Language::Japanese] {
            let command = in_language(super::super::Command::command(), language);
            command.clone().debug_assert();
            let mut all = 0;
            texts(&command, &mut |name, text| {
                assert!(!text.contains(PART), "{name}: {text}");
                if language == Language::Japanese {
                    assert!(text.split("\n\n").all(is_japanese), "{name}: {text}");
                }
                all += 1;
            });
            assert!(all > 300, "{all}");
        }
    }

    /// Everything that `--help` and `-h` print, of every command.
    fn printed(command: &mut Command, take: &mut impl FnMut(&str, String)) {
        let name = command.get_name().to_owned();
        take(&name, command.render_help().to_string());
        take(&name, command.render_long_help().to_string());
        command
            .get_subcommands_mut()
            .for_each(|command| printed(command, take));
    }

    #[test]
    fn a_japanese_help_has_nothing_of_claps_own_in_english() {
        let mut command = in_language(super::super::Command::command(), Language::Japanese);
        let mut all = 0;
        printed(&mut command, &mut |name, help| {
            for english in [
                "OPTIONS",
                "COMMAND",
                "ossible values",
                "[env:",
                "[default:",
                "Usage",
                "Options",
                "Print",
                "<CODE>",
                "<FILE>",
            ] {
                assert!(!help.contains(english), "{name}: {english} in\n{help}");
            }
            all += 1;
        });
        assert!(all > 80, "{all}");
        let mut values = BTreeSet::new();
        texts_of_values(&command, &mut values);
        values.retain(|value| !is_japanese(value));
        // Names that are the same in Japanese.
        assert_eq!(
            values,
            BTreeSet::from(["ID", "https://…"].map(str::to_owned))
        );
    }

    fn texts_of_values(command: &Command, found: &mut BTreeSet<String>) {
        let taking = command
            .get_arguments()
            .filter(|arg| arg.get_action().takes_values());
        for arg in taking {
            let names = arg.get_value_names().unwrap_or_default();
            found.extend(names.iter().map(ToString::to_string));
        }
        for command in command
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
        {
            texts_of_values(command, found);
        }
    }

    #[test]
    fn a_line_of_the_source_leaves_no_blank_between_japanese_characters() {
        assert_eq!(
            joined("名簿の 行は --full でも（ .xls、 .ods）、 そのまま"),
            "名簿の行は --full でも（.xls、.ods）、そのまま"
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_japanese() {
        for (line, said) in [
            (
                &["operator", "rostr"][..],
                "rostr というコマンドはありません。",
            ),
            (
                &["operator", "stats", "--insurer"],
                "--insurer <保険者コード> の値を指定してください",
            ),
            (
                &["operator", "stats", "--all", "--insurer", "jkc"],
                "同時に指定できません",
            ),
            (
                &["operator", "stats", "--every"],
                "--every という引数はありません",
            ),
            (
                &["operator", "account", "show"],
                "<ユーザーID> を指定してください",
            ),
            (
                &["operator", "--lang", "fr", "insurer", "list"],
                "fr は使えません。使えるのは ja、en です",
            ),
            (
                &["operator", "account", "show", "太郎"],
                "「太」は使えません",
            ),
            (
                &["operator", "stats", "--all", "--from", "yesterday"],
                "--from <日付> の yesterday は正しくありません",
            ),
        ] {
            let command = in_language(super::super::Command::command(), Language::Japanese);
            let error = command.try_get_matches_from(line).unwrap_err();
            let told = wrong(&error, Language::Japanese).unwrap();
            assert!(told.contains(said), "{told}");
            assert_eq!(wrong(&error, Language::English), None);
        }
    }
}
