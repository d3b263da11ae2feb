//! `operator member erase`: the end of everything that is kept about a person.
//!
//! First what only the account leads to (counters and addresses, whose keys are hashes), then the account and the row
//! with the events that tell of it, then what a scan finds of flows that were under way. Nobody can begin another
//! one: a member who is not in the roster cannot be verified. Whatever stops this, the same command ends the rest.

use std::collections::BTreeMap;

use domain::{MemberId, MemberKey, Subject};
use store::{Account, Event, Kept, KeptItem, Lost, Origin, Refused, persist};

use crate::{
    audited::{Accountable, Errand},
    change::{Careful, Plan},
    desk::Desk,
    failure::Failure,
    language::{say, word},
    moving::{NAME as MOVE, written},
    trail,
};

/// The tables whose keys are hashes: what is in them can be found while the account is there, and no more.
const HASHED: [&str; 2] = ["Throttles", "Addresses"];
/// The tables of what is under way.
const FLOWS: [&str; 3] = ["Registrations", "Sessions", "Resets"];

pub(super) async fn run(
    desk: &Desk,
    member: &MemberKey,
    confirm: Option<&str>,
    by: Accountable,
    careful: Careful,
) -> Result<(), Failure> {
    let errand = desk.writing("member-erase", by, careful.dry_run).await?;
    let insurer = desk.insurer(&member.insurer).await?;
    let id = member.id(insurer.key_rule);
    let kept = desk.kept()?;
    let found = kept.of_member(&id).await?;
    let own = || found.iter().filter(|item| !item.is_shared);
    if own().next().is_none() {
        desk.note(&errand, id.subject(), "not-found").await?;
        let member = written(&id);
        return Err(Failure::NotFound(say!(
            ja: "{member} については何も保存されていません。記号と番号をご確認ください",
            en: "nothing is kept about {member}: check 記号 and 番号",
        )));
    }
    let plan = plan(&found, &errand);
    if careful.shows() {
        desk.note(&errand, id.subject(), "shown").await?;
    }
    let question = word!(
        ja: "元に戻せません。会員を 保険者コード/記号/番号 と入力してください: ",
        en: "It cannot be undone. Type the member, CODE/記号/番号: ",
    );
    let words = written(&id);
    if !careful.consents_to_the_end(&plan, desk.format, (&words, question), confirm)? {
        return Ok(());
    }
    end_hashed(desk, &kept, own()).await?;
    end_member(desk, &errand, &id).await?;
    end_flows(&kept, kept.of_member(&id).await?).await?;
    let left = kept.of_member(&id).await?;
    if left.iter().any(|item| !item.is_shared) {
        return Err(Failure::Failed(say!(
            ja: "その間に何かが書き込まれました。同じコマンドを繰り返してください。残りを消去します",
            en: "something was written meanwhile: repeat the command, it ends the rest",
        )));
    }
    desk.format.print(&plan);
    Ok(())
}

fn plan(found: &[KeptItem], errand: &Errand) -> Plan {
    let mut counts: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    for item in found {
        let (ends, stays) = counts.entry(item.table).or_default();
        *(if item.is_shared { stays } else { ends }) += 1;
    }
    let plan = counts
        .into_iter()
        .fold(Plan::default(), |plan, (table, (ends, stays))| {
            let change = match (ends, stays) {
                (0, stays) => say!(
                    ja: "{stays} 件は残ります（別の会員も使っているアドレスです）",
                    en: "{stays} stay: another member has the address, too",
                ),
                (ends, 0) => say!(ja: "{ends} 件を消去", en: "{ends} are erased"),
                (ends, stays) => say!(
                    ja: "{ends} 件を消去、{stays} 件は残ります（別の会員も使っているアドレスです）",
                    en: "{ends} are erased, {stays} stay: another member has the address, too",
                ),
            };
            plan.with(table, change)
        });
    plan.with_event(errand).tell(
        "ご登録の情報をすべて消去しました。名簿にも載らないよう、健康保険組合のファイルから外してください。",
    )
}

