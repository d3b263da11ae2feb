//! `operator member show`.

use domain::{Admission, MEMBER_CODES, MEMBER_USER_IDS, VERIFY_IDENTITY, VERIFY_PAIR};
use serde::Serialize;
use store::{Addressee, IdentityTries, Share};
use time::OffsetDateTime;

use super::{OfMember, began, counting, throttled};
use crate::{
    answer::{Answer, table},
    desk::Desk,
    failure::Failure,
    language::{say, word},
    world::{in_japan, now},
};

/// What is counted of a member.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    member: String,
    in_roster: bool,
    /// When the key of the letter was drawn, if it was for this survey.
    #[serde(with = "time::serde::rfc3339::option")]
    letter_key_drawn_at: Option<OffsetDateTime>,
    /// When the member asked for another letter that is not drawn yet.
    #[serde(with = "time::serde::rfc3339::option")]
    letter_wanted_at: Option<OffsetDateTime>,
    has_account: bool,
    wrong_entries: usize,
    wrong_entries_today: usize,
    #[serde(with = "time::serde::rfc3339::option")]
    last_at: Option<OffsetDateTime>,
    is_closed: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    opened_until: Option<OffsetDateTime>,
    user_ids_today: usize,
    codes_today: usize,
}

impl Answer for Shown {
    fn lines(&self) -> Vec<String> {
        let yes = |is: bool| {
            if is {
                say!(ja: "あり", en: "yes")
            } else {
                say!(ja: "なし", en: "no")
            }
        };
        let (day, pair) = (VERIFY_IDENTITY.counted.short, VERIFY_PAIR.counted.short);
        let (a_day, in_all, minutes) = (
            day.most,
            VERIFY_IDENTITY.counted.most(),
            pair.within.as_secs() / 60,
        );
        let from_one = pair.most;
        let registration = match self.opened_until.map(in_japan) {
            Some(until) => say!(ja: "{until} まで解除中", en: "opened until {until}"),
            None if self.is_closed => say!(
                ja: "停止中（1日に {a_day} 回、または合計 {in_all} 回の誤り）。`operator member open` で解除できます",
                en: "closed, after {a_day} wrong entries a day or {in_all} in all: `operator member open` opens it",
            ),
            None => say!(
                ja: "受付中。同じところから {from_one} 回誤ると {minutes} 分待つか、別のネットワークから続けられます",
                en: "open; who entered it wrong {from_one} times waits {minutes} minutes, or goes on from another network",
            ),
        };
        let last = self.last_at.map(in_japan);
        let last = last.map_or(
            String::new(),
            |last| say!(ja: "、最後は {last}", en: ", the last at {last}"),
        );
        let (wrong, today) = (self.wrong_entries, self.wrong_entries_today);
        let wrong = say!(
            ja: "{wrong} 回（うち1日以内 {today} 回{last}）",
            en: "{wrong}, {today} of them within a day{last}",
        );
        let key = match self.letter_key_drawn_at.map(in_japan) {
            Some(at) => say!(ja: "あり（{at} に作成）", en: "yes, drawn at {at}"),
            None => yes(false),
        };
        let key = match self.letter_wanted_at.map(in_japan) {
            Some(at) => {
                say!(ja: "{key}、再送の受付 {at}", en: "{key}; another one wanted since {at}")
            }
            None => key,
        };
        let amount = |given: usize, most: u16| {
            if given < usize::from(most) {
                say!(ja: "{given} 件（上限 {most}）", en: "{given} of {most}")
            } else {
                say!(
                    ja: "{given} 件（上限に達しました。`operator member open` で解除できます）",
                    en: "{given}, which is all for a day: `operator member open` opens it",
                )
            }
        };
        let user_ids = amount(self.user_ids_today, MEMBER_USER_IDS.most());
        let codes = amount(self.codes_today, MEMBER_CODES.most());
        table(&[
            (word!(ja: "会員", en: "member"), self.member.clone()),
            (word!(ja: "名簿", en: "in the roster"), yes(self.in_roster)),
            (
                word!(ja: "アカウント", en: "account"),
                yes(self.has_account),
            ),
            (word!(ja: "確認キー", en: "letter's key"), key),
            (word!(ja: "入力の誤り", en: "wrong entries"), wrong),
            (word!(ja: "初回登録", en: "registration"), registration),
            (
                word!(ja: "1日以内のユーザーIDの候補", en: "user IDs tried within a day"),
                user_ids,
            ),
            (
                word!(ja: "1日以内の認証番号の送信", en: "codes mailed within a day"),
                codes,
            ),
        ])
    }
}

pub(super) async fn run(desk: &Desk, of: OfMember) -> Result<(), Failure> {
    let errand = desk.reading("member-show", of.by).await?;
    let insurer = desk.insurer(&of.member.insurer).await?;
    let id = of.member.id(insurer.key_rule);
    desk.note(&errand, id.subject(), "done").await?;
    let reads = (
        desk.members.read_addressee(&id),
        desk.accounts.read_claim(&id),
        desk.throttles.read_identity(&throttled(&of.member)),
        (
            desk.throttles.read_share(Share::UserIdsOfMember(&id)),
            desk.throttles.read_share(Share::CodesOfMember(&id)),
        ),
    );
    let (addressee, claim, tries, (user_ids, codes)) = desk.database.read(reads).await?;
    let (since, now) = (began(&insurer), now());
    let in_roster = addressee.is_some();
    let letter = addressee.map(|Addressee { letter, .. }| letter);
    let letter = letter.unwrap_or_default();
    let tries = tries.flatten();
    let wrong: Vec<OffsetDateTime> = tries
        .iter()
        .flat_map(|tries| &tries.wrong)
        .copied()
        .filter(|at| Some(*at) > since)
        .collect();
    let day = VERIFY_IDENTITY.counted.short;
    let is_closed =
        |tries: &IdentityTries| matches!(tries.admission(since, now), Admission::Refused { .. });
    desk.format.print(&Shown {
        member: id.as_str().to_owned(),
        in_roster,
        letter_key_drawn_at: letter
            .key
            .filter(|key| key.is_of(insurer.campaign.as_ref()))
            .map(|key| key.at),
        letter_wanted_at: letter.wanted_at,
        has_account: claim.is_some(),
        wrong_entries: wrong.len(),
        wrong_entries_today: wrong.iter().filter(|at| !day.is_spent(**at, now)).count(),
        last_at: wrong.iter().max().copied(),
        is_closed: tries.as_ref().is_some_and(is_closed),
        opened_until: tries
            .and_then(|tries| tries.opened_until)
            .filter(|until| *until > now),
        user_ids_today: counting(user_ids, MEMBER_USER_IDS, now),
        codes_today: counting(codes, MEMBER_CODES, now),
    });
    Ok(())
}
