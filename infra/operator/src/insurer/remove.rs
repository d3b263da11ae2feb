//! `operator insurer remove`: the end of a contract. Everything of an insurer and its members is erased, a scan shows
//! that nothing is left, and a certificate says so.
//!
//! The note of the roster's import is taken first, so that no import, no survey and no other setting comes beside this.
//! The roster goes before the accounts: who is not in it is signed out and cannot register, so nothing new comes. The
//! insurer goes last, with the event that keeps a restore from bringing anything back. Whatever stops this, the same
//! command ends the rest.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use domain::{EmailAddress, Entropy, InsurerCode};
use store::{Insurer, Kept, Members, Refused, RosterImport, patiently};
use time::Duration;

use super::{
    certificate::{Certificate, Erased},
    refuse_during_import, subject,
};
use crate::{
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    language::{say, word},
    output::refuse_existing,
    progress::Progress,
    removal::Removal,
    world::{OsEntropy, now},
};

/// The name of the command in the trail.
const NAME: &str = "insurer-remove";
/// The tables of what is under way, which end after the accounts.
const FLOWS: [&str; 4] = ["Accounts", "Registrations", "Sessions", "Resets"];

#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    /// The insurer's code // 保険者指定コード
    #[arg(value_parser = InsurerCode::parse)]
    code: InsurerCode,
    /// Where the certificate for the insurer is written; it must not be there yet //
    /// 保険者に渡す証明書のファイル。まだないものを指定します
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// What would be asked for where there is a terminal: the insurer's code and the members of its roster //
    /// 端末があれば尋ねるもの：保険者のコードと名簿の人数
    #[arg(long, value_name = "CODE=NUMBER", conflicts_with = "dry_run")]
    confirm: Option<String>,
    #[command(flatten)]
    by: Accountable,
    #[command(flatten)]
    careful: Careful,
}

pub(super) async fn run(desk: &Desk, remove: Remove) -> Result<(), Failure> {
    let Remove {
        code,
        certificate,
        confirm,
        by,
        careful,
    } = remove;
    refuse_existing(&certificate)?;
    let errand = desk.writing(NAME, by, careful.dry_run).await?;
    let kept = desk.kept()?;
    let Some(insurer) = desk.insurers.lookup(&code).await? else {
        return certify_again(desk, &kept, &errand, &code, &certificate).await;
    };
    let noted = desk.insurers.roster_import(&code).await?;
    let is_begun = noted
        .as_ref()
        .is_some_and(|noted| noted.is_removal() && noted.ended_at.is_none());
    if !is_begun {
        refuse_during_import(desk, &code).await?;
    }
    let found = kept.of_insurer(&code).await?;
    let members = found.get("Members").copied().unwrap_or_default();
    let plan = plan(&found, &errand);
    let words = format!("{}={members}", code.folded());
    let question = word!(
        ja: "元に戻せません。保険者指定コードと名簿の人数を 保険者コード=人数 と入力してください: ",
        en: "It cannot be undone. Type CODE=NUMBER, the insurer and the members of its roster: ",
    );
    if !careful.consents_to_the_end(&plan, desk.format, (&words, question), confirm.as_deref())? {
        return Ok(());
    }
    let removing = Removing {
        desk,
        errand: &errand,
        kept: &kept,
        insurer: &insurer,
    };
    let removal = removing.begin(noted.as_ref()).await?;
    removing.end_roster(members).await?;
    let accounts = removing.end_accounts().await?;
    removing.end_flows().await?;
    removing.end_insurer(&removal).await?;
    let left = kept.of_insurer(&code).await?;
    refuse_what_is_left(&left)?;
    Certificate {
        code: &code,
        name: Some(&insurer.name),
        erased: Some(Erased {
            members,
            accounts,
            is_rest: is_begun,
        }),
        left: &left,
        errand: &errand,
    }
    .write(&certificate)?;
    desk.format.print(&plan.with_file(&certificate));
    Ok(())
}

/// The certificate of an insurer that is gone: the command was stopped before it could write it.
async fn certify_again(
    desk: &Desk,
    kept: &Kept,
    errand: &Errand,
    code: &InsurerCode,
    certificate: &std::path::Path,
) -> Result<(), Failure> {
    let events = desk.audit.history(&subject(code)).await?;
    let was_removed = events
        .iter()
        .any(|event| event.name == NAME && event.outcome == "done");
    if !was_removed {
        let code = code.folded();
        return Err(Failure::NotFound(say!(
            ja: "保険者 {code} はありません。`operator insurer list` で確認できます",
            en: "there is no insurer {code}: `operator insurer list` has them",
        )));
    }
    let left = kept.of_insurer(code).await?;
    refuse_what_is_left(&left)?;
    let plan = Plan::default();
    if !errand.is_rehearsal() {
        Certificate {
            code,
            name: None,
            erased: None,
            left: &left,
            errand,
        }
        .write(certificate)?;
        desk.format.print(&plan.with_file(certificate));
    }
    Ok(())
}