/// Ends what the account alone leads to, and takes the address off SES's list where mail had come back from it.
async fn end_hashed(
    desk: &Desk,
    kept: &Kept,
    own: impl Iterator<Item = &KeptItem>,
) -> Result<(), Failure> {
    let mut emails = Vec::new();
    let mut had_mark = false;
    for item in own {
        if HASHED.contains(&item.table) {
            kept.remove(item).await?;
            had_mark |= item.table == "Addresses";
        }
        emails.extend(item.addresses());
    }
    if had_mark {
        for email in emails {
            desk.suppression_list.remove(&email).await?;
        }
    }
    Ok(())
}

/// Ends the account with its claim and its sessions, and the row of the roster, in one transaction with the events.
async fn end_member(desk: &Desk, errand: &Errand, id: &MemberId) -> Result<(), Failure> {
    let reads = (desk.members.read(id), desk.accounts.read_claim(id));
    let (row, claim) = desk.database.read(reads).await?;
    let account = match claim {
        Some(user_id) => desk.accounts.lookup(&user_id).await?,
        None => None,
    };
    let of_member = errand.done(id.subject());
    let formers = former_numbers(desk, id).await?;
    let of_formers = || {
        let events = formers
            .iter()
            .map(|former| of_member.also_of(former.clone()));
        events
            .map(|event| desk.audit.record(&event))
            .collect::<Vec<_>>()
    };
    let leave = row.map(|_| desk.members.leave(id));
    let changed = || Failure::changed_meanwhile(word!(ja: "会員", en: "the member"));
    let Some(account) = account.filter(|account| account.member == *id) else {
        let committed = desk
            .audit
            .act(&of_member)
            .and_all(of_formers())
            .with_all(leave)
            .commit(&desk.database)
            .await?;
        return committed.map_err(|Refused| changed());
    };
    let seen = account.id.clone();
    let ended = persist(&desk.database, account, |account: &Account| {
        let of_account = of_member.also_of(account.key.subject());
        let sessions = account.sessions.iter();
        leave.iter().cloned().fold(
            desk.audit
                .act(&of_member)
                .and(desk.audit.record(&of_account))
                .and_all(of_formers())
                .and_all(sessions.map(|session| desk.sessions.end(&session.token)))
                .with_or(desk.accounts.remove(account), |now| match now {
                    // A login changed which sessions it lists: those end too.
                    Some(now) if now.id == seen => Lost::Overtaken(now),
                    _ => Lost::Refused(()),
                })
                .with_or(desk.accounts.unclaim(account), |Refused| Lost::Refused(())),
            |transaction, leave| transaction.with_or(leave, |Refused| Lost::Refused(())),
        )
    });
    ended.await?.map(drop).map_err(|()| changed())
}

/// The numbers that the member had before and that nobody else has since, as far as the trail tells: a backup may have the row, or the
/// account, under one of them.
async fn former_numbers(desk: &Desk, id: &MemberId) -> Result<Vec<Subject>, Failure> {
    let own = id.subject();
    let mut formers = Vec::new();
    for subject in trail::of_member(desk, &own).await?.subjects {
        let Ok(subject) = Subject::parse(&subject) else {
            continue;
        };
        if subject == own {
            continue;
        }
        let events = desk.audit.history(&subject).await?;
        let went = |event: &Event| event.name == MOVE && event.member.is_none();
        let since = events.iter().rposition(went).map_or(0, |at| at + 1);
        if !events.iter().skip(since).any(is_of_somebody) {
            formers.push(subject);
        }
    }
    Ok(formers)
}

/// Whether an event tells that a number is somebody's: a member came to it, did something, or changed in a file. That
/// strangers guessed, or the desk looked, tells nothing.
fn is_of_somebody(event: &Event) -> bool {
    let came = event.name == MOVE && event.member.is_some();
    let did = matches!(event.origin, Origin::Request(_)) && event.outcome == "done";
    let changed = event.name == "roster-import" && event.outcome == "changed";
    came || did || changed
}

/// Ends what was under way.
async fn end_flows(kept: &Kept, found: Vec<KeptItem>) -> Result<(), Failure> {
    for item in found.iter().filter(|item| FLOWS.contains(&item.table)) {
        kept.remove(item).await?;
    }
    Ok(())
}
