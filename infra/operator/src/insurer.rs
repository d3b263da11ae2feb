//! `operator insurer`: what differs from insurer to insurer.

mod contacts;
mod list;
mod put;
mod show;

use std::path::PathBuf;

use clap::Subcommand;
use domain::{InsurerCode, Subject, TermsVersion};

use crate::{
    audited::Accountable, change::Careful, desk::Desk, failure::Failure, pages::At, world::in_japan,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator insurer list
  operator insurer show jkc --json > jkc.json
  operator insurer put jkc.json --mail-domain mail.example.jp --reason 'ticket 4711'
  operator insurer contacts --site site --dry-run";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the insurers
    #[command(after_help = "Examples:\n  operator insurer list\n  operator insurer list --json")]
    List,
    /// Show one; with --json as the file that `put` takes
    #[command(after_help = "Examples:\n  operator insurer show jkc --json > jkc.json")]
    Show {
        /// 保険者指定コード
        #[arg(value_parser = InsurerCode::parse)]
        code: InsurerCode,
    },
    /// Make an insurer what a file says, whether or not it is there
    #[command(
        after_help = "Examples:\n  operator insurer put jkc.toml --reason 'ticket 4711' --dry-run"
    )]
    Put(Put),
    /// Write the contacts of all insurers into the members' site, in both languages
    #[command(after_help = "Examples:\n  operator insurer contacts --dry-run")]
    Contacts(At),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Put {
    /// One insurer, .json or .toml: code, name, mailSender, telephone, hours, mail, termsVersions, and
    /// where there are any nameEnglish, hoursEnglish, surveyDeadline, ignoreLongMark, keepLeadingZeros
    file: PathBuf,
    /// The domain that mails are sent from: a sender of any other is refused
    #[arg(long, env = "MAIL_DOMAIN", value_name = "DOMAIN")]
    mail_domain: Option<String>,
    /// A published version of the terms that the file has no more, and is to be published no more
    #[arg(long, value_name = "VERSION", value_parser = TermsVersion::parse)]
    unpublish: Vec<TermsVersion>,
    /// Let keepLeadingZeros become another: whoever has a 記号 or 番号 that begins with 0 cannot register or be
    /// found until the roster has been imported again
    #[arg(long)]
    rekey: bool,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::List => list::run(desk).await,
            Self::Show { code } => show::run(desk, &code).await,
            Self::Put(put) => put::run(desk, put).await,
            Self::Contacts(at) => contacts::run(desk, at).await,
        }
    }
}

/// Refuses while the insurer's roster is being imported, or an import was interrupted: by its rules members are
/// being keyed, so nobody may change it.
pub(crate) async fn refuse_during_import(desk: &Desk, code: &InsurerCode) -> Result<(), Failure> {
    let import = desk.insurers.roster_import(code).await?;
    match import.filter(|import| import.ended_at.is_none()) {
        None => Ok(()),
        Some(import) => Err(Failure::Refused(format!(
            "its roster is being imported since {}, by {}: {}: wait until that has ended, or has been \
             repeated if it was interrupted",
            in_japan(import.began_at),
            import.operator,
            import.reason
        ))),
    }
}

/// Whom events of an insurer are about. No member and no account has this name.
pub(crate) fn subject(code: &InsurerCode) -> Subject {
    Subject::of(&format!("insurer#{}", code.folded()))
}
