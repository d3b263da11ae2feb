//! Who asks, and why: what every event of an operator says (ASVS 5.0 16.2.1).
//!
//! Whoever gives a command says their own name, and AWS says whose credentials they are: both are in the event,
//! for anybody can type any name.

use clap::Args;
use domain::Subject;
use store::{Event, Import, Operator, Origin, Stamp};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    failure::Failure,
    input,
    language::{say, word},
    world::{OsEntropy, now},
};

/// The longest name or reason: the trail is no place for stories.
const LONGEST: usize = 200;

/// Who asks, and why.
#[derive(Args, Clone, Debug)]
pub(crate) struct Accountable {
    /// Who you are, as the audit trail shall name you // 操作する人の名前。監査証跡に残ります
    #[arg(long, env = "OPERATOR", value_name = "NAME", value_parser = line)]
    operator: String,
    /// Why, such as the number of a ticket; it is kept for three years, so nobody's name, address or telephone
    /// number. Without it, it is asked for at the terminal; `-` is a line of standard input //
    /// 理由（問合せ番号など）。3年間残るので、氏名・住所・電話番号は書きません。なければ端末で尋ね、`-`
    /// なら標準入力の1行です
    #[arg(long, value_name = "TEXT", value_parser = reason, allow_hyphen_values = true)]
    reason: Option<String>,
}

impl Accountable {
    /// Who asks and why, with whom AWS takes them for. A reason that the command line does not give is asked for.
    pub(crate) fn told_by(self, principal: String) -> Result<Operator, Failure> {
        let given = match self.reason.as_deref() {
            Some(input::STANDARD) => Some(input::line()?),
            Some(_) => self.reason,
            None => input::asked(word!(
                ja: "理由（チケットの番号など）: ",
                en: "Why, such as the number of a ticket: ",
            ))?,
        };
        let given = given.ok_or_else(|| {
            Failure::Usage(say!(
                ja: "--reason がありません。理由を付けるか、--reason - として標準入力に1行で書いてください",
                en: "--reason is missing: give it, or --reason - and a line of standard input",
            ))
        })?;
        let reason = reason(&given).map_err(|wrong| {
            Failure::Usage(say!(ja: "理由：{wrong}", en: "the reason: {wrong}"))
        })?;
        Ok(Operator {
            name: self.operator,
            principal: Some(principal),
            reason,
        })
    }
}

/// A reason, which holds nothing that says who a member is: it stands in the trail for years, and on the command line.
fn reason(text: &str) -> Result<String, String> {
    let text = line(text)?;
    if has_address(&text) {
        Err(say!(
            ja: "メールアドレスが入っています。理由は3年間残ります。チケットの番号などにしてください",
            en: "it has a mail address in it, and is kept for three years: give the number of a ticket",
        ))
    } else if has_telephone_number(&text) {
        Err(say!(
            ja: "電話番号が入っています。理由は3年間残ります。チケットの番号などにしてください",
            en: "it has a telephone number in it, and is kept for three years: give the number of a ticket",
        ))
    } else {
        Ok(text)
    }
}

/// Whether there is something like a mail address, in full width too.
fn has_address(text: &str) -> bool {
    let folded: String = text.nfkc().collect();
    folded
        .split('@')
        .collect::<Vec<_>>()
        .windows(2)
        .any(|sides| {
            let is_local = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
            let before = sides[0].chars().last().is_some_and(is_local);
            before
                && sides[1]
                    .chars()
                    .next()
                    .is_some_and(|c| c.is_ascii_alphanumeric())
        })
}

/// Whether there is something like a telephone number of Japan: ten or eleven digits that begin with 0, or what
/// +81 stands before, be hyphens, brackets or blanks among them.
fn has_telephone_number(text: &str) -> bool {
    let folded: String = text.nfkc().collect();
    let is_between = |c: char| {
        matches!(
            c,
            '-' | '‐' | '–' | '−' | 'ー' | '(' | ')' | ' ' | '.' | '+'
        )
    };
    let runs = folded.split(|c: char| !c.is_ascii_digit() && !is_between(c));
    runs.into_iter().any(|run| {
        // A number that follows another after a blank is looked at by itself, too.
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        let words = run
            .split(' ')
            .map(|word| word.chars().filter(char::is_ascii_digit).collect());
        words.chain([digits]).any(|digits: String| {
            let is_of_japan = digits.starts_with('0') && matches!(digits.len(), 10 | 11);
            is_of_japan
                || (digits.starts_with("81")
                    && run.contains('+')
                    && matches!(digits.len(), 11 | 12))
        })
    })
}