fn refuse_what_is_left(left: &BTreeMap<&'static str, u64>) -> Result<(), Failure> {
    let tables: Vec<String> = left
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(table, count)| format!("{table} {count}"))
        .collect();
    if tables.is_empty() {
        return Ok(());
    }
    let tables = tables.join(", ");
    Err(Failure::Found(say!(
        ja: "まだ残っています：{tables}。開発者に、この表の名前を伝えてください",
        en: "something is left: {tables}. This needs a developer, with the names of these tables",
    )))
}

fn plan(found: &BTreeMap<&'static str, u64>, errand: &Errand) -> Plan {
    found
        .iter()
        .filter(|(_, count)| **count > 0)
        .fold(Plan::default(), |plan, (table, count)| {
            let count = crate::answer::grouped(*count);
            plan.with(
                table,
                say!(ja: "{count} 件を消去", en: "{count} are erased"),
            )
        })
        .with(
            "Throttles",
            say!(ja: "これらのアカウントの回数の記録を消去", en: "the counters of these accounts are erased"),
        )
        .with(
            "Addresses",
            say!(
                ja: "他の保険者の会員が使っていないアドレスの記録を消去",
                en: "what is known of addresses that no other insurer's members have is erased",
            ),
        )
        .with_event(errand)
}

struct Removing<'a> {
    desk: &'a Desk,
    errand: &'a Errand,
    kept: &'a Kept,
    insurer: &'a Insurer,
}

impl Removing<'_> {
    /// Takes the note of the roster's import, so that nothing comes beside this.
    async fn begin(&self, noted: Option<&RosterImport>) -> Result<RosterImport, Failure> {
        let (desk, code) = (self.desk, &self.insurer.code);
        let mut run = [0; 8];
        OsEntropy.fill(&mut run);
        let removal = RosterImport {
            run: format!("{:016x}", u64::from_be_bytes(run)),
            file: String::new(),
            mode: RosterImport::REMOVAL.to_owned(),
            mapping: String::new(),
            operator: self.errand.operator().to_owned(),
            reason: self.errand.reason().to_owned(),
            began_at: now(),
            renewed_at: None,
            ended_at: None,
        };
        let committed = desk
            .audit
            .act(&self.errand.event(subject(code), "begun"))
            .with(desk.insurers.begin_import(self.insurer, noted, &removal))
            .commit(&desk.database)
            .await?;
        committed.map_err(|Refused| {
            Failure::changed_meanwhile(word!(ja: "名簿か保険者", en: "the roster or its insurer"))
        })?;
        Ok(removal)
    }

    async fn end_roster(&self, expected: u64) -> Result<(), Failure> {
        let mut pages = self.desk.members.roster(Some(&self.insurer.code)).await;
        let progress = Progress::of(
            self.desk.format,
            word!(ja: "名簿の消去", en: "ending the roster"),
            Some(expected),
        );
        while let Some(page) = pages.next().await? {
            let ids: Vec<_> = page.rows.into_iter().map(|found| found.id).collect();
            for batch in ids.chunks(Members::BATCH) {
                let mut rest = batch.to_vec();
                while !rest.is_empty() {
                    rest = patiently(|| self.desk.members.leave_batch(rest.clone())).await?;
                }
                progress.add(batch.len() as u64);
            }
        }
        Ok(())
    }

    /// Ends the accounts, each with what only it leads to. Gives how many there were.
    async fn end_accounts(&self) -> Result<u64, Failure> {
        let (desk, code) = (self.desk, &self.insurer.code);
        let mut others: HashSet<String> = HashSet::new();
        let mut pages = desk.accounts.addresses_of_others(code).await;
        while let Some(page) = pages.next().await? {
            others.extend(page.rows.iter().map(EmailAddress::folded));
        }
        // Whoever's clock is ahead made an account in the future.
        let made_before = now() + Duration::days(1);
        let mut pages = desk.accounts.of_insurer(code, made_before, None).await;
        while let Some(page) = pages.next().await? {
            for account in page.rows {
                let is_of_others = |email: &EmailAddress| others.contains(&email.folded());
                let beside = self.kept.beside_account(&account, is_of_others).await?;
                for item in &beside {
                    self.kept.remove(item).await?;
                }
                if beside.iter().any(|item| item.table == "Addresses") {
                    desk.suppression_list.remove(&account.email).await?;
                }
            }
        }
        let removal = Removal::new(desk, self.errand, code, made_before, None);
        let found = removal.count().await?;
        removal.run(found.accounts).await?;
        Ok(found.accounts)
    }

    /// Ends what was under way, and claims that a damaged account has left.
    async fn end_flows(&self) -> Result<(), Failure> {
        for table in FLOWS {
            let mut pages = self
                .kept
                .pages_of_insurer(table, &self.insurer.code)
                .await?;
            while let Some(page) = pages.next().await? {
                for item in &page.rows {
                    self.kept.remove_item(table, item).await?;
                }
            }
        }
        Ok(())
    }

    async fn end_insurer(&self, removal: &RosterImport) -> Result<(), Failure> {
        let (desk, code) = (self.desk, &self.insurer.code);
        let committed = desk
            .audit
            .act(&self.errand.done(subject(code)))
            .with(desk.insurers.remove(code, removal))
            .commit(&desk.database)
            .await?;
        committed
            .map_err(|Refused| Failure::changed_meanwhile(word!(ja: "保険者", en: "the insurer")))
    }
}
