//! `operator terms`: new versions of the terms of use.

use clap::Subcommand;
use domain::{InsurerCode, TermsVersion};
use store::{Insurer, Refused};

use crate::language::say;
use crate::{
    audited::Accountable,
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    insurer::subject,
    world::today,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator terms publish 2027-04-01 --all --reason 'ticket 4711' --dry-run
  operator terms publish 2027-04-01 --insurer jkc demo --reason 'ticket 4711'";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish a version, which members are asked for from its day on // 利用規約の版を公開します。
    /// その日から会員に同意を求めます
    #[command(after_help = EXAMPLES)]
    Publish(Publish),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Publish {
    /// The version: its day in Japan, YYYY-MM-DD // 版：日本の日付（YYYY-MM-DD）
    #[arg(value_parser = TermsVersion::parse)]
    version: TermsVersion,
    /// The insurers whose members it is for // 対象の保険者
    #[arg(long, value_name = "CODE", num_args = 1.., required_unless_present = "all", value_parser = InsurerCode::parse)]
    insurer: Vec<InsurerCode>,
    /// All insurers // 全保険者
    #[arg(long, conflicts_with = "insurer")]
    all: bool,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

impl Command {
    pub(crate) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let Self::Publish(publish) = self;
        publish.run(desk).await
    }
}

impl Publish {
    async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let (version, careful) = (&self.version, self.careful);
        let insurers = self.insurers(desk).await?;
        for insurer in &insurers {
            refuse_unless_later(insurer, version)?;
        }
        let errand = desk
            .writing("terms-publish", self.by, careful.dry_run)
            .await?;
        let plan = insurers
            .iter()
            .fold(Plan::default(), |plan, insurer| {
                let change = {
                    let code = insurer.code.folded();
                    let terms = version.as_str();
                    say!(ja: "{code}：利用規約 {terms}", en: "{code}: terms {terms}")
                };
                plan.with("Insurers", change)
            })
            .with_event(&errand)
            .tell(asked_from(version));
        if !careful.consents(&plan, desk.format)? {
            return Ok(());
        }
        // Each by itself: a transaction has an end, and who repeats the command adds what is missing.
        for insurer in &insurers {
            let event = errand.done(subject(&insurer.code));
            let committed = desk
                .audit
                .act(&event)
                .with(desk.insurers.publish_terms(&insurer.code, version))
                .commit(&desk.database)
                .await?;
            if let Err(Refused) = committed {
                return Err(Failure::Refused({
                    let code = insurer.code.folded();
                    say!(ja: "保険者 {code} がなくなりました。それより前の保険者には公開済みです。残りの保険者にはコマンドを繰り返してください", en: "insurer {code} is no more: those before it have the version; repeat the command for the others")
                }));
            }
        }
        desk.format.print(&plan);
        Ok(())
    }

    /// The insurers that are meant and do not have the version yet.
    async fn insurers(&self, desk: &Desk) -> Result<Vec<Insurer>, Failure> {
        let mut insurers = desk.insurers.list().await?;
        let is_meant =
            |insurer: &Insurer, code: &InsurerCode| insurer.code.folded() == code.folded();
        if let Some(unknown) = self
            .insurer
            .iter()
            .find(|code| !insurers.iter().any(|insurer| is_meant(insurer, code)))
        {
            // Says how to find the right one.
            desk.insurer(unknown).await?;
        }
        insurers.retain(|insurer| {
            (self.all || self.insurer.iter().any(|code| is_meant(insurer, code)))
                && !insurer.terms_versions.contains(&self.version)
        });
        if insurers.is_empty() {
            return Err(Failure::Refused({
                let terms = self.version.as_str();
                say!(ja: "利用規約 {terms} は公開済みです", en: "terms {terms} are published already")
            }));
        }
        Ok(insurers)
    }
}

/// A version before the latest would never be asked for.
fn refuse_unless_later(insurer: &Insurer, version: &TermsVersion) -> Result<(), Failure> {
    match insurer.terms_versions.iter().max() {
        Some(latest) if latest > version => Err(Failure::Refused({
            let code = insurer.code.folded();
            let terms = latest.as_str();
            say!(ja: "保険者 {code} には利用規約 {terms} があります。それより前の版は効力を持ちません", en: "insurer {code} has terms {terms} already: an earlier version would never be in force")
        })),
        _ => Ok(()),
    }
}

/// From when members are asked.
fn asked_from(version: &TermsVersion) -> String {
    let published = [version.clone()];
    let from = if TermsVersion::in_force(&published, today()).is_some() {
        "now".to_owned()
    } else {
        format!("{} 00:00 JST", version.as_str())
    };
    say!(ja: "{from} から、次のログインで同意を求めます。ログイン中の会員は、それまでそのまま使えます", en: "from {from} on, members are asked at their next login; who is signed in goes on until then")
}