/// A text that makes one legible line of the trail.
fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err(say!(ja: "空です", en: "it is empty"))
    } else if text.chars().any(char::is_control) {
        Err(say!(ja: "1行で書いてください", en: "it must be one line"))
    } else if text.chars().count() > LONGEST {
        Err(say!(
            ja: "{LONGEST}文字を超えています",
            en: "it is longer than {LONGEST} characters",
        ))
    } else {
        Ok(text.to_owned())
    }
}

/// A command, as the audit trail has it.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    name: &'static str,
    by: Operator,
    is_rehearsal: bool,
}

impl Errand {
    /// A command of this name, which writes unless it is a rehearsal.
    pub(crate) fn new(name: &'static str, by: Operator, is_rehearsal: bool) -> Self {
        Self {
            name,
            by,
            is_rehearsal,
        }
    }

    /// What is done on the way of it, which the trail has under a name of its own.
    pub(crate) fn under(&self, name: &'static str) -> Self {
        Self {
            name,
            ..self.clone()
        }
    }

    /// Whether nothing may be written for it.
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    /// What is to be read in the trail of what it does.
    pub(crate) fn told(&self) -> String {
        let (name, by, reason) = (self.name, &self.by.name, &self.by.reason);
        say!(ja: "{name}（{by}）：{reason}", en: "{name} by {by}: {reason}")
    }

    /// The event that it was done.
    pub(crate) fn done(&self, subject: Subject) -> Event {
        self.event(subject, "done")
    }

    /// Who gave it.
    pub(crate) fn operator(&self) -> &str {
        &self.by.name
    }

    /// Whose credentials they are, as AWS says.
    pub(crate) fn principal(&self) -> &str {
        self.by.principal.as_deref().unwrap_or_default()
    }

    /// Why.
    pub(crate) fn reason(&self) -> &str {
        &self.by.reason
    }

    /// The event of another outcome.
    pub(crate) fn event(&self, subject: Subject, outcome: &str) -> Event {
        let origin = Origin::Operator(self.by.clone());
        self.event_from(origin, subject, outcome)
    }

    /// The event that a file was imported, or is about to be.
    pub(crate) fn event_of(&self, import: Import, subject: Subject, outcome: &str) -> Event {
        let origin = Origin::Import {
            by: self.by.clone(),
            import,
        };
        self.event_from(origin, subject, outcome)
    }

    fn event_from(&self, origin: Origin, subject: Subject, outcome: &str) -> Event {
        Event {
            subject,
            at: Stamp::draw(now(), &OsEntropy),
            name: self.name.to_owned(),
            outcome: outcome.to_owned(),
            origin,
            member: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{line, reason};

    #[test]
    fn a_reason_holds_no_address_and_no_telephone_number() {
        for text in [
            "taro@example.jp called",
            "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ",
            "called back 050-2018-3292",
            "03-1234-5678",
            "０９０−１２３４−５６７８ に折返し",
            "ticket 4711 09012345678",
            "(03) 1234 5678",
            "+81 90-1234-5678",
        ] {
            assert!(reason(text).is_err(), "{text}");
        }
        for text in [
            "ticket 4711",
            "ticket 4711, called back",
            "チケット 2026-11-28 の件",
            "INC0012345678901",
            "問合せ@窓口",
            "20261128-0042",
        ] {
            assert_eq!(reason(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(line(" ticket 42 ").as_deref(), Ok("ticket 42"));
        for text in ["", "  ", "two\nlines", &"x".repeat(201)] {
            assert!(line(text).is_err(), "{text:?}");
        }
    }
}
